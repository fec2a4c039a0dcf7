"""A client that comes back to an answer that is being made: it goes on where it was, or from the start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.harness.reference_proxy.chat.service import Client, Service, Told, service
from tests.harness.reference_proxy.stage import DONE, Connection, Upstream, piece

PATIENT = 3600.0
WORDS = ("Hel", "lo ", "there", ".")


class Held:
    """A model that says its first words, and the rest once it may; `ended` is set when nobody wants it any more."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.ended = asyncio.Event()

    async def whole(self, connection: Connection) -> None:
        await self._begin(connection)
        for word in WORDS[2:]:
            await connection.event(piece(word))
        for last in (piece("", finish="stop"), DONE):
            await connection.event(last)
        await connection.end()

    async def cut(self, connection: Connection) -> None:
        await self._begin(connection)
        connection.reset()

    async def unwanted(self, connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece(WORDS[0]))
        await connection.gone()
        self.ended.set()

    async def _begin(self, connection: Connection) -> None:
        await connection.start_stream()
        for word in WORDS[:2]:
            await connection.event(piece(word))
        await self.may_end.wait()


@asynccontextmanager
async def left(client: Client, words: int = 2) -> AsyncIterator[Told]:
    """A question whose client has left behind so many words of its answer."""
    async with client.asking({"message": "go on"}) as (told, parts):
        async for part in parts:
            words -= part["type"] == "text-delta"
            if not words:
                break
        await parts.aclose()  # type: ignore[attr-defined] # an asynchronous generator
    yield told


async def settled(on: Service, told: Told) -> dict[str, object]:
    """The answer once it is no longer being made."""
    await on.log.says('"event": "stream"')
    return (await on.kept(told))[1]


async def _are_reading(on: Service, clients: float) -> None:
    while f"chat_stream_readers {clients:.1f}" not in (await on.nobody.call("GET", "/metrics")).text:
        pass


async def _read(told: Told, parts: AsyncIterator[dict[str, object]]) -> Told:
    async for _ in parts:
        pass
    return told


@pytest.fixture
async def on(sqlite_url: str, upstream: Upstream) -> AsyncIterator[Service]:
    async with service(sqlite_url, upstream.url, chat_resume_s=PATIENT) as running:
        yield running


@pytest.fixture
def model() -> Held:
    return Held()


async def test_who_was_cut_off_reads_on_behind_what_it_had_and_who_comes_anew_from_the_start(
    on: Service, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.whole)
    async with left(on.ann) as told, AsyncExitStack() as reading:
        odd = ["", "7", "conv:1", f"{told.message_id}:99", f"{told.message_id}:-1", f"{told.message_id}:²", ":" * 4000]
        places = [told.last_event_id, None, *odd]
        readers = [await reading.enter_async_context(on.ann.resuming(told.conversation_id, each)) for each in places]
        async with on.ann.resuming(told.conversation_id) as (leaves_again, _):
            pass
        model.may_end.set()
        rest, *anew = [await _read(*each) for each in readers]
        answer = await settled(on, told)

    assert (told.text, rest.text) == ("Hello ", "there.")
    assert rest.kinds == ["text-delta", "text-delta", "text-end", "finish-step", "finish"]
    assert {each.text for each in anew} == {"".join(WORDS)}
    assert {each.part("start")["messageId"] for each in anew} == {told.message_id}
    assert all(each.done and each.whole for each in (rest, *anew))
    assert {each.message_id for each in (rest, leaves_again)} == {told.message_id}
    assert (answer["status"], answer["content"]) == ("complete", "".join(WORDS))
    assert len(upstream.seen) == 1


async def test_where_no_answer_is_being_made_there_is_nothing_to_read_on(on: Service) -> None:
    told = await on.ann.ask()
    nothing = await on.ann.resume(told.conversation_id, told.last_event_id)

    assert (told.whole, nothing.status, nothing.parts) == (True, 204, [])


async def test_an_answer_that_is_being_made_is_not_there_for_anybody_else(
    on: Service, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.whole)
    async with left(on.ann) as told:
        path = f"/api/v1/chat/{told.conversation_id}"
        alone = [await client.call("GET", f"{path}/stream") for client in (on.bob, on.eve, on.nobody)]
        await on.ann.call("PATCH", path, {"shared": True})
        shared = [await client.call("GET", f"{path}/stream") for client in (on.bob, on.eve)]
        missing = await on.bob.call("GET", "/api/v1/chat/conv_00000000000000000000000000000000/stream")
        model.may_end.set()
        await settled(on, told)

    assert [each.status_code for each in alone] == [404, 404, 401]
    assert {each.text for each in (*alone[:2], *shared)} == {missing.text}
    assert missing.status_code == 404


async def test_who_reads_on_is_told_that_an_answer_broke_off(on: Service, upstream: Upstream, model: Held) -> None:
    upstream.then(model.cut)
    async with left(on.ann) as told, on.ann.resuming(told.conversation_id, told.last_event_id) as reading:
        model.may_end.set()
        rest = await _read(*reading)
        answer = await settled(on, told)

    assert rest.kinds == ["error"]
    assert (rest.done, rest.whole) == (False, False)
    assert (answer["status"], answer["content"]) == ("failed", "Hello ")


async def test_an_answer_that_never_begins_is_refused_to_whoever_waits_for_it(
    on: Service, upstream: Upstream, model: Held
) -> None:
    async def refuses(connection: Connection) -> None:
        await model.may_end.wait()
        await connection.json_reply({"errors": [{"code": 3040, "message": "no capacity"}]}, 429, Retry_After="7200")

    upstream.then(refuses)
    asking = asyncio.create_task(on.ann.ask("anybody there?"))
    await upstream.called.wait()
    (found,) = (await on.ann.get("/api/v1/chat"))["conversations"]
    waiting = asyncio.create_task(on.ann.resume(found["id"]))
    await _are_reading(on, 2)
    model.may_end.set()
    refused, joined = await asking, await waiting

    assert (refused.status, refused.body["error"]["code"]) == (429, "upstream_rate_limited")
    assert (joined.status, joined.body) == (refused.status, refused.body)


async def test_an_answer_is_read_on_in_the_form_in_which_it_was_asked_for(
    on: Service, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.whole)
    asking = asyncio.create_task(on.ann.lines({"message": "go on"}, "/api/v1/chat?protocol=data"))
    await upstream.called.wait()
    (found,) = (await on.ann.get("/api/v1/chat"))["conversations"]
    path = f"/api/v1/chat/{found['id']}/stream"
    other = await on.ann.call("GET", path)
    unknown = await on.ann.call("GET", path, protocol="grpc")
    joining = asyncio.create_task(on.ann.call("GET", path, protocol="data"))
    await _are_reading(on, 2)
    model.may_end.set()
    (told, lines), joined = await asking, await joining

    assert (other.status_code, unknown.status_code) == (204, 400)
    assert (told.whole, [letter for letter, _ in lines if letter == "0"]) == (True, ["0"] * len(WORDS))
    assert [line[:1] for line in joined.text.splitlines()] == [letter for letter, _ in lines]
    assert joined.headers["X-Vercel-AI-Data-Stream"] == "v1"


async def test_an_answer_that_nobody_comes_back_for_ends_and_so_does_its_call(
    sqlite_url: str, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.unwanted)
    async with service(sqlite_url, upstream.url, chat_resume_s=0.05) as on, left(on.ann, words=1) as told:
        await model.ended.wait()
        answer = await settled(on, told)
        nothing = await on.ann.resume(told.conversation_id)

    assert (answer["status"], answer["error"], answer["content"]) == ("interrupted", "client_left", WORDS[0])
    assert nothing.status == 204


async def test_of_too_many_unread_answers_the_one_that_was_left_first_ends(
    sqlite_url: str, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.unwanted, model.whole)
    async with (
        service(sqlite_url, upstream.url, chat_resume_s=PATIENT, chat_resume_answers=1) as on,
        left(on.ann, words=1) as first,
        left(on.ann) as second,
    ):
        await model.ended.wait()
        ended = await settled(on, first)
        async with on.ann.resuming(second.conversation_id, second.last_event_id) as reading:
            model.may_end.set()
            rest = await _read(*reading)
        metrics = (await on.nobody.call("GET", "/metrics")).text

    assert "chat_streams_unread 0.0" in metrics
    assert (ended["status"], ended["error"]) == ("interrupted", "client_left")
    assert (rest.text, rest.whole) == ("there.", True)


async def test_what_is_kept_of_an_answer_to_be_read_anew_is_bounded(
    sqlite_url: str, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.whole)
    limits = {"chat_resume_s": PATIENT, "chat_resume_bytes": 1}
    async with service(sqlite_url, upstream.url, **limits) as on, left(on.ann) as told:
        anew = await on.ann.resume(told.conversation_id)
        async with on.ann.resuming(told.conversation_id, told.last_event_id) as reading:
            model.may_end.set()
            rest = await _read(*reading)

    assert anew.status == 204
    assert (rest.text, rest.whole) == ("there.", True)


async def test_a_service_that_stops_keeps_what_there_is_of_unread_answers(
    sqlite_url: str, upstream: Upstream, model: Held
) -> None:
    upstream.then(model.unwanted)
    async with service(sqlite_url, upstream.url, chat_resume_s=PATIENT) as on, left(on.ann, words=1):
        pass
    (line,) = on.lines("stream")

    assert (line["status"], line["failure"], line["persisted"]) == ("interrupted", "process_ended", True)


async def test_where_answers_end_with_their_reader_events_have_no_ids(sqlite_url: str, upstream: Upstream) -> None:
    async with service(sqlite_url, upstream.url) as on:
        told = await on.ann.ask()

    assert (told.whole, told.last_event_id) == (True, "")
