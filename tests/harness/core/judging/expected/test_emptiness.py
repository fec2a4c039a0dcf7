"""A case that could not be played as written is inconclusive, unless what it is about was broken all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.families.client import AbortAfter, AbortBeforeHead, SlowReader
from fault_injection.families.http_framing import BadChunkSize
from fault_injection.families.tcp import Reset
from fault_injection.fault import Need
from harness.core.judging.verdict import Judgement, judge
from harness.core.judging.view import CaseView
from harness.core.observed.history import Bypassed, ClientEnd, UpstreamEnd
from harness.core.target.claims import Breaker, Cache, Capabilities
from reports.record import Verdict
from scenarios.case import Case, Expect, Step, Upstream
from tests.harness.core.histories import OTHER, client, cut, failure, stream, upstream, view

LEAVES = AbortAfter(events=3)
ANSWERED = Expect(step="ask", seen="answered", invariant="no-loss")
CASE = Case(
    id="test.leaves",
    promise="A client leaves.",
    reference="none",
    focus=("cadence",),
    level="should",
    steps=(Step(faults=(SlowReader(pause_s=0.1), LEAVES)),),
)


def _stayed(*, wait_s: float) -> CaseView:
    """The client has the whole answer before it could leave; upstream took its time between the pieces, or not."""
    reply = stream("one ", "two ", "three ", "four ", wait_s=wait_s)
    return view(client(stream("one ", "two ", "three ", "four "), late_s=3.2 * wait_s), upstream(reply))


def test_a_client_that_could_not_leave_has_shown_nothing() -> None:
    judgement = judge(CASE, _stayed(wait_s=0.0), models={})

    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert str(LEAVES) in judgement.cause


def test_a_breach_of_what_the_case_is_about_counts_though_the_client_could_not_leave() -> None:
    judgement = judge(CASE, _stayed(wait_s=0.5), models={})

    assert judgement.verdict is Verdict.NON_STRICT
    assert [finding.invariant for finding in judgement.findings] == ["cadence"]


def test_a_client_that_left_before_upstream_was_asked_has_shown_nothing() -> None:
    case = replace(CASE, focus=("cancel-propagates",), steps=(Step(faults=(AbortBeforeHead(),)),))

    judgement = judge(case, view(client(end=ClientEnd.LEFT)), models={})

    assert judgement.verdict is Verdict.INCONCLUSIVE


def test_a_pipe_that_was_not_full_when_its_client_began_to_read_has_shown_nothing() -> None:
    case = replace(CASE, focus=("backpressure",), steps=(Step(faults=(SlowReader(pause_s=2.0),)),))
    asked = client(stream("a"), moves={"read_pause_s": 2.0}, end_s=3.0)
    call = upstream(stream("a"), end_s=3.0)
    late = replace(call, pieces=tuple(replace(piece, at_s=1.8) for piece in call.pieces))

    seen = [judge(case, view(asked, each), models={}).verdict for each in (call, late)]

    assert seen == [Verdict.PASS, Verdict.INCONCLUSIVE]


def _fails_when_struck(*, faults: tuple[str, ...] = (), bypassed: tuple[Bypassed, ...] = ()) -> Judgement:
    """Upstream's chunks are to be broken and the client is to get no success; it gets one."""
    fails = Expect(step="ask", seen="failed", invariant="no-laundering")
    rule = Upstream(faults=(BadChunkSize(),))
    case = replace(CASE, level="must", focus=("no-laundering",), steps=(Step(),), upstream=(rule,), expect=(fails,))
    call = upstream(stream("one "), faults=faults, bypassed=bypassed)
    return judge(case, view(client(stream("one ")), call), models={})


@pytest.mark.parametrize(
    ("why", "verdict"),
    [(Need.CHUNKS.value, Verdict.NOT_APPLICABLE), ("there was nothing to change", Verdict.INCONCLUSIVE)],
    ids=["ruled-out", "by-chance"],
)
def test_nothing_is_expected_of_a_fault_that_could_not_strike(why: str, verdict: Verdict) -> None:
    judgement = _fails_when_struck(bypassed=(Bypassed(fault="http.bad_chunk_size", because=why),))

    assert (judgement.verdict, judgement.findings) == (verdict, ())
    assert why in judgement.cause


def test_what_a_fault_that_struck_should_have_brought_is_expected() -> None:
    judgement = _fails_when_struck(faults=("http.bad_chunk_size",))

    assert judgement.verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("taken_s", "verdict"),
    [(6.0, Verdict.INCONCLUSIVE), (5.2, Verdict.INCONCLUSIVE), (4.9, Verdict.FAIL), (None, Verdict.FAIL)],
    ids=["sending", "a-moment-ago", "silent", "not-read"],
)
def test_a_client_whose_patience_ended_while_upstream_was_sending_has_shown_nothing(
    taken_s: float | None, verdict: Verdict
) -> None:
    case = replace(CASE, level="must", focus=("no-loss",), steps=(Step(label="ask"),), expect=(ANSWERED,))
    sent = cut(stream("one ", "two "), 1)
    call = upstream(sent, at=taken_s or 5.5, taken_s=taken_s, arrived_s=0.1, end=UpstreamEnd.RUNNING)
    asked = view(client(sent, end=ClientEnd.TIMED_OUT, end_s=6.1), call)

    judgement = judge(case, asked, models={})

    assert judgement.verdict is verdict
    assert ("upstream was still answering" in judgement.cause) is (verdict is Verdict.INCONCLUSIVE)


def test_an_answer_that_was_over_before_the_clients_patience_was_is_held_against_the_target() -> None:
    case = replace(CASE, level="must", focus=("no-loss",), steps=(Step(label="ask"),), expect=(ANSWERED,))
    call = upstream(stream("one "), taken_s=6.0, end_s=6.0)
    asked = view(client(cut(stream("one "), 1), end=ClientEnd.TIMED_OUT, end_s=6.1), call)

    assert judge(case, asked, models={}).verdict is Verdict.FAIL


def _kept_away(*, failures: int, upstream_said: int = 503, told: int = 503) -> CaseView:
    """Upstream has failed so often before the case, and the target declines the request without asking it."""
    earlier = [upstream(failure(upstream_said), at=0.1 * number, nonce=OTHER) for number in range(failures)]
    claims = Capabilities(streaming=True, circuit_breaker=Breaker(failures=3, open_s=60.0))
    return view(client(failure(told), at=5.0), claims=claims, earlier=tuple(earlier))


@pytest.mark.parametrize("invariant", ["no-loss", "breaker-opens"])
@pytest.mark.parametrize("failures", [2, 3])
def test_a_breaker_that_may_rightly_be_open_is_blamed_for_no_answer(failures: int, invariant: str) -> None:
    case = replace(CASE, steps=(Step(),), expect=(replace(ANSWERED, invariant=invariant),), level="must")

    judgement = judge(case, _kept_away(failures=failures), models={})

    excused = failures == 3 and invariant == "no-loss"  # a case about the breaker says itself when it must be closed
    assert judgement.verdict is (Verdict.INCONCLUSIVE if excused else Verdict.FAIL)
    assert not excused or "breaker" in judgement.cause


@pytest.mark.parametrize(
    ("upstream_said", "told", "verdict"),
    [(503, 429, Verdict.FAIL), (429, 429, Verdict.INCONCLUSIVE), (503, 503, Verdict.INCONCLUSIVE)],
)
def test_a_limit_of_the_targets_own_is_no_open_breaker(upstream_said: int, told: int, verdict: Verdict) -> None:
    case = replace(CASE, steps=(Step(),), expect=(ANSWERED,), level="must")

    assert judge(case, _kept_away(failures=3, upstream_said=upstream_said, told=told), models={}).verdict is verdict


@pytest.mark.parametrize(("asked_at_s", "verdict"), [(6.0, Verdict.FAIL), (66.0, Verdict.INCONCLUSIVE)])
def test_a_fresh_answer_from_a_store_shows_no_open_breaker(asked_at_s: float, verdict: Verdict) -> None:
    failed = [upstream(failure(503), at=5.0 + 0.1 * number, nonce=OTHER) for number in range(3)]
    claims = Capabilities(
        streaming=True, circuit_breaker=Breaker(failures=3, open_s=120.0), cache=Cache(ttl_s=30.0, streams=True)
    )
    of = view(client(stream("a"), at=asked_at_s), upstream(stream("a")), claims=claims, earlier=tuple(failed))
    expect = replace(ANSWERED, seen="asked-upstream", invariant="cache-hit-equal")
    case = replace(CASE, focus=("cache-hit-equal",), steps=(Step(),), expect=(expect,), level="must")

    assert judge(case, of, models={}).verdict is verdict


QUEUES = Case(
    id="test.queues",
    promise="A queue fails.",
    reference="none",
    focus=("binding-down-survived",),
    needs=("worker",),
    upstream=(Upstream(faults=(Reset(),), surface="queue.*", question=None),),
)


def test_a_worker_that_asks_nothing_of_a_binding_has_no_part_in_its_faults() -> None:
    of = view(client(stream("a")), upstream(stream("a")))

    assert judge(QUEUES, of, models={}).verdict is Verdict.NOT_APPLICABLE
    assert judge(replace(QUEUES, needs=()), of, models={}).verdict is Verdict.INCONCLUSIVE


def test_one_that_asked_and_was_not_struck_has_shown_nothing() -> None:
    sent = upstream(b"", nonce="", surface="queue.send")

    judgement = judge(QUEUES, view(client(stream("a")), [upstream(stream("a")), sent]), models={})

    assert judgement.verdict is Verdict.INCONCLUSIVE
