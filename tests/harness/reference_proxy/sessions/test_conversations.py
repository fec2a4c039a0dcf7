"""Conversations by HTTP and by WebSocket, on real sockets and a real file."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from harness.reference_proxy.serving import main
from tests.harness.reference_proxy.sessions.talking import BEN, Client, echo
from tests.harness.reference_proxy.stage import Connection, piece, stage

PAGE = "Bearer ann"
OF_SOCKETS = ("Outlet.", "SocketFront.")


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "conversations.sqlite")


async def test_a_turn_knows_the_turns_before_it_by_http_and_by_socket(file: str) -> None:
    async with stage(echo, sessions_database=file) as on:
        client = Client(on)
        first = await client.ask("one")
        second = await client.ask("two", stream=True)
        async with client.connected() as socket:
            third = await socket.ask("three")

        assert first.json["choices"][0]["message"]["content"] == "1: one"
        assert (second.text, third) == ("3: two", "5: three")
        assert await client.said() == [
            ("user", "one"), ("assistant", "1: one"), ("user", "two"), ("assistant", "3: two"),
            ("user", "three"), ("assistant", "5: three"),
        ]  # fmt: skip
        assert await Client(on, "t", BEN).said() == []
        assert await Client(on, "u").said() == []


async def test_what_was_cleared_is_gone_with_the_turn_that_is_being_answered(file: str) -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def held(connection: Connection) -> None:
        asked.set()
        await release.wait()
        await echo(connection)

    async with stage(echo, held, echo, sessions_database=file) as on:
        client = Client(on)
        await client.ask("one")
        under_way = asyncio.create_task(client.ask("two"))
        await asked.wait()
        cleared = await client.clear()
        release.set()
        await under_way

        assert cleared == 204
        assert await client.said() == []
        assert (await client.ask("anew")).json["choices"][0]["message"]["content"] == "1: anew"


async def test_turns_of_one_conversation_wait_for_one_another_and_too_many_are_refused(file: str) -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def held(connection: Connection) -> None:
        asked.set()
        await release.wait()
        await echo(connection)

    async with stage(held, sessions_database=file, session_max_waiting=1) as on:
        client = Client(on)
        first = asyncio.create_task(client.ask("one"))
        await asked.wait()
        second = asyncio.create_task(client.ask("two"))
        await on.turns(3)
        refused = await client.ask("three")
        other = asyncio.create_task(Client(on, "u").ask("beside"))
        while len(on.upstream.seen) < 2:
            await on.turns(1)
        busy = await client.status()
        release.set()

        assert (refused.status, refused.json["error"]["code"]) == (503, "conversation_overloaded")
        assert busy == ("answering", 0)
        assert (await other).status == 200
        assert [(await each).json["choices"][0]["message"]["content"] for each in (first, second)] == [
            "1: one", "3: two",
        ]  # fmt: skip


async def test_all_who_are_connected_hear_an_answer_once_and_nobody_else_does(file: str) -> None:
    async with stage(echo, sessions_database=file) as on:
        mine, others = Client(on), Client(on, "t", BEN)
        async with mine.connected() as asking, mine.connected() as hearing, others.connected() as outside:
            answer = await asking.ask("one")
            heard = await hearing.hear(len(answer))
            await mine.ask("two", stream=True)
            by_http = await hearing.hear(6)
            await mine.ask("three")
            whole = await hearing.hear(8)
            foreign = await outside.ask("theirs")

        assert (heard, by_http, whole, foreign) == ("1: one", "3: two", "5: three", "1: theirs")


async def test_a_conversation_that_is_idle_leaves_memory_and_its_sockets_stay(file: str) -> None:
    async with stage(echo, sessions_database=file, session_idle_s=0.01) as on:
        client = Client(on)
        async with client.connected("?events=status") as socket:
            await socket.ask("one")
            events = []
            while "asleep" not in events:
                events.append((await socket.raw.receive_json())["status"])
            asleep = await client.status()
            await socket.raw.send_str(json.dumps({"messages": [{"role": "user", "content": "two"}]}))
            woken = await socket.raw.receive_json()
            metrics = (await on.get("/metrics")).body.decode()

        assert events[-1] == "asleep"
        assert asleep == ("asleep", 1)
        assert woken["status"] == "answering"
        assert "proxy_conversation_sockets 1.0" in metrics


async def test_what_cannot_be_served_on_a_socket_is_told_and_the_socket_stays(file: str) -> None:
    async def breaks(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("half an answer"))
        connection.close()

    async with stage(breaks, echo, sessions_database=file, retry_max_attempts=1) as on:
        client = Client(on)
        async with client.connected() as socket:
            await socket.raw.send_str("no JSON")
            unreadable = await socket.raw.receive_json()
            await socket.raw.send_str(json.dumps({"messages": [{"role": "user", "content": "cut"}]}))
            told = [await socket.raw.receive_json(), await socket.raw.receive_json()]
            answer = await socket.ask("then")

        assert unreadable["error"]["code"] == "invalid_json"
        assert told[0]["choices"][0]["delta"]["content"] == "half an answer"
        assert "error" in told[1]
        assert answer == "1: then"


async def test_each_question_over_a_socket_counts_for_the_limit_of_requests(file: str) -> None:
    async with stage(echo, sessions_database=file, rate_limit_per_minute=2) as on:
        async with Client(on).connected() as socket:  # which was the first
            await socket.ask("one")
            await socket.raw.send_str(json.dumps({"messages": [{"role": "user", "content": "two"}]}))
            refused = await socket.raw.receive_json()

        assert refused["error"]["code"] == "rate_limit_exceeded"


async def test_sockets_end_with_the_code_that_says_why(file: str) -> None:
    async with stage(echo, sessions_database=file, max_request_bytes=1000) as on:
        client = Client(on)
        async with client.connected() as large:
            await large.raw.send_str("x" * 1001)
            too_large = await large.close_code()
        async with client.connected() as binary:
            await binary.raw.send_bytes(b"\xff")
            unreadable = await binary.raw.receive_json()
        async with client.connected() as stopped:
            stopping = asyncio.create_task(stopped.close_code())
            await on.stop()
            going = await stopping

    assert (too_large, going) == (1009, 1001)
    assert unreadable["error"]["code"] == "invalid_json"


async def test_a_listener_that_takes_nothing_is_left_behind_and_holds_up_nobody(file: str) -> None:
    word = "x" * 60_000

    async def long(connection: Connection) -> None:
        await connection.start_stream()
        for _ in range(100):
            await connection.event(piece(word))
        await connection.event(piece("", finish="stop"))
        await connection.event(b"[DONE]")
        await connection.end()

    async with stage(long, sessions_database=file) as on:
        client = Client(on)
        async with client.connected() as deaf, client.connected() as asking:
            deaf.raw._reader._protocol.pause_reading()
            answer = await asking.ask("tell me all")
            metrics = (await on.get("/metrics")).body.decode()
            deaf.raw._reader._protocol.resume_reading()
            code = await deaf.close_code()

        assert len(answer) == 100 * len(word)
        assert "proxy_conversation_slow_listeners 1.0" in metrics
        assert code == 1013


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/v1/conversations/t", 401),
        ({"Authorization": PAGE}, f"/v1/conversations/{'x' * 2049}", 400),
        ({"Authorization": PAGE}, "/v1/conversations/t/socket", 426),
        ({"Authorization": PAGE}, "/v1/conversations/t", 200),
    ],
    ids=["without-a-token", "too-long-a-name", "no-upgrade", "nothing-said"],
)
async def test_the_door_of_conversations(file: str, headers: dict[str, str], path: str, status: int) -> None:
    async with stage(echo, sessions_database=file) as on:
        answered = await on.ask(b"", method="GET", path=path, **headers)

        assert answered.status == status


async def test_no_more_sockets_than_allowed(file: str) -> None:
    async with stage(echo, sessions_database=file, session_max_sockets=1) as on:
        client = Client(on)
        async with client.connected():
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with client.connected():
                    pass

    assert refused.value.status == 503


async def test_a_conversation_keeps_its_latest_messages_and_is_forgotten_when_it_is_old(file: str) -> None:
    async with stage(echo, sessions_database=file, session_max_messages=2) as on:
        client = Client(on)
        await client.ask("one")
        await client.ask("two")

        assert await client.said() == [("user", "two"), ("assistant", "3: two")]
    with sqlite3.connect(file) as kept:
        kept.execute("UPDATE conversations SET used_s = used_s - 100")
    kept.close()
    async with stage(echo, sessions_database=file, session_ttl_s=50) as on:
        assert await Client(on).said() == []


async def test_a_file_that_fails_later_is_a_503(file: str) -> None:
    async with stage(echo, sessions_database=file) as on:
        client = Client(on)
        await client.ask("one")
        with sqlite3.connect(file) as kept:
            kept.execute("DROP TABLE messages")
        kept.close()
        failed = await client.ask("two")

    assert (failed.status, failed.json["error"]["code"]) == (503, "conversations_unavailable")


def test_a_file_that_cannot_be_opened_is_a_bad_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--port", "0", "--sessions-database", str(tmp_path / "none" / "file")])

    assert code == 2
    assert "sessions_database" in capsys.readouterr().err


async def test_who_connects_and_leaves_many_times_leaves_nothing_behind(file: str) -> None:
    async with stage(echo, sessions_database=file, session_idle_s=0.01) as on:
        client = Client(on)
        for number in range(30):
            async with client.connected() as socket:
                if number % 10 == 0:
                    await socket.ask(str(number))
        while "proxy_conversations_awake 0.0" not in (metrics := (await on.get("/metrics")).body.decode()):
            pass

        assert "proxy_conversation_sockets 0.0" in metrics
        assert len(await client.said()) == 6
        assert [task for task in asyncio.all_tasks() if task.get_coro().__qualname__.startswith(OF_SOCKETS)] == []  # type: ignore[union-attr] # a coroutine's
