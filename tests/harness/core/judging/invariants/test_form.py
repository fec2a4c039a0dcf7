"""The borders of the rules about the form of an answer."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from fault_injection.client import Coding, Manner
from fault_injection.reply import Event, Length, Reply, event, json_reply
from harness.core.judging.invariants.form import error_message
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level
from tests.harness.core.histories import (
    OTHER,
    Fields,
    answer,
    breaches,
    chunk,
    client,
    failure,
    message,
    passed,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

AS_JSON = replace(stream("a"), headers=(("content-type", "application/json"),))
PAGE = Reply(body=b"<html>Hello</html>", headers=(("content-type", "text/html"),))
HALF_JSON = json_reply(b'{"choices":[')
JSON_AS_TEXT = replace(answer("a"), headers=(("content-type", "text/plain"),))
BAD_TEXT = streamed(chunk("a"), Event(b": \xff\n"), chunk(finish="stop"))
ODD_EVENT = streamed(chunk("a"), "{'", chunk(finish="stop"))
THEM, IT = ", as upstream sent them", ", as upstream sent it"
OPEN_END = streamed(chunk("a", finish="stop"), Event(b"data: [DONE]\n"), done=False)


@pytest.mark.parametrize(
    ("got", "words", "as_well"),
    [
        (AS_JSON, "events came with the content type 'application/json', not text/event-stream", THEM),
        (replace(AS_JSON, headers=()), "events came with the content type 'nothing', not text/event-stream", THEM),
        (PAGE, "a 200 answer is neither JSON nor events: '<html>Hello</html>'", IT),
        (HALF_JSON, "a 200 answer is neither JSON nor events: '{\"choices\":['", IT),
        (JSON_AS_TEXT, "JSON came with the content type 'text/plain', by which client libraries leave it unread", IT),
        (BAD_TEXT, "the answer is not valid UTF-8", ""),
        (ODD_EVENT, '1 event(s) are not JSON objects: "{\'"', THEM),
        (OPEN_END, "the last event has no blank line behind it", ""),
    ],
)
def test_what_upstream_had_wrong_as_well_weighs_less(got: Reply, words: str, as_well: str) -> None:
    (own,) = breaches("valid-framing", passed(stream("a"), got))
    (verbatim,) = breaches("valid-framing", passed(got))

    assert own.message.removesuffix(THEM) == f"ask: {words}"
    assert verbatim.message == f"ask: {words}{as_well}"
    if got.headers:
        assert (own.level, verbatim.level) == (None, Level.SHOULD)


@pytest.mark.parametrize("got", [AS_JSON, JSON_AS_TEXT], ids=["events", "json"])
def test_a_content_type_to_which_a_framework_adds_a_charset_is_passed_on(got: Reply) -> None:
    ((name, value),) = got.headers
    added = replace(got, headers=((name, f"{value.upper()}; charset=utf-8"),))

    (breach,) = breaches("valid-framing", passed(got, added))

    assert breach.level is Level.SHOULD


@pytest.mark.parametrize("end", [ClientEnd.LEFT, ClientEnd.CLOSED_EARLY, ClientEnd.RESET])
@pytest.mark.parametrize("got", [HALF_JSON, PAGE, OPEN_END])
def test_what_did_not_end_need_not_make_sense(got: Reply, end: ClientEnd) -> None:
    assert silent("valid-framing", [passed(stream("a"), got, end=end)])


def test_bad_framing_is_told_in_the_readers_words() -> None:
    of = view(client(answer(), end=ClientEnd.COMPLETE, problem="surplus: 3 bytes"))

    assert message("valid-framing", of) == "ask: bad HTTP framing: surplus: 3 bytes"
    assert silent("valid-framing", [view(client(answer(), end=ClientEnd.CLOSED_EARLY, problem="body short"))])


SURPLUS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("problem", "sent", "level"),
    [
        ("surplus: 1 byte", SURPLUS + b"more", Level.SHOULD),
        ("surplus: 1 byte", SURPLUS, None),
        ("surplus: 1 byte", SURPLUS.replace(b"2", b"x"), None),
        ("chunk size: 'zz'", SURPLUS + b"more", None),
    ],
    ids=["as upstream", "upstream was well", "upstream was wrong otherwise", "the target is wrong otherwise"],
)
def test_surplus_bytes_are_passed_on_however_many_were_seen(problem: str, sent: bytes, level: Level | None) -> None:
    of = view(client(answer(), problem=problem), upstream(sent))

    (found,) = breaches("valid-framing", of)

    assert found.level is level
    assert (", as upstream sent it" in found.message) is (level is not None)


@pytest.mark.parametrize(
    ("half", "given", "level"),
    [
        (b'{"choi', b'{"choi', Level.SHOULD),
        (b'{"choi\xc3', '{"choi\ufffd'.encode(), Level.SHOULD),
        (b'{"choi', b'{"chai', None),
        (b"\xc3", "\ufffd".encode(), None),
    ],
    ids=["the half", "half a character", "another", "nothing to tell it by"],
)
def test_the_half_event_at_which_upstream_broke_off_may_be_closed(
    half: bytes, given: bytes, level: Level | None
) -> None:
    sent = streamed(chunk("a"), Event(b"data: " + half), done=False)
    got = streamed(chunk("a"), Event(b"data: " + given + b"\n\n"), event('{"error":{"message":"m"}}'), done=False)

    assert [found.level for found in breaches("valid-framing", passed(sent, got))] == [level]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error":{"message":"boom"}}', "boom"),
        (b'{"error":"boom"}', "boom"),
        (b'{"errors":[{"message":"boom"}]}', "boom"),
        (b'{"message":"boom"}', "boom"),
        (b'{"detail":"boom"}', "boom"),
        (b'{"error":[{"code":2009}],"message":"boom"}', "boom"),
        (b'{"error":{}}', None),
        (b'{"errors":[]}', None),
        (b'{"error":{"message":""}}', None),
        (b"[]", None),
        (b"boom", None),
        (b"[" * 100_000, None),
        (b"", None),
    ],
)
def test_a_message_is_found_in_each_of_the_usual_shapes(body: bytes, told: str | None) -> None:
    assert error_message(body) == told


@pytest.mark.parametrize(
    "asked",
    [{"method": "HEAD"}, {"end": ClientEnd.LEFT}],
)
def test_an_error_that_nobody_reads_needs_no_message(asked: Fields) -> None:
    assert silent("error-shape", [view(client(Reply(status=404), **asked))])


@pytest.mark.parametrize("status", [400, 503])
def test_an_error_without_a_message_is_told_with_how_it_begins(status: int) -> None:
    page = Reply(status=status, body=b"\xff" * 61)
    of = view([client(answer()), client(page, method="HEAD"), client(page, at=1.0, label="read")])

    assert message("error-shape", of) == (
        f"read: the {status} answer is not JSON with an error message: {chr(0xFFFD) * 60!r}"
    )


@pytest.mark.parametrize(
    ("coding", "status", "told"),
    [("zstd", 400, False), ("br", 415, False), ("zstd", 422, True), ("gzip", 400, True), ("", 400, True)],
)
def test_a_server_may_decline_a_coding_that_it_does_not_know_in_its_own_words(
    coding: Coding, status: int, told: bool
) -> None:
    got = client(Reply(status=status, body=b"Bad Request"), moves={"manner": Manner(content_encoding=coding)})

    assert bool(breaches("error-shape", view(got))) is told


def test_who_has_asked_upstream_knew_the_coding_and_words_its_errors_itself() -> None:
    got = client(Reply(status=400, body=b"Bad Request"), moves={"manner": Manner(content_encoding="zstd")})

    assert breaches("error-shape", view(got, upstream(failure(400))))


def test_an_error_that_upstream_broke_off_may_break_off() -> None:
    half = replace(failure(400), body=b'{"error":', framing=Length(off_by_bytes=90))

    def got(end: ClientEnd, sent: Reply) -> CaseView:
        return view(client(half, end=end), upstream(sent))

    assert silent("error-shape", [got(ClientEnd.CLOSED_EARLY, half)])
    assert breaches("error-shape", got(ClientEnd.CLOSED_EARLY, failure(400)))


def test_an_error_in_json_does_not_call_itself_a_stream() -> None:
    named = replace(failure(500), headers=(("content-type", "text/event-stream"),))

    assert "is JSON and calls itself 'text/event-stream'" in message("error-shape", passed(failure(500), named))
    assert silent("error-shape", [passed(named)])


def test_a_compressed_error_is_read() -> None:
    coded = replace(failure(500), body=gzip.compress(failure(500).body_bytes), headers=(("Content-Encoding", "gzip"),))

    assert silent("error-shape", [view(client(coded))])


CODED = (("Content-Encoding", "gzip"),)


@pytest.mark.parametrize("sent", [answer(), failure(400)], ids=["an answer", "a refusal"])
def test_a_body_that_is_not_in_its_coding_is_told(sent: Reply) -> None:
    still = replace(sent, headers=(*sent.headers, *CODED))
    twice = replace(still, body=gzip.compress(gzip.compress(sent.body_bytes)))
    once = replace(still, body=gzip.compress(sent.body_bytes))

    assert message("valid-framing", passed(sent, still)).endswith(
        "the body is not in gzip, which its Content-Encoding names"
    )
    told = [breach.message for breach in breaches("valid-framing", passed(once, twice))]
    assert told[0].endswith("the body is in gzip twice, and its Content-Encoding names it once")
    assert silent("valid-framing", [passed(once, once), passed(once, sent), passed(sent, once), passed(still, still)])


def _refused(value: str, *, status: int = 429, got: Reply | None = None) -> CaseView:
    return passed(failure(status, headers=(("Retry-After", value),)), got or failure(429))


@pytest.mark.parametrize(
    "of",
    [
        _refused("999999999999"),
        _refused("tomorrow"),
        _refused("7", status=503),
        _refused("7", got=failure(502)),
        _refused("7", got=failure(429, headers=(("RETRY-AFTER", "9"),))),
        passed(answer(), failure(429)),
        view(client(failure(429))),
    ],
    ids=["too long", "no number", "another status", "mapped", "kept", "upstream was well", "the target's own"],
)
def test_a_wait_is_owed_only_where_upstream_asked_for_one(of: CaseView) -> None:
    assert silent("retry-after-kept", [of])


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_of_up_to_a_day_is_owed(status: int) -> None:
    of = _refused("86400", status=status, got=failure(status))

    assert message("retry-after-kept", of) == (
        f"ask: upstream's {status} said Retry-After: 86400, the client's says nothing"
    )
    assert silent("retry-after-kept", [_refused("86401", status=status, got=failure(status))])


@pytest.mark.parametrize(
    ("told", "right"), [("37", True), ("60", True), ("36", True), ("30", False), ("1", False), ("later", True)]
)
def test_a_client_is_not_told_to_come_back_too_soon(told: str, right: bool) -> None:
    of = _refused("37", status=429, got=failure(429, headers=(("Retry-After", told),)))

    assert silent("retry-after-kept", [of]) is right


def test_every_client_is_owed_its_wait() -> None:
    told = failure(429, headers=(("Retry-After", "7"),))
    of = view([client(answer(), nonce=OTHER), client(failure(429), at=1.0, label="second")], upstream(told, at=1.05))

    assert message("retry-after-kept", of).startswith("second: ")


def test_a_wait_that_was_not_kept_in_the_history_is_owed_by_nobody() -> None:
    told = replace(upstream(failure(429, headers=(("Retry-After", "7"),))), unkept_bytes=9)

    assert silent("retry-after-kept", [view(client(failure(429)), told)])


def test_a_secret_in_a_header_or_the_clean_answer_is_told() -> None:
    told = failure(500, headers=(("X-Debug", "cfut_1234"),))

    assert "a header of the answer" in message("no-secrets", view(client(told), secrets=("cfut_1234",)))
    assert breaches("no-secrets", view(alive=client(told), secrets=("cfut_1234",)))
    assert silent("no-secrets", [view(client(told), secrets=("", "another"))])


@pytest.mark.parametrize("end", [b"\r\n", b"\rZ"], ids=["right", "spoiled"])
def test_what_comes_behind_a_spoiled_chunk_may_have_been_passed_on(end: bytes) -> None:
    """llhttp, as undici runs it, reads on where the line end behind a chunk is not one."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    call = upstream(head + b"9\r\ndata: a\n\n" + end + b"9\r\ndata: b\n\n\r\n0\r\n\r\n")

    for got in (BAD_TEXT, ODD_EVENT):
        told = breaches("valid-framing", view(client(got), call))
        assert [breach.level for breach in told] == [Level.SHOULD if end == b"\rZ" else None]


@pytest.mark.parametrize(
    ("sent", "level"), [(answer("a"), None), (stream("a"), Level.SHOULD)], ids=["own", "passed on"]
)
def test_a_stream_for_who_asked_for_json_is_told(sent: Reply, level: Level | None) -> None:
    (breach,) = breaches("valid-framing", passed(sent, stream("a"), stream=False))

    assert (breach.message.partition(",")[0], breach.level) == ("ask: JSON was asked for", level)


@pytest.mark.parametrize(
    ("sent", "got"),
    [(400, 500), (404, 502), (422, 503), (413, 500), (429, 502), (429, 400), (500, 400), (529, 404)],
)
def test_a_refusal_of_another_class_is_told(sent: int, got: int) -> None:
    assert message("status-kept", passed(failure(sent), failure(got))) == (
        f"ask: upstream refused with {sent}, the client got a {got}"
    )


@pytest.mark.parametrize(
    ("sent", "got"),
    [(400, 422), (401, 502), (403, 500), (408, 504), (413, 400), (429, 429), (500, 502), (503, 429), (529, 503)],
)
def test_a_refusal_in_other_words_is_kept(sent: int, got: int) -> None:
    assert silent("status-kept", [passed(failure(sent), failure(got))])


def test_any_of_several_refusals_may_be_told() -> None:
    calls = [upstream(failure(429)), upstream(failure(500), at=0.2)]

    assert silent("status-kept", [view(client(failure(got), end_s=1.0), calls) for got in (429, 502)])
    assert not silent("status-kept", [view(client(failure(404), end_s=1.0), calls)])
