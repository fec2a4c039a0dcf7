"""Answers that do not come to their end: kept as what they are, and never shown as whole."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest

from harness.reference_proxy.chat.storage import database, sqlite
from tests.harness.reference_proxy.chat.service import GOOD, Service, cut, service
from tests.harness.reference_proxy.stage import Answer, Connection, Upstream, piece, says


async def stall(connection: Connection) -> None:
    await connection.start_stream()
    await connection.event(piece("Hel"))
    await connection.gone()


async def end_early(connection: Connection) -> None:
    await connection.stream(piece("Hel"))


async def fail_in_band(connection: Connection) -> None:
    await connection.stream(piece("Hel"), {"error": {"message": "out of memory", "code": 3040}})


async def too_much(connection: Connection) -> None:
    await connection.stream(*(piece("Hel" * 5000) for _ in range(80)))


@pytest.mark.parametrize("breaks", [cut, stall, end_early, fail_in_band, too_much])
async def test_an_answer_that_breaks_off_is_kept_as_broken_and_never_shown_as_whole(
    sqlite_url: str, upstream: Upstream, breaks: Answer
) -> None:
    upstream.then(breaks)
    limits = {"upstream_idle_timeout_s": 0.4, "max_answer_bytes": 1_000_000}
    async with service(sqlite_url, upstream.url, **limits) as on:
        told = await on.ann.ask("go")
        question, answer = await on.kept(told)
        listed = (await on.ann.get("/api/v1/chat"))["conversations"][0]

    assert (told.done, told.whole) == (False, False)
    assert told.kinds[-1] == "error"
    assert "finish" not in told.kinds
    assert question["complete"] is True
    assert (answer["status"], answer["complete"], answer["finishReason"]) == ("failed", False, None)
    assert answer["error"]
    assert listed["lastMessage"] is None
    if breaks is not too_much:
        assert answer["content"] == told.text == "Hel"


async def test_half_an_answer_is_not_told_to_the_model_as_its_own(on: Service, upstream: Upstream) -> None:
    upstream.then(cut, GOOD)

    told = await on.ann.ask("one")
    await on.ann.ask("two", conversationId=told.conversation_id)

    assert [message["content"] for message in upstream.seen[-1].json["messages"]] == ["one", "two"]


async def test_a_refusal_of_the_model_keeps_its_status_and_the_question(on: Service, upstream: Upstream) -> None:
    upstream.then(says({"errors": [{"code": 3040, "message": "no capacity"}]}, 429, Retry_After="7200"))

    told = await on.ann.ask("anybody there?")
    question, answer = await on.kept(told)

    assert (told.status, told.body["error"]["code"]) == (429, "upstream_rate_limited")
    assert told.headers["Retry-After"] == "7200"
    assert question["content"] == "anybody there?"
    assert (answer["id"], answer["status"], answer["usage"]) == (told.body["messageId"], "failed", None)


async def test_a_model_that_says_nothing_in_time_is_given_up(sqlite_url: str, upstream: Upstream) -> None:
    upstream.then(lambda connection: connection.gone())
    async with service(sqlite_url, upstream.url, chat_timeout_s=0.2) as on:
        told = await on.ann.ask()
        _, answer = await on.kept(told)

    assert (told.status, told.body["error"]["code"]) == (504, "upstream_timeout")
    assert (answer["status"], answer["error"]) == ("failed", "upstream_timeout")


async def test_a_client_that_leaves_ends_the_call_and_what_there_is_is_kept(on: Service, upstream: Upstream) -> None:
    gone = asyncio.Event()

    async def slow(connection: Connection) -> None:
        await stall(connection)
        gone.set()

    upstream.then(slow)
    async with on.ann.asking({"message": "tell me"}) as (told, parts):
        async for part in parts:
            if part["type"] == "text-delta":
                break
        await parts.aclose()  # type: ignore[attr-defined] # an asynchronous generator
    await on.log.says('"event": "stream"')
    await gone.wait()
    _, answer = await on.kept(told)

    assert (answer["status"], answer["error"], answer["content"]) == ("interrupted", "client_left", "Hel")
    assert answer["complete"] is False
    assert isinstance(answer["usage"], dict)
    assert answer["usage"]["estimated"] is True


async def test_an_answer_that_cannot_be_saved_is_an_error_and_is_saved_as_one_when_that_is_possible_again(
    sqlite_url: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.01)
    writer = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)

    async def locked(connection: Connection) -> None:
        writer.execute("BEGIN IMMEDIATE")
        await GOOD(connection)

    upstream.then(locked)
    async with service(sqlite_url, upstream.url) as on:
        told = await on.ann.ask()
        while_locked = (await on.kept(told))[1]
        writer.execute("COMMIT")
        while (await on.kept(told))[1]["status"] == "streaming":
            pass
        (afterwards,) = [each for each in await on.kept(told) if each["role"] == "assistant"]
    writer.close()

    assert (told.text, told.done, told.whole, told.kinds[-1]) == ("Hello", False, False, "error")
    assert (while_locked["status"], while_locked["complete"]) == ("streaming", False)
    assert (afterwards["status"], afterwards["error"]) == ("failed", "storage_unavailable")
    assert (afterwards["content"], afterwards["finishReason"]) == ("Hello", None)
    assert on.lines("stream")[0]["persisted"] is False
    (failed,) = [line for line in on.lines("persistence_failed") if "message" in line]
    assert (failed["message"], failed["conversation"]) == (told.message_id, told.conversation_id)
    assert {line["message"] for line in on.lines("persistence_retry")} == {told.message_id}


async def test_a_client_that_leaves_while_its_question_is_saved_leaves_no_answer_open(
    sqlite_url: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.01)
    monkeypatch.setattr(database, "_ATTEMPTS", 1000)  # it is not given up before the client has left
    writer = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    async with service(sqlite_url, upstream.url) as on:
        writer.execute("BEGIN IMMEDIATE")
        asking = asyncio.create_task(on.ann.ask("never mind"))
        await on.log.says("persistence_retry")
        asking.cancel()
        await on.log.says('"status": 499')
        writer.execute("COMMIT")
        while not (found := (await on.ann.get("/api/v1/chat"))["conversations"]):
            pass
        path = f"/api/v1/chat/{found[0]['id']}"
        while (answer := (await on.ann.get(path))["messages"][0])["status"] == "streaming":
            pass
    writer.close()

    assert (answer["role"], answer["status"], answer["error"]) == ("assistant", "interrupted", "client_left")
    assert upstream.seen == []
