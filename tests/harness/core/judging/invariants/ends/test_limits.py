"""The borders of the rules about time: what more is a breach, and what is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.claims import Limits
from reports.record import Level
from tests.harness.core.histories import LIMITS, Fields, breaches, client, cut, failure, silent, stream, upstream, view

LONG = stream(*"abcdefgh", wait_s=0.5)
LEFT = ClientEnd.LEFT
GONE = UpstreamEnd.PEER_LEFT
UNCLAIMED = Limits()


def test_a_stream_that_still_came_when_the_client_gave_up_was_alive() -> None:
    of = view(client(LONG, end=ClientEnd.TIMED_OUT, end_s=4.0), upstream(LONG))

    assert silent("ends-in-time", [of])


def test_one_late_piece_is_life_enough() -> None:
    def given_up(at_s: float) -> CaseView:
        call = upstream(cut(stream("a"), 1), at=at_s, end=UpstreamEnd.RUNNING)
        return view(client(end=ClientEnd.TIMED_OUT, end_s=11.0), replace(call, pieces=call.pieces[:1]))

    assert silent("ends-in-time", [given_up(10.5)])
    assert breaches("ends-in-time", given_up(9.5))


def unended(*, watched_s: float, limits: Limits = UNCLAIMED, reply: Reply | None = None) -> CaseView:
    call = upstream(reply) if reply else upstream(cut(stream("a"), 1), end=UpstreamEnd.RUNNING)
    return view(client(end=ClientEnd.TIMED_OUT, end_s=watched_s), call, limits=limits)


@pytest.mark.parametrize(
    ("watched_s", "level"), [(16.0, Level.OBSERVE), (59.0, Level.OBSERVE), (61.0, None)], ids=["usual", "long", "past"]
)
def test_a_deadline_that_nobody_claimed_is_told_and_not_held_against_a_target(
    watched_s: float, level: Level | None
) -> None:
    (breach,) = breaches("ends-in-time", unended(watched_s=watched_s))

    assert breach.level is level
    assert f"no end after {watched_s:.1f} s (no deadline is claimed" in breach.message


def test_a_claimed_deadline_is_held_against_a_target() -> None:
    (breach,) = breaches("ends-in-time", unended(watched_s=16.0, limits=LIMITS))

    assert breach.level is None


def test_nothing_excuses_waiting_when_the_whole_answer_is_there() -> None:
    (breach,) = breaches("ends-in-time", unended(watched_s=16.0, reply=stream("a")))
    (soon,) = breaches("ends-in-time", unended(watched_s=5.0, reply=stream("a")))

    assert (breach.level, soon.level) == (None, Level.OBSERVE)
    assert "upstream's answer was whole 15.9 s before" in breach.message


@pytest.mark.parametrize(
    "asked",
    [
        {"end": ClientEnd.LEFT},
        {"end": ClientEnd.TIMED_OUT},
        {"moves": {"read_pause_s": 1.0}},
        {"moves": {"read_bytes_per_s": 9.0}},
    ],
)
def test_a_stream_whose_client_does_not_read_may_be_cut(asked: Fields) -> None:
    of = view(client(cut(LONG, 6), **{"end": ClientEnd.RESET, **asked}), upstream(cut(LONG, 6), end=GONE))

    assert silent("long-stream-lives", [of])


@pytest.mark.parametrize(
    "call",
    [
        upstream(cut(LONG, 6), end=GONE, faults=("sse.stall()",)),
        upstream(cut(LONG, 6)),
        upstream(cut(LONG, 1), end=GONE),
        upstream(cut(LONG, 6), end=GONE, end_s=9.0),
        upstream(cut(stream(*"abcdefgh", wait_s=2.0), 6), end=GONE),
    ],
    ids=["upstream was at fault", "upstream ended it", "it had hardly begun", "it was silent", "the deadline was over"],
)
def test_an_end_with_a_reason_is_no_total_time_limit(call: Fields) -> None:
    asked = client(cut(LONG, 6), end=ClientEnd.CLOSED_EARLY)

    assert silent("long-stream-lives", [view(asked, call)])


@pytest.mark.parametrize("reply", [stream("a", "b", wait_s=0.6), stream("a", "b", wait_s=1.1)])
def test_two_events_and_a_second_make_a_living_stream(reply: Reply) -> None:
    of = view(client(cut(reply, 2), end=ClientEnd.CLOSED_EARLY), upstream(cut(reply, 2), end=GONE))

    assert breaches("long-stream-lives", of)


def test_another_attempt_does_not_hide_that_a_living_stream_was_cut() -> None:
    calls = [upstream(failure(500)), upstream(cut(LONG, 6), at=0.2, end=GONE)]
    asked = client(cut(LONG, 6), late_s=0.2, end=ClientEnd.CLOSED_EARLY)

    assert breaches("long-stream-lives", view(asked, calls))


def test_a_stream_whose_client_was_served_by_another_may_be_cut() -> None:
    calls = [upstream(cut(LONG, 6), end=GONE), upstream(stream("a"), at=3.0)]

    assert silent("long-stream-lives", [view(client(stream("a"), late_s=3.2), calls)])


def _looping(*, claimed_s: float | None, fault: str = "sse.endless(count=9)") -> CaseView:
    call = upstream(stream("a", "a", "a", wait_s=6.0), faults=(fault,), end=UpstreamEnd.RUNNING)
    asked = client(stream("a"), end=ClientEnd.TIMED_OUT, end_s=18.5)
    return view(asked, call, limits=Limits(deadline_s=claimed_s))


def test_an_answer_without_an_end_is_ended_where_a_deadline_is_claimed() -> None:
    (breach,) = breaches("ends-in-time", _looping(claimed_s=6.0))

    assert (breach.level, "upstream says the same without an end" in breach.message) == (Level.SHOULD, True)
    assert silent("ends-in-time", [_looping(claimed_s=None), _looping(claimed_s=6.0, fault="sse.trickle")])
