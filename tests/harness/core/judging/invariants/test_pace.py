"""The borders of the rules about pace: order is proof, speed is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fault_injection.reply import Reply
from harness.core.judging.invariants.pace import still_filling
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, Piece, Unkept
from harness.core.target.claims import Capabilities
from tests.harness.core.histories import (
    OTHER,
    Fields,
    answer,
    breaches,
    client,
    failure,
    message,
    native,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

PACED = stream(*"abcde", wait_s=0.2)
BURST = stream(*"abcde")
ONE_SILENCE = streamed(*BURST.events[:3], *stream("d", wait_s=1.0, finish=None, done=False).events, done=False)
BIG = native(*("x" * 1_000_000 for _ in range(16)))
HEAVY = client(failure(413), body=b"x" * 600_000, end_s=4.0, label="heavy")


def _arriving(*times_s: float, sent: Reply = PACED, claims: Capabilities | None = None, **more: Fields) -> CaseView:
    """The events of a stream reach the client at these times, the rest of them at the last of these."""
    last = [times_s[-1]] * (len(sent.events) - len(times_s))
    pieces = tuple(Piece(at_s, item.raw) for at_s, item in zip([*times_s, *last], sent.events, strict=True))
    faults = more.pop("faults", ())
    asked = client(sent, pieces=pieces, end_s=times_s[-1], **more)
    return view(asked, upstream(sent, faults=faults), claims=claims or Capabilities(streaming=True))


@pytest.mark.parametrize(
    "of",
    [
        _arriving(1.2, claims=Capabilities()),
        _arriving(1.2, moves={"read_pause_s": 1.0}),
        _arriving(1.2, sent=BURST),
        _arriving(1.2, sent=stream("a", "b", wait_s=0.5)),
        _arriving(1.2, sent=stream("a", "b", "c", wait_s=0.1)),
        _arriving(1.09),
        _arriving(1.0, 1.2),
        _arriving(1.2, stream=False),
        view(client(failure(502)), upstream(PACED)),
        view(client(PACED, at=5.0), upstream(PACED)),
        view(client(PACED, pieces=(), end=ClientEnd.LEFT), upstream(PACED)),
        view(client(PACED, pieces=(), end=ClientEnd.RESET), upstream(PACED)),
    ],
    ids=[
        "no stream is claimed", "the client waited", "upstream was quick", "two events", "two tenths",
        "before the last", "only the first before the last",
        "JSON was asked for", "a failure", "from a cache", "a client that left", "a break",
    ],
)  # fmt: skip
def test_what_proves_no_buffer_is_none(of: CaseView) -> None:
    assert silent("not-buffered", [of])


def test_of_two_like_answers_under_way_nobody_knows_whose_is_whose() -> None:
    held = _arriving(1.2)
    (ask,) = held.asks
    twin = upstream(BURST, at=0.2)

    assert breaches("not-buffered", held)
    assert silent("not-buffered", [view(ask.client, [upstream(PACED), twin])])
    assert breaches("not-buffered", view(ask.client, [upstream(failure(500)), upstream(PACED)]))


def test_a_queue_is_no_buffer() -> None:
    held = _arriving(1.2)
    (ask,) = held.asks
    beside = client(answer(), nonce=OTHER, at=0.9)
    later = client(answer(), nonce=OTHER, at=ask.client.end_s + 1)

    assert silent("not-buffered", [view([ask.client, beside], upstream(PACED))])
    assert breaches("not-buffered", view([ask.client, later], upstream(PACED)))


def test_three_paced_events_tell_a_buffer() -> None:
    assert "when upstream had sent all 3" in message("not-buffered", _arriving(0.9, sent=stream(*"abc", wait_s=0.2)))


def test_what_waits_behind_another_request_is_a_queue_and_no_buffer() -> None:
    held = _arriving(1.2)
    (ask,) = held.asks
    beside, behind = client(answer(), nonce=OTHER), client(answer(), at=9.0, nonce=OTHER)

    assert silent("not-buffered", [view([ask.client, beside], [upstream(PACED)])])
    assert breaches("not-buffered", view([ask.client, behind], [upstream(PACED)]))


@pytest.mark.parametrize("hiccup_s", [0.0, 0.5])
def test_a_mock_that_is_late_makes_no_pace(hiccup_s: float) -> None:
    events = stream(*"abcdefgh", wait_s=0.04, finish=None, done=False).events
    late = streamed(*events[:4], replace(events[4], wait_s=0.04 + hiccup_s), *events[5:])

    assert silent("not-buffered", [_arriving(1.2, sent=late)])


def test_one_answer_in_place_of_a_stream_is_a_buffer() -> None:
    of = view(client(answer("abcde"), stream=True), upstream(PACED))

    assert "a stream was asked for, one JSON answer came" in message("not-buffered", of)


def test_a_stream_that_never_arrives_is_a_buffer() -> None:
    of = view(client(streamed(done=False), end_s=2.0), upstream(PACED))

    assert "upstream sent 5 events, none arrived" in message("not-buffered", of)


def test_a_silence_that_was_meant_tells_a_buffer_from_a_pipe() -> None:
    late = stream("a", "b", "c", "d")
    stalled = stream("a", "b", "c", "d", wait_s=0.0)
    sent = streamed(*stalled.events[:3], *stream("e", wait_s=1.0, finish=None, done=False).events)

    assert silent("not-buffered", [_arriving(1.5, sent=sent), _arriving(1.5, sent=late)])
    assert breaches("not-buffered", _arriving(1.5, sent=sent, faults=("sse.stall(after=3)",)))


@pytest.mark.parametrize(
    "of",
    [
        _arriving(0.35, 1.05, claims=Capabilities()),
        _arriving(0.35, 1.05, moves={"read_bytes_per_s": 9.0}),
        _arriving(0.35, 1.05, sent=BURST),
        _arriving(0.35, 0.55, 0.75, 0.95, 1.15),
        _arriving(0.35, 0.7, 0.7, 0.9, 1.1),
        _arriving(0.36, 0.56, 0.76, 0.96, 1.7),
        _arriving(0.3, 0.5, 0.7, 1.5, sent=stream(*"abcd", finish=None, done=False, wait_s=0.2)),
        _arriving(0.36, 0.7, 1.05, 1.25, 1.4),
        _arriving(0.2, 0.9, 0.9, 1.15, sent=ONE_SILENCE),
    ],
    ids=[
        "no stream is claimed", "a slow client", "upstream was quick", "an even pace", "a little held back",
        "one hiccup in five", "one hiccup in four", "late all along by less than a lump", "upstream stood still once",
    ],
)  # fmt: skip
def test_what_proves_no_lumps_is_none(of: CaseView) -> None:
    assert silent("cadence", [of])


def test_what_is_held_back_behind_the_first_event_is_a_lump() -> None:
    assert message("cadence", _arriving(0.35, 1.3)) == "ask: event 2 of 5 was held back for 0.80 s"


def test_a_buffer_is_told_with_the_time_that_its_first_event_took() -> None:
    assert "arrived 0.90 s after upstream sent it, when upstream had sent all 5" in message(
        "not-buffered", _arriving(1.2, 1.3)
    )


def _read_late(sent: Reply = BIG, **asked: Fields) -> CaseView:
    return view(
        client(sent, **{"moves": {"read_pause_s": 2.0}, "end_s": 3.0, **asked}), upstream(sent, surface="ai.run")
    )


def test_only_a_client_that_does_not_read_tells_of_backpressure() -> None:
    small = native(*("x" * 1000 for _ in range(9)))

    assert breaches("backpressure", _read_late(sent_s=None))
    assert silent("backpressure", [_read_late(moves={}), _read_late(small)])


def test_what_the_systems_own_buffers_may_hold_fills_no_memory() -> None:
    of = _read_late()
    roomy = replace(of, history=replace(of.history, socket_buffers_bytes=64_000_000))

    assert breaches("backpressure", of)
    assert silent("backpressure", [roomy])


def test_what_was_sent_and_not_kept_counts_as_far_as_it_was_sent_before_the_client_read() -> None:
    small = native(*("x" * 1000 for _ in range(9)))
    asked = client(small, moves={"read_pause_s": 2.0}, end_s=3.0)

    def sent(*unkept: Unkept) -> CaseView:
        return view(asked, upstream(small, surface="ai.run", unkept=unkept))

    assert breaches("backpressure", sent(Unkept(1.0, 9_000_000), Unkept(1.5, 9_000_000)))
    assert silent("backpressure", [sent(Unkept(1.0, 9_000_000), Unkept(2.5, 9_000_000))])


@pytest.mark.parametrize(
    ("sent_s", "is_known"),
    [((0.1, 0.3, 1.4), True), ((0.1, 0.3, 1.7), False), ((0.1, 0.3, 2.1), True)],
    ids=["full", "still-filling", "read-on"],
)
def test_a_pipe_that_still_fills_when_its_client_begins_to_read_tells_nothing(
    sent_s: tuple[float, ...], *, is_known: bool
) -> None:
    asked = client(stream("a"), moves={"read_pause_s": 2.0}, end_s=3.0)
    call = upstream(stream("a"), pieces=tuple(Piece(at_s, b"a") for at_s in sent_s), end_s=3.0)

    assert (list(still_filling(view(asked, call))) == []) is is_known
    assert list(still_filling(view(asked, replace(call, end_s=1.9)))) == []
    assert list(still_filling(view(asked, replace(call, unkept=(Unkept(1.7, 9),)))))


def _beside(*rivals: Fields, **small: Fields) -> CaseView:
    asked = client(answer(), nonce=OTHER, **{"end_s": 3.0, **small})
    return view([asked, *rivals], upstream(answer(), nonce=OTHER))


@pytest.mark.parametrize(
    "of",
    [
        _beside(),
        _beside(client(failure(413), body=b"x" * 600_000, at=9.0)),
        _beside(HEAVY, end_s=1.0),
        _beside(HEAVY, moves={"read_pause_s": 2.0}),
        _beside(HEAVY, moves={"upload_wait_s": 2.0}),
        view([client(failure(502), nonce=OTHER, end_s=3.0), HEAVY], upstream(answer(), nonce=OTHER)),
        view([client(answer(), nonce=OTHER, end_s=3.0), HEAVY]),
        view(
            [client(answer(), nonce=OTHER, end_s=3.0), HEAVY],
            [upstream(failure(500), nonce=OTHER), upstream(answer(), nonce=OTHER, at=2.9)],
        ),
        view(
            [client(answer(), nonce=OTHER, end_s=2.2), HEAVY],
            [upstream(failure(500), nonce=OTHER), upstream(answer(), nonce=OTHER, at=1.0)],
        ),
        view(
            [client(answer(), nonce=OTHER, end_s=3.0), HEAVY],
            [upstream(answer(), nonce=OTHER), upstream(answer(), surface="kv.get", nonce="", faults=("kv.slow()",))],
        ),
    ],
    ids=[
        "alone", "later", "in time", "a slow reader", "a slow writer", "a failure", "from a cache", "another attempt",
        "a short pause before another attempt", "a slow Workers KV",
    ],
)  # fmt: skip
def test_a_wait_with_another_reason_is_nobodys_fault(of: CaseView) -> None:
    assert silent("stays-responsive", [of])


def test_an_answer_that_lay_unread_until_the_target_asked_again_was_held_up() -> None:
    asked = client(answer(), nonce=OTHER, end_s=3.0)
    both = [upstream(answer(), nonce=OTHER), upstream(answer(), nonce=OTHER, at=2.9)]

    assert breaches("stays-responsive", view([asked, HEAVY], both))


def test_a_workers_kv_that_is_well_is_no_excuse() -> None:
    calls = [upstream(answer(), nonce=OTHER), upstream(answer(), surface="kv.get", nonce="")]

    assert breaches("stays-responsive", view([client(answer(), nonce=OTHER, end_s=3.0), HEAVY], calls))


def test_a_large_answer_is_heavy_too() -> None:
    assert breaches("stays-responsive", _beside(client(BIG, end_s=2.0)))


def _in_its_turn(asked_s: float, *, burst_end_s: float = 1.0, answered_s: float = 1.1) -> CaseView:
    burst = client(BIG, end_s=burst_end_s)
    small = client(answer(), nonce=OTHER, at=0.2, end_s=answered_s)
    return view([burst, small], [upstream(answer(), nonce=OTHER, at=asked_s, end_s=asked_s)])


def test_a_small_request_that_has_no_turn_before_a_burst_is_over_was_held_up() -> None:
    assert "ask: held up for 0.9 s beside ask" in message("stays-responsive", _in_its_turn(1.01))
    assert silent("stays-responsive", [_in_its_turn(0.7), _in_its_turn(0.41, burst_end_s=0.4, answered_s=0.45)])


def test_the_times_of_a_stream_are_those_of_its_events() -> None:
    times: Sequence[float] = _arriving(0.35, 1.05).asks[0].reading.content_times_s

    assert times == [0.35, 1.05, 1.05, 1.05, 1.05]
