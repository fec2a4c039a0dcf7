"""What a target cannot know or may well do is not held against it; its neighbour, the real defect, still is."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

from fault_injection.reply import Event, event, json_reply
from harness.core.judging.invariants import ALL
from harness.core.judging.view import CaseView
from harness.core.observed.binding import BINDING_HEADER
from harness.core.observed.history import ClientEnd, Piece
from harness.core.target.claims import Capabilities, Retry
from reports.record import Level
from tests.harness.core.histories import (
    answer,
    breaches,
    chunk,
    client,
    cut,
    failure,
    passed,
    request,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

GARBAGE = b"\x16\x03\x01 no HTTP at all\r\n\r\n"
PROBLEM = "bad status line b'\\x16\\x03\\x01 no HTTP at all' (RFC 9112 §4)"
HALF = b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"wor'
ERROR = event('{"error":{"message":"upstream broke off"}}')
REDIRECT = json_reply(b"", status=307, headers=(("location", "/v1/chat/completions"),))
SPACE_S = 0.25


def test_what_is_no_http_may_be_passed_on_below_http() -> None:
    unread = client(end=ClientEnd.BAD_FRAMING, problem=PROBLEM)

    (breach,) = breaches("valid-framing", view(unread, upstream(GARBAGE)))

    assert breach.level is Level.SHOULD


def test_bad_framing_of_the_targets_own_is_a_breach() -> None:
    unread = client(end=ClientEnd.BAD_FRAMING, problem=PROBLEM)

    (breach,) = breaches("valid-framing", view(unread, upstream(answer())))

    assert breach.level is None


SPOILT = json_reply(answer("Hello world").body_bytes.replace(b"chatcmpl-1", b"chatcmpl-\xb1"))
"""A good answer in which one byte, outside of its text, was changed into one that is no UTF-8."""


def test_an_answer_with_a_byte_that_is_no_utf8_may_be_read_or_refused_or_passed_on() -> None:
    replaced = json_reply(SPOILT.body_bytes.decode(errors="replace").encode())

    for got in (replaced, failure(502)):
        assert [each for name in ALL for each in breaches(name, passed(SPOILT, got))] == []
    (breach,) = (each for name in ALL for each in breaches(name, passed(SPOILT, SPOILT)))
    assert (breach.message, breach.level) == ("ask: the answer is not valid UTF-8", Level.SHOULD)


def test_a_coding_that_a_binding_hides_is_not_the_workers_to_undo() -> None:
    coded = replace(stream("Hello"), body=(Event(b"x\x9c\x4a\x49"),))
    head = (*coded.headers, ("content-encoding", "deflate"))
    by_rest = upstream(replace(coded, headers=head), surface="ai.run")
    by_binding = replace(by_rest, request_headers=((BINDING_HEADER, "ai"),))

    assert silent("valid-framing", [view(client(coded), by_binding)])
    assert breaches("valid-framing", view(client(coded), by_rest))


def test_a_byte_that_is_no_utf8_in_the_targets_own_answer_is_a_breach() -> None:
    (breach,) = breaches("valid-framing", passed(answer("Hello world"), SPOILT))

    assert breach.level is None


def test_a_half_event_may_be_closed_to_make_room_for_an_error() -> None:
    sent = cut(stream("Hello "), 1, Event(HALF))
    got = streamed(chunk("Hello "), Event(HALF + b"\n\n"), ERROR, done=False)

    (breach,) = breaches("valid-framing", passed(sent, got))

    assert breach.level is Level.SHOULD


def test_a_half_event_closed_without_an_error_is_a_breach() -> None:
    sent = cut(stream("Hello "), 1, Event(HALF))
    got = streamed(chunk("Hello "), Event(HALF + b"\n\n"), done=False)

    (breach,) = breaches("valid-framing", passed(sent, got))

    assert breach.level is None


def test_an_error_glued_to_a_half_event_is_a_breach() -> None:
    sent = cut(stream("Hello "), 1, Event(HALF))
    got = streamed(chunk("Hello "), Event(HALF), ERROR, done=False)

    (breach,) = breaches("valid-framing", passed(sent, got))

    assert breach.level is None


def test_a_body_that_is_not_in_its_coding_is_an_error_that_every_client_sees() -> None:
    lie = replace(stream("Hello"), headers=(("content-type", "text/event-stream"), ("content-encoding", "gzip")))

    assert silent("break-visible", [passed(lie)])


def test_a_compressed_stream_that_only_stops_is_not_seen_to_break() -> None:
    squeeze = zlib.compressobj(wbits=31)
    half = squeeze.compress(chunk("Hello").raw) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    headers = (("content-type", "text/event-stream"), ("content-encoding", "gzip"))
    sent = replace(stream("Hello"), headers=headers, body=(Event(half),))

    assert breaches("break-visible", passed(sent))


def test_text_behind_broken_framing_is_not_called_invented() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    seen = chunk("Hello ").raw
    sent = head + b"%x\r\n%b\r\nzz\r\n%b\r\n" % (len(seen), seen, chunk("world").raw)
    got = client(cut(stream("Hello ", "world"), 2), end=ClientEnd.CLOSED_EARLY)

    assert silent("no-invention", [view(got, upstream(sent))])


def test_a_redirect_that_is_followed_is_no_attempt() -> None:
    calls = [upstream(REDIRECT, at=0.01 * number) for number in range(1, 6)]
    claims = Capabilities(retry=Retry(max_attempts=2))

    assert silent("retry-bounded", [view(client(failure(502)), calls, claims=claims)])


def test_a_failure_that_is_asked_again_is_an_attempt() -> None:
    calls = [upstream(failure(500), at=0.01 * number) for number in range(1, 4)]
    claims = Capabilities(retry=Retry(max_attempts=2))

    assert breaches("retry-bounded", view(client(failure(502)), calls, claims=claims))


def test_a_request_without_sense_may_be_put_right() -> None:
    senseless = client(answer(), params={"messages": [{"content": "ep-0123456789ab"}]})
    mended = request(messages=[{"role": "user", "content": "ep-0123456789ab"}])

    assert silent("request-true", [view(senseless, upstream(answer(), body=mended))])


def test_one_hold_up_of_an_even_stream_is_no_lump() -> None:
    assert silent("cadence", [_paced(range(12, 15))])


def test_a_stream_held_up_again_and_again_comes_in_lumps() -> None:
    assert breaches("cadence", _paced(range(1, 5), range(6, 10), range(11, 15)))


def test_the_first_call_of_a_busy_target_may_come_behind_its_client() -> None:
    left = client(end=ClientEnd.LEFT, end_s=0.2)

    assert silent("cancel-propagates", [view(left, upstream(answer(), at=1.0))])


def test_another_attempt_for_a_client_that_has_gone_is_a_breach() -> None:
    left = client(end=ClientEnd.LEFT, end_s=0.2)
    calls = [upstream(failure(500), at=0.1), upstream(answer(), at=1.0)]

    assert breaches("cancel-propagates", view(left, calls))


def test_an_answer_too_long_to_be_kept_is_not_compared_with_its_start() -> None:
    sent, whole = cut(stream("Hello ", "world"), 1), stream("Hello ", "world")
    long = view(client(whole), upstream(sent, unkept_bytes=1_000_000))

    assert all(silent(invariant, [long]) for invariant in ("no-laundering", "no-invention", "no-loss", "finish-true"))


def _paced(*held: Sequence[int]) -> CaseView:
    """Sixteen events at an even pace; those of each run in `held` reach the client all at once, with its last one."""
    sent = stream(*(f"{number} " for number in range(16)), wait_s=SPACE_S)
    arrivals = [0.1 + SPACE_S * (number + 1) for number in range(16)]
    for run in held:
        for number in run:
            arrivals[number] = arrivals[run[-1]]
    events = sent.events
    pieces = [Piece(at_s, item.raw) for at_s, item in zip(arrivals, events, strict=False)]
    pieces += [Piece(arrivals[-1], item.raw) for item in events[16:]]
    return view(client(sent, pieces=tuple(pieces), end_s=arrivals[-1]), upstream(sent))
