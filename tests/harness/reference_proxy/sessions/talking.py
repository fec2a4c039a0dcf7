"""A client of conversations: by HTTP over a stage, and by WebSocket."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.harness.reference_proxy.stage import Answered, Connection, Stage, chat, piece

ANN, BEN = "Bearer ann", "Bearer ben"


async def echo(connection: Connection) -> None:
    """Answer with how many messages there were and with the last one's text, as asked for."""
    messages = connection.json["messages"]
    text = f"{len(messages)}: {messages[-1]['content']}"
    if connection.json.get("stream"):
        await connection.stream(piece(text[:2]), piece(text[2:]), piece("", finish="stop"), b"[DONE]")
    else:
        await connection.json_reply(
            {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
        )


class Client:
    """One caller in one conversation."""

    def __init__(self, on: Stage, name: str = "t", caller: str = ANN) -> None:
        self._on = on
        self._name = name
        self._headers = {"Authorization": caller}

    async def ask(self, text: str, *, stream: bool = False) -> Answered:
        return await self._on.ask(chat(text, stream=stream), X_Conversation=self._name, **self._headers)

    async def said(self) -> list[tuple[str, str]]:
        answered = await self._on.ask(b"", method="GET", path=self.path, **self._headers)
        assert answered.status == 200, answered.body
        return [(each["role"], each["content"]) for each in answered.json["messages"]]

    async def status(self) -> tuple[str, int]:
        answered = await self._on.ask(b"", method="GET", path=f"{self.path}/status", **self._headers)
        return answered.json["status"], answered.json["connected"]

    async def clear(self) -> int:
        call = await self._on.call(b"", method="DELETE", path=self.path, **self._headers)
        await call.head()
        call.leave()
        return call.status

    @property
    def path(self) -> str:
        return f"/v1/conversations/{quote(self._name, safe='')}"

    @contextlib.asynccontextmanager
    async def connected(self, query: str = "") -> AsyncIterator[Socket]:
        url = f"ws://127.0.0.1:{self._on.port}{self.path}/socket{query}"
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.ws_connect(url, headers=self._headers, max_msg_size=0) as socket,
        ):
            yield Socket(socket)


class Socket:
    """One WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def ask(self, text: str) -> str:
        await self.raw.send_str(json.dumps(chat(text)))
        return await self.answer()

    async def answer(self) -> str:
        """The text up to `[DONE]`."""
        text = ""
        while (data := await self.raw.receive_str()) != "[DONE]":
            text += _text(json.loads(data))
        return text

    async def hear(self, length: int) -> str:
        """What others were told, up to that many characters."""
        text = ""
        while len(text) < length:
            text += _text(await self.raw.receive_json())
        return text

    async def close_code(self) -> int | None:
        """How the proxy ends it, whatever it says before."""
        while (await self.raw.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            pass
        return self.raw.close_code


def _text(chunk: dict[str, Any]) -> str:
    assert "error" not in chunk, chunk
    return "".join(choice["delta"].get("content") or "" for choice in chunk.get("choices", []))
