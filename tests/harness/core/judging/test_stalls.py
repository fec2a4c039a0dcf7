"""What one case shows of a target behind a silent upstream, all others know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.spec import parse_all
from harness.core.judging.stalls import Stalls
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.claims import INDEFENSIBLE_S
from scenarios.case import Case, Step, Upstream
from tests.harness.core.histories import client, cut, stream, upstream, view

STALL = "sse.stall(after=4, for_s=20, then=close)"


def case(name: str, fault: str = STALL, *steps: Step, **more: str) -> Case:
    return Case(
        id=f"test.{name}",
        promise="",
        reference="",
        focus=("no-loss",),
        steps=steps or (Step(),),
        upstream=(Upstream(faults=parse_all(fault), **more),),  # type: ignore[arg-type]  # each is of its field's type
    )


def seen(*, ended: bool, fault: str = STALL, ended_s: float = 4.0) -> CaseView:
    spec = tuple(map(str, parse_all(fault)))
    call = upstream(cut(stream("a", "b"), 1), end=UpstreamEnd.RUNNING, faults=spec)
    how = ClientEnd.CLOSED_EARLY if ended else ClientEnd.TIMED_OUT
    return view(client(cut(stream("a", "b"), 1), end=how, end_s=ended_s), call)


def shown(stalls: Stalls, by: Case, of: CaseView) -> None:
    stalls.begin(by)
    stalls.end(by, of)


def test_a_target_that_ends_no_stalled_exchange_is_told_once() -> None:
    stalls = Stalls()
    shown(stalls, case("one"), seen(ended=False))

    assert "test.one showed that the target does not end" in stalls.cause(case("two"))
    assert stalls.cause(case("one")) == ""
    assert stalls.cause(case("none", "sse.bom")) == ""


def test_a_target_that_ends_them_is_judged_by_every_case() -> None:
    stalls = Stalls()
    shown(stalls, case("one"), seen(ended=True))

    assert stalls.cause(case("two")) == ""
    assert not stalls.is_held(case("two"))


def test_an_end_that_upstream_made_itself_shows_nothing() -> None:
    stalls = Stalls()
    shown(stalls, case("one"), seen(ended=True, ended_s=21.0))

    assert not stalls.ended
    assert not stalls.endless


def test_while_one_case_finds_out_the_others_of_its_kind_wait() -> None:
    stalls = Stalls()
    stalls.begin(case("one"))

    assert stalls.is_held(case("two"))
    assert not stalls.is_held(case("one"))
    assert not stalls.is_held(case("plain", "sse.bom"))
    assert not stalls.is_held(case("head", "tcp.blackhole"))


def test_a_case_that_was_not_judged_leaves_it_to_the_next() -> None:
    stalls = Stalls(claimed=False)
    stalls.begin(case("one"))
    stalls.end(case("one"), None)

    assert not stalls.is_held(case("two"))
    assert stalls.begin(case("two"))[1]


@pytest.mark.parametrize(
    "other",
    [
        case("short", "sse.stall(for_s=0.5)"),
        case("leaves", STALL, Step(faults=parse_all("client.abort_after(events=2)"))),  # type: ignore[arg-type]
        case("head", "tcp.blackhole"),
        case("json", "tcp.blackhole(after_byte=400)", Step(stream=False)),
        case("kv", "kv.hang", surface="kv.get"),
    ],
    ids=["short silence", "client that leaves", "before the head", "JSON", "store"],
)
def test_another_kind_of_silence_is_another_matter(other: Case) -> None:
    stalls = Stalls()
    shown(stalls, case("one"), seen(ended=False))

    assert stalls.cause(other) == ""


def test_without_a_claimed_deadline_one_silence_is_watched_past_all_bounds() -> None:
    stalls = Stalls(claimed=False)

    first, watches = stalls.begin(case("one"))
    second, again = stalls.begin(case("two", "tcp.blackhole"))

    assert (watches, again) == (True, False)
    assert first.upstream[0].faults[0].for_s > INDEFENSIBLE_S  # type: ignore[attr-defined]
    assert second.upstream[0].faults == parse_all("tcp.blackhole")


def test_with_a_claimed_deadline_nothing_is_watched_for_longer() -> None:
    assert Stalls(claimed=True).begin(case("one")) == (case("one"), False)


def test_a_search_is_spared_what_is_known_and_nothing_else() -> None:
    stalls = Stalls()
    shown(stalls, case("one"), seen(ended=False))
    mixed = replace(case("mixed"), upstream=(*case("mixed").upstream, *case("bom", "sse.bom").upstream))

    assert stalls.spared(mixed).upstream == case("bom", "sse.bom").upstream
    assert stalls.spared(case("bom", "sse.bom")) == case("bom", "sse.bom")
    assert Stalls().spared(mixed) == mixed
