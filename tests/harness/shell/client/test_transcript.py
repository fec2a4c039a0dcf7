"""A transcript holds what arrived and when, and tells every end of an exchange from every other."""

from __future__ import annotations

import pytest

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd
from harness.shell.client.transcript import Ask, Transcript

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT = b"9\r\ndata: a\n\n\r\n"


def transcript(**more: object) -> Transcript:
    return Transcript(Ask(url="http://127.0.0.1:1/base/", path="/chat", **more))  # type: ignore[arg-type]  # its fields


def test_a_request_is_framed_unless_it_frames_itself() -> None:
    framed = transcript(moves=ClientMoves(body=b"abc")).head
    own = transcript(moves=ClientMoves(body=b"abc"), headers=(("host", "me"), ("transfer-encoding", "chunked"))).head

    assert framed == b"POST /base/chat HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length: 3\r\n\r\n"
    assert own == b"POST /base/chat HTTP/1.1\r\nhost: me\r\ntransfer-encoding: chunked\r\n\r\n"


def test_events_are_numbered_as_they_become_whole() -> None:
    seen = transcript()

    numbers = [list(seen.take(data, at_s)) for at_s, data in enumerate((HEAD, EVENT[:6], EVENT[6:] + EVENT + EVENT))]

    assert numbers == [[], [], [1, 2, 3]]
    assert seen.head_s == 0


def test_in_an_answer_of_another_type_lines_are_events() -> None:
    seen = transcript()

    numbers = seen.take(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na\n\nb\nc\n\n\n", 1.0)

    assert list(numbers) == [1, 2, 3]
    assert (seen.is_over, seen.framed()) == (True, ClientEnd.COMPLETE)


def test_a_line_is_one_event_however_it_comes() -> None:
    seen = transcript()
    seen.take(b"HTTP/1.1 200 OK\r\n\r\n", 1.0)

    numbers = [list(seen.take(data, 2.0)) for data in (b"a", b"b ", b" \n \n", b" ", b"\nc\nd", b"\n")]

    assert numbers == [[], [], [1], [], [2], [3]]


@pytest.mark.parametrize(
    ("data", "end", "problem"),
    [
        (HEAD + EVENT + b"0\r\n\r\n", ClientEnd.COMPLETE, ""),
        (HEAD + EVENT, ClientEnd.CLOSED_EARLY, "chunk"),
        (b"HTTP/1.1 200 OK\r\n\r\nto the end", ClientEnd.COMPLETE, ""),
    ],
)
def test_a_connection_that_closes_ends_an_answer_well_only_where_its_framing_says_so(
    data: bytes, end: ClientEnd, problem: str
) -> None:
    seen = transcript()
    seen.take(data, 1.0)

    assert seen.closed() is end
    assert problem in seen.problem


def test_every_other_end_says_what_was_wrong() -> None:
    ends = {}
    for name in ("broken", "unconnected", "overdue"):
        seen = transcript(patience_s=3.0)
        seen.take(HEAD + EVENT, 1.0)
        argument = () if name == "overdue" else (OSError(104, "Connection reset"),)
        ends[name] = (getattr(seen, name)(*argument), seen.problem)

    assert ends == {
        "broken": (ClientEnd.RESET, "Connection reset after 9 bytes of body"),
        "unconnected": (ClientEnd.REFUSED, "no connection: [Errno 104] Connection reset"),
        "overdue": (ClientEnd.TIMED_OUT, "no end within 3 s"),
    }


def test_what_was_observed_is_told_as_it_was() -> None:
    seen = transcript(label="ask#2", identity="b")
    seen.take(HEAD, 1.0)
    seen.take(EVENT, 2.0)

    exchange = seen.outcome(ClientEnd.LEFT, end_s=3.0)

    assert [(piece.at_s, piece.data) for piece in exchange.pieces] == [(2.0, b"data: a\n\n")]
    assert (exchange.status, exchange.path, exchange.label, exchange.identity) == (200, "/base/chat", "ask#2", "b")
    assert (exchange.head_s, exchange.end, exchange.end_s) == (1.0, ClientEnd.LEFT, 3.0)
