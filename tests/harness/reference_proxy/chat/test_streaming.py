"""One question and its answer, end to end over HTTP."""

from __future__ import annotations

import asyncio

from edgeproof import MockCloudflare
from tests.harness.reference_proxy.chat.service import GOOD, MODEL, Service, service
from tests.harness.reference_proxy.stage import DONE, Connection, Upstream, piece, streams


async def test_a_message_streams_and_is_kept(database_url: str, mock: MockCloudflare) -> None:
    async with service(database_url, mock) as on:
        told = await on.ann.ask("What is the edge?")
        question, answer = await on.kept(told)

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
        kept = await on.kept(second)
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
    assert (await on.kept(told))[1]["content"] == "".join(words)


async def test_many_chats_at_once_do_not_mix(database_url: str, upstream: Upstream) -> None:
    async def echo(connection: Connection) -> None:
        said = connection.json["messages"][-1]["content"]
        await connection.stream(piece("you said "), piece(said), piece("", finish="stop"), DONE)

    upstream.then(echo)
    async with service(database_url, upstream.url) as on:
        told = await asyncio.gather(*(on.ann.ask(f"number {number}") for number in range(20)))
        kept = await asyncio.gather(*(on.kept(each) for each in told))

    assert [each.text for each in told] == [f"you said number {number}" for number in range(20)]
    assert [messages[1]["content"] for messages in kept] == [each.text for each in told]
    assert len({each.conversation_id for each in told}) == 20


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
    assert (await on.kept(told))[1]["status"] == "complete"


async def test_what_no_database_keeps_does_not_break_an_answer(database_url: str, upstream: Upstream) -> None:
    upstream.then(streams(piece("a\x00b \ud800c"), piece("", finish="stop"), DONE))
    async with service(database_url, upstream.url) as on:
        told = await on.ann.ask()
        _, answer = await on.kept(told)

    assert told.done
    assert (answer["status"], answer["content"]) == ("complete", "a\ufffdb \ufffdc")


BAD: tuple[tuple[dict[str, object], str], ...] = (
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
)


async def test_a_bad_question_is_refused_by_the_name_of_the_field(on: Service) -> None:
    answers = [(named, await on.ann.call("POST", "/api/v1/chat", document)) for document, named in BAD]

    assert {answer.status_code for _, answer in answers} == {400}
    assert [named for named, answer in answers if named not in answer.json()["error"]["message"]] == []
    assert (await on.ann.get("/api/v1/chat"))["total"] == 0
