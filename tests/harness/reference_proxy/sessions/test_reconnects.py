"""A thousand reconnects to one process: nothing that was acknowledged is lost, and nothing of them is left behind."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from pathlib import Path
from typing import Final

import aiohttp
import psutil
import pytest

from tests.acceptance.reference import process
from tests.harness.reference_proxy.sessions.talking import ANN, Socket, echo
from tests.harness.reference_proxy.stage import Connection, Upstream

pytestmark = pytest.mark.acceptance

TALKS: Final = 20
VISITS: Final = 50
ASKING: Final = 5
"""Every so many visits ask a question and wait for the whole of its answer."""
RUDE: Final = 3
"""Every so many visits end with a reset and not with a close."""
LOOKS: Final = 2000
MOST_BYTES: Final = 4096
LISTENED_TO: Final = 0
_HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nHost: proxy\r\nAuthorization: " + ANN + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def answer_and_close(connection: Connection) -> None:
    """Answer over a connection that nobody keeps for later, so that none of it counts as left behind."""
    await echo(connection)
    connection.close()


class Crowd:
    """Clients of so many conversations, each of whom comes back again and again."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._address = url.removeprefix("http://").rpartition(":")
        self.connected = 0
        self.codes: list[int | None] = []
        self.acknowledged: dict[int, list[tuple[str, str]]] = {number: [] for number in range(TALKS)}

    async def come_and_go(self, talk: int) -> None:
        """Visit a conversation over and over, one connection after the other."""
        for number in range(VISITS):
            if number % RUDE == 1:
                await self._leave_rudely(talk)
                continue
            async with self._session.ws_connect(self.path(talk)) as raw:
                self.connected += 1
                if number % ASKING == 0:
                    question = f"{talk}.{number}"
                    answer = await Socket(raw).ask(question)
                    self.acknowledged[talk] += [("user", question), ("assistant", answer)]
            self.codes.append(raw.close_code)

    async def _leave_rudely(self, talk: int) -> None:
        reader, writer = await asyncio.open_connection(self._address[0], int(self._address[2]))
        writer.write(_HANDSHAKE.format(path=self.path(talk)).encode())
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        self.connected += 1
        own: socket.socket = writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def oversize(self, talk: int) -> int | None:
        """How a message ends a connection that is larger than any may be."""
        async with self._session.ws_connect(self.path(talk)) as raw:
            await raw.send_str("x" * (MOST_BYTES + 1))
            return await Socket(raw).close_code()

    async def said(self, talk: int) -> list[tuple[str, str]]:
        """What is kept of a conversation."""
        async with self._session.get(f"/v1/conversations/t{talk}") as answered:
            return [(each["role"], each["content"]) for each in (await answered.json())["messages"]]

    async def gauges(self) -> dict[str, float]:
        """The proxy's own counts."""
        async with self._session.get("/metrics") as answered:
            found = re.findall(r"^proxy_(\w+) ([\d.]+)$", await answered.text(), re.MULTILINE)
        return {name: float(value) for name, value in found}

    @staticmethod
    def path(talk: int) -> str:
        """Where a conversation's WebSockets are."""
        return f"/v1/conversations/t{talk}/socket"


async def holdings(crowd: Crowd, proxy: psutil.Process) -> dict[str, float]:
    """What the proxy holds once it holds nothing of anybody who has left, or for as long as it goes on holding it."""
    held: dict[str, float] = {}
    for _ in range(LOOKS):
        gauges = await crowd.gauges()
        held = {
            "sockets": gauges["conversation_sockets"],
            "actors": gauges["conversations_awake"],
            "descriptors": proxy.num_fds(),
            "threads": proxy.num_threads(),
        }
        connections = len(proxy.net_connections())
        if (held["sockets"], held["actors"], connections) == (0, 0, 2):  # where it listens, and who looks
            break
    return held


async def test_a_thousand_reconnects_lose_nothing_and_leave_nothing_behind(tmp_path: Path) -> None:
    upstream = Upstream(answer_and_close)
    await upstream.start()
    settings = {
        "SESSIONS_DATABASE": str(tmp_path / "conversations.sqlite"),
        "SESSION_IDLE_S": "0.05",
        "MAX_REQUEST_BYTES": str(MOST_BYTES),
    }
    try:
        async with process(upstream.url, **settings) as (proxy, url):
            of_proxy = psutil.Process(proxy.pid)
            looking = aiohttp.TCPConnector(limit=0, force_close=False)
            async with aiohttp.ClientSession(
                url, connector=looking, headers={"Authorization": ANN}, trust_env=False
            ) as session:
                crowd = Crowd(session, url)
                async with session.ws_connect(crowd.path(TALKS)) as first:
                    await Socket(first).ask("what is opened once is open from now on")
                before = await holdings(crowd, of_proxy)

                async with session.ws_connect(crowd.path(LISTENED_TO)) as listening:
                    async with asyncio.TaskGroup() as visiting:
                        for talk in range(TALKS):
                            visiting.create_task(crowd.come_and_go(talk))
                    told = [text for role, text in crowd.acknowledged[LISTENED_TO] if role == "assistant"]
                    heard = await Socket(listening).hear(len("".join(told)))
                too_large = await crowd.oversize(TALKS)
                kept = {talk: await crowd.said(talk) for talk in range(TALKS)}
                after = await holdings(crowd, of_proxy)

                staying = [await session.ws_connect(crowd.path(talk)) for talk in range(3)]
                proxy.terminate()
                going = [await Socket(each).close_code() for each in staying]
    finally:
        await upstream.stop()

    assert crowd.connected == TALKS * VISITS == 1000
    assert kept == crowd.acknowledged
    assert heard == "".join(told)
    assert before == after
    assert (before["sockets"], before["actors"]) == (0, 0)
    assert (set(crowd.codes), too_large, going) == ({1000}, 1009, [1001] * 3)
