"""One question and its answer, end to end over HTTP."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest

from edgeproof import MockCloudflare
from harness.reference_proxy.chat.storage import database
from tests.harness.reference_proxy.chat.service import Service, Told, service
from tests.harness.reference_proxy.stage import DONE, USAGE, Answer, Connection, Upstream, piece, says, streams

GOOD = streams(piece("Hel"), piece("lo"), piece("", finish="stop"), {**piece(""), "choices": [], "usage": USAGE}, DONE)
MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    scripted = Upstream(GOOD)
    await scripted.start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def on(sqlite_url: str, upstream: Upstream) -> AsyncIterator[Service]:
    async with service(sqlite_url, upstream.url) as running:
        yield running


async def _kept(on: Service, told: Told) -> list[dict[str, object]]:
    conversation_id = told.conversation_id if told.status == 200 else told.body["conversationId"]
    found = await on.ann.get(f"/api/v1/chat/{conversation_id}", order="asc")
    messages: list[dict[str, object]] = found["messages"]
    return messages


async def test_a_message_streams_and_is_kept(database_url: str, mock: MockCloudflare) -> None:
    async with service(database_url, mock) as on:
        told = await on.ann.ask("What is the edge?")
        question, answer = await _kept(on, told)

    assert (told.status, told.done, told.whole) == (200, True, True)
    assert (question["role"], question["content"], question["complete"]) == ("user", "What is the edge?", True)
    assert (answer["role"], answer["content"], answer["status"]) == ("assistant", told.text, "complete")
    assert (answer["finishReason"], answer["model"], answer["parentMessageId"]) == ("stop", MODEL, question["id"])
    assert answer["id"] == told.message_id == told.part("start")["messageId"]
    assert answer["usage"] == told.part("finish")["messageMetadata"]["usage"]
    assert told.text


async def test_a_stream_is_what_the_ai_sdk_reads(on: Service) -> None:
    told = await on.ann.ask()

    assert told.headers["X-Vercel-AI-UI-Message-Stream"] == "v1"
    assert told.headers["Content-Type"].startswith("text/event-stream")
    assert told.kinds == [
        "start", "start-step", "text-start", "text-delta", "text-delta", "text-end", "finish-step", "finish",
    ]  # fmt: skip
    assert told.part("finish")["finishReason"] == "stop"


async def test_a_second_turn_is_asked_with_the_first(database_url: str, mock: MockCloudflare) -> None:
    async with service(database_url, mock) as on:
        first = await on.ann.ask("one")
        second = await on.ann.ask("two", conversationId=first.conversation_id)
        kept = await _kept(on, second)
    sent = mock.journal(surface="ai")[-1].json()["messages"]

    assert second.conversation_id == first.conversation_id
    assert [message["content"] for message in sent] == ["one", first.text, "two"]
    assert [message["role"] for message in sent] == ["user", "assistant", "user"]
    assert [message["content"] for message in kept] == ["one", first.text, "two", second.text]


async def test_a_model_is_told_the_latest_messages_alone(sqlite_url: str, upstream: Upstream) -> None:
    async with service(sqlite_url, upstream.url, chat_context_messages=3) as on:
        told = await on.ann.ask("one")
        for text in ("two", "three"):
            await on.ann.ask(text, conversationId=told.conversation_id)

    assert [message["content"] for message in upstream.seen[-1].json["messages"]] == ["two", "Hello", "three"]


async def test_the_question_is_kept_before_the_model_is_asked(on: Service, upstream: Upstream) -> None:
    seen: list[dict[str, object]] = []

    async def look(connection: Connection) -> None:
        (conversation,) = (await on.ann.get("/api/v1/chat"))["conversations"]
        seen.extend((await on.ann.get(f"/api/v1/chat/{conversation['id']}", order="asc"))["messages"])
        await GOOD(connection)

    upstream.then(look)
    await on.ann.ask("first of all")

    assert [(each["content"], each["status"]) for each in seen] == [("first of all", "complete"), ("", "streaming")]
    assert [each["complete"] for each in seen] == [True, False]


async def test_an_answer_of_many_thousand_characters_streams_whole(on: Service, upstream: Upstream) -> None:
    words = [f" word{number}" for number in range(2000)]
    upstream.then(streams(*(piece(word) for word in words), piece("", finish="stop"), DONE))

    told = await on.ann.ask()

    assert told.text == "".join(words)
    assert (await _kept(on, told))[1]["content"] == "".join(words)


async def cut(connection: Connection) -> None:
    await connection.start_stream()
    await connection.event(piece("Hel"))
    connection.reset()


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
        question, answer = await _kept(on, told)
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
    question, answer = await _kept(on, told)

    assert (told.status, told.body["error"]["code"]) == (429, "upstream_rate_limited")
    assert told.headers["Retry-After"] == "7200"
    assert question["content"] == "anybody there?"
    assert (answer["id"], answer["status"], answer["usage"]) == (told.body["messageId"], "failed", None)


async def test_a_model_that_says_nothing_in_time_is_given_up(sqlite_url: str, upstream: Upstream) -> None:
    upstream.then(lambda connection: connection.gone())
    async with service(sqlite_url, upstream.url, chat_timeout_s=0.2) as on:
        told = await on.ann.ask()
        _, answer = await _kept(on, told)

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
    _, answer = await _kept(on, told)

    assert (answer["status"], answer["error"], answer["content"]) == ("interrupted", "client_left", "Hel")
    assert answer["complete"] is False
    assert isinstance(answer["usage"], dict)
    assert answer["usage"]["estimated"] is True


async def test_many_chats_at_once_do_not_mix(database_url: str, upstream: Upstream) -> None:
    async def echo(connection: Connection) -> None:
        said = connection.json["messages"][-1]["content"]
        await connection.stream(piece("you said "), piece(said), piece("", finish="stop"), DONE)

    upstream.then(echo)
    async with service(database_url, upstream.url) as on:
        told = await asyncio.gather(*(on.ann.ask(f"number {number}") for number in range(40)))
        kept = await asyncio.gather(*(_kept(on, each) for each in told))

    assert [each.text for each in told] == [f"you said number {number}" for number in range(40)]
    assert [messages[1]["content"] for messages in kept] == [each.text for each in told]
    assert len({each.conversation_id for each in told}) == 40


async def test_a_revoked_key_breaks_no_stream_that_runs(on: Service, upstream: Upstream) -> None:
    go_on = asyncio.Event()

    async def waiting(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await go_on.wait()
        for item in (piece("lo"), piece("", finish="stop"), DONE):
            await connection.event(item)
        await connection.end()

    upstream.then(waiting)
    made = (await on.ann.call("POST", "/api/v1/keys", {"name": "laptop"})).json()
    laptop = on.client(made["token"])
    async with laptop.asking({"message": "hello"}) as (told, parts):
        async for part in parts:
            if part["type"] == "text-delta" and part["delta"] == "Hel":
                rotated = (await laptop.call("POST", f"/api/v1/keys/{made['id']}/rotate")).json()
                go_on.set()

    assert (told.text, told.done, told.whole) == ("Hello", True, True)
    assert (await laptop.call("GET", "/api/v1/chat")).status_code == 401
    assert (await on.client(rotated["token"]).get("/api/v1/chat"))["total"] == 1
    assert (await _kept(on, told))[1]["status"] == "complete"


async def test_the_model_can_change_inside_a_conversation(sqlite_url: str, upstream: Upstream) -> None:
    other = Upstream(streams(piece("from elsewhere"), piece("", finish="stop"), DONE))
    await other.start()
    async with service(
        sqlite_url, upstream.url, chat_openai_url=f"{other.url}/v1", chat_openai_key="other-secret"
    ) as on:
        first = await on.ann.ask("one")
        second = await on.ann.ask("two", conversationId=first.conversation_id, model="gpt-4o")
        kept = await _kept(on, second)
    await other.stop()

    assert other.seen[0].line == "POST /v1/chat/completions HTTP/1.1"
    assert other.seen[0].headers["authorization"] == "Bearer other-secret"
    assert (other.seen[0].json["model"], len(other.seen[0].json["messages"])) == ("gpt-4o", 3)
    assert [message.get("model") for message in kept] == [None, MODEL, None, "gpt-4o"]
    assert second.text == "from elsewhere"


async def test_calls_of_tools_are_told_and_kept(on: Service, upstream: Upstream) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"q":'}}
    rest = {"index": 0, "function": {"arguments": '"x"}'}}
    upstream.then(streams(piece("", tool_calls=[call]), piece("", tool_calls=[rest], finish="tool_calls"), DONE))

    told = await on.ann.ask()
    _, answer = await _kept(on, told)

    assert told.part("tool-input-available") == {
        "type": "tool-input-available", "toolCallId": "c1", "toolName": "look_up", "input": {"q": "x"},
    }  # fmt: skip
    assert told.part("finish")["finishReason"] == "tool-calls"
    assert answer["toolCalls"] == [
        {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"q":"x"}'}}
    ]


async def test_what_no_database_keeps_does_not_break_an_answer(database_url: str, upstream: Upstream) -> None:
    upstream.then(streams(piece("a\x00b \ud800c"), piece("", finish="stop"), DONE))
    async with service(database_url, upstream.url) as on:
        told = await on.ann.ask()
        _, answer = await _kept(on, told)

    assert told.done
    assert (answer["status"], answer["content"]) == ("complete", "a\ufffdb \ufffdc")


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({}, "message"),
        ({"message": ""}, "message"),
        ({"message": "  \n"}, "message"),
        ({"message": 7}, "message"),
        ({"message": "a\x00b"}, "message"),
        ({"message": "\ud800"}, "message"),
        ({"message": "hi", "model": "../../x"}, "model"),
        ({"message": "hi", "temperature": "hot"}, "temperature"),
        ({"message": "hi", "maxTokens": 0}, "maxTokens"),
        ({"message": "hi", "conversationId": ""}, "conversationId"),
        ({"message": "hi", "surprise": 1}, "surprise"),
    ],
)
async def test_a_bad_question_is_refused_by_the_name_of_the_field(
    on: Service, document: dict[str, object], named: str
) -> None:
    answer = await on.ann.call("POST", "/api/v1/chat", document)

    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]
    assert (await on.ann.get("/api/v1/chat"))["total"] == 0


async def test_each_request_and_each_stream_gets_one_line_of_json(on: Service, upstream: Upstream) -> None:
    told = await on.ann.ask("a secret question")
    await on.log.says('"event": "request"')
    (stream,), (request,) = on.lines("stream"), on.lines("request")

    assert (stream["message"], stream["status"], stream["finish_reason"]) == (told.message_id, "complete", "stop")
    assert (stream["provider"], stream["model"], stream["tokens"]) == ("workers-ai", MODEL, 5)
    assert stream["duration_s"] >= stream["first_token_s"] >= 0
    assert stream["persisted"] is True
    assert (request["route"], request["message_length"], request["model"]) == ("/api/v1/chat", 17, MODEL)
    assert {request["conversation"], stream["conversation"]} == {told.conversation_id}
    assert request["user"].startswith("user_")
    assert "secret" not in on.log.getvalue()
    assert "Hello" not in on.log.getvalue()
    assert upstream.seen


async def test_streams_show_in_the_metrics(on: Service) -> None:
    await on.ann.ask()
    text = (await on.nobody.call("GET", "/metrics")).text

    assert 'chat_streams_total{provider="workers-ai",status="complete"} 1.0' in text
    assert "chat_streams_active 0.0" in text
    for name in ("chat_first_token_seconds_count", "chat_tokens_per_second_count", "chat_persistence_seconds_count"):
        assert name in text


async def test_an_answer_that_cannot_be_saved_is_an_error_and_is_saved_as_one_when_that_is_possible_again(
    sqlite_url: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LOCK_WAIT_S", 0.01)
    writer = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)

    async def locked(connection: Connection) -> None:
        writer.execute("BEGIN IMMEDIATE")
        await GOOD(connection)

    upstream.then(locked)
    async with service(sqlite_url, upstream.url) as on:
        told = await on.ann.ask()
        while_locked = (await _kept(on, told))[1]
        writer.execute("COMMIT")
        while (await _kept(on, told))[1]["status"] == "streaming":
            pass
        (afterwards,) = [each for each in await _kept(on, told) if each["role"] == "assistant"]
    writer.close()

    assert (told.text, told.done, told.whole, told.kinds[-1]) == ("Hello", False, False, "error")
    assert (while_locked["status"], while_locked["complete"]) == ("streaming", False)
    assert (afterwards["status"], afterwards["error"]) == ("failed", "storage_unavailable")
    assert (afterwards["content"], afterwards["finishReason"]) == ("Hello", None)
    assert on.lines("stream")[0]["persisted"] is False
    assert on.lines("persistence_failed")


async def test_a_client_that_leaves_while_its_question_is_saved_leaves_no_answer_open(
    sqlite_url: str, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_LOCK_WAIT_S", 0.01)
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
