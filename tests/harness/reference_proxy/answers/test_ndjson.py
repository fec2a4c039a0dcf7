"""NDJSON, read from upstream and written for clients, as a stream like any other."""

from __future__ import annotations

import json

import pytest

from harness.reference_proxy.answers.ndjson import LineParser
from harness.reference_proxy.answers.sse import SseEncodingError, SseTooLargeError
from tests.harness.reference_proxy.stage import DONE, GOOD, Answer, Answered, Connection, chat, piece, stage, streams

LINES = b'{"a":1}\n\r\n{"b":"\xc3\xbc"}\r\n'
PIECES = (piece("Hel"), piece("lo"), piece("", finish="stop"))
READS_LINES = {"Accept": "application/x-ndjson"}


def lines(*documents: object, cut_bytes: int = 0) -> Answer:
    """A script that answers with these documents, one a line, and ends cleanly so many bytes too early."""
    body = b"".join(json.dumps(each).encode() + b"\n" for each in documents)

    async def answer(connection: Connection) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        await connection.raw(head)
        await connection.block(body[: len(body) - cut_bytes])
        await connection.end()

    return answer


def read(answer: Answered) -> list[dict[str, object]]:
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.body.decode().splitlines()]


def text_of(answer: Answered) -> str:
    return "".join(
        choice["delta"].get("content") or ""
        for each in read(answer)
        for choice in each.get("choices", [])  # type: ignore[attr-defined]  # a list, as the test sees
    )


@pytest.mark.parametrize("at", range(len(LINES) + 1))
def test_every_split_gives_the_same_lines(at: int) -> None:
    parser = LineParser(max_event_bytes=100)

    found = [event.data for block in (LINES[:at], LINES[at:]) for event in parser.feed(block)]

    assert (found, parser.unfinished) == (['{"a":1}', '{"b":"ü"}'], False)


def test_a_line_without_its_end_is_unfinished() -> None:
    parser = LineParser(max_event_bytes=100)

    assert list(parser.feed(b' \n{"a":1}')) == []
    assert parser.unfinished


def test_a_line_is_bounded_and_in_utf_8() -> None:
    with pytest.raises(SseTooLargeError):
        list(LineParser(max_event_bytes=10).feed(b"x" * 11))
    with pytest.raises(SseEncodingError):
        list(LineParser(max_event_bytes=10).feed(b"\xff\n"))


async def test_upstreams_lines_become_events_and_are_kept() -> None:
    async with stage(lines(*PIECES)) as on:
        first = await on.ask(chat(stream=True))
        again = await on.ask(chat(stream=True))

        assert len(on.upstream.seen) == 1
    assert (first.text, first.finishes, first.events[-1], first.whole) == ("Hello", ["stop"], "[DONE]", True)
    assert (again.text, again.headers["x-cache"]) == ("Hello", "HIT")


@pytest.mark.parametrize("cut_bytes", [1, 4, 230])
async def test_lines_that_were_cut_are_no_answer_and_are_not_kept(cut_bytes: int) -> None:
    async with stage(lines(*PIECES, cut_bytes=cut_bytes)) as on:
        cut = await on.ask(chat(stream=True))
        on.upstream.then(lines(*PIECES))
        again = await on.ask(chat(stream=True))

    assert (cut.events[-1]["error"]["code"], cut.whole) == ("upstream_truncated", False)
    assert (again.text, again.headers["x-cache"]) == ("Hello", "MISS")


@pytest.mark.parametrize("filled_by", [{"Accept": "text/event-stream"}, READS_LINES])
async def test_a_client_that_reads_lines_gets_lines_live_and_kept(filled_by: dict[str, str]) -> None:
    async with stage(GOOD) as on:
        await on.ask(chat(stream=True), **filled_by)
        kept = await on.ask(chat(stream=True), **READS_LINES)
        events = await on.ask(chat(stream=True))

        assert len(on.upstream.seen) == 1
    assert (text_of(kept), kept.headers["x-cache"], kept.whole) == ("Hello", "HIT", True)
    assert {each["id"] for each in read(kept)} == {read(kept)[0]["id"]}
    assert (events.text, events.events[-1]) == ("Hello", "[DONE]")


async def test_lines_come_as_they_are_said() -> None:
    async def waiting(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await connection.gone()

    async with stage(waiting) as on:
        call = await on.call(chat(stream=True), **READS_LINES)
        await call.head()

        assert b"Hel" in await call.chunk()
        call.leave()


async def test_lines_that_break_off_end_with_an_error_and_abnormally() -> None:
    async with stage(streams(piece("Hel"))) as on:
        answer = await on.ask(chat(stream=True), **READS_LINES)

    assert read(answer)[-1]["error"]["code"] == "upstream_truncated"  # type: ignore[index]  # an object
    assert not answer.whole


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/x-ndjson, text/event-stream"])
async def test_who_may_mean_events_gets_events(accept: str) -> None:
    async with stage(streams(piece("hi", finish="stop"), DONE)) as on:
        answer = await on.ask(chat(stream=True), Accept=accept)

    assert answer.events[-1] == "[DONE]"
