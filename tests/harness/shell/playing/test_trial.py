"""A verdict is doubted where the harness's own lateness may have made it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.result import unrun
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Limits
from harness.shell.playing.trial import STARVED_S, TOO_LATE_S, Tried, may_have_hastened, wreck_of
from reports.record import Finding, Level, Verdict
from scenarios.case import Expect, Seen, Step
from scenarios.case_file import found_case
from tests.harness.core.histories import answer, client, failure, view


def tried(
    verdict: Verdict,
    *invariants: str,
    level: Level = Level.MUST,
    late_s: float = TOO_LATE_S,
    also: tuple[Finding, ...] = (),
) -> Tried:
    findings = (*(Finding(invariant=each, level=level, message="request: broken") for each in invariants), *also)
    result = unrun(found_case("pairs.one", [Step()]), verdict, "")
    return Tried(result=result.model_copy(update={"findings": findings}), view=None, late_s=late_s)


@pytest.mark.parametrize(
    "late",
    [
        tried(Verdict.INCONCLUSIVE),
        tried(Verdict.FAIL),
        tried(Verdict.FAIL, "ends-in-time"),
        tried(Verdict.FAIL, "valid-framing", "ends-in-time"),
        tried(Verdict.NON_STRICT, "cadence"),
        tried(Verdict.FAIL, "a-model-of-ours"),
    ],
)
def test_what_a_standstill_can_make_is_doubted(late: Tried) -> None:
    assert late.is_doubtful


@pytest.mark.parametrize("invariant", ["valid-framing", "no-duplication", "backpressure", "cache-bounded"])
def test_what_no_standstill_can_make_is_believed(invariant: str) -> None:
    assert not tried(Verdict.FAIL, invariant).is_doubtful


@pytest.mark.parametrize("invariant", ["valid-framing", "cache-bounded"])
def test_an_answer_that_a_case_expects_in_vain_is_doubted_whatever_it_speaks_for(invariant: str) -> None:
    unanswered = replace(tried(Verdict.FAIL, invariant), besides=frozenset({invariant}), starved_s=STARVED_S)

    assert unanswered.is_doubtful
    assert unanswered.rests_on_time


@pytest.mark.parametrize(
    ("seen", "idle_s", "late_s", "doubted"),
    [
        ("failed", 1.0, 0.9, True),
        ("failed", 1.0, 0.4, False),
        ("failed", None, 9.0, False),
        ("answered", 1.0, 9.0, False),
    ],
)
def test_a_failure_that_a_standstill_may_have_brought_about_is_no_pass(
    seen: Seen, idle_s: float | None, late_s: float, doubted: bool
) -> None:
    case = replace(
        found_case("pairs.one", [Step()]), expect=(Expect(step="ask", seen=seen, invariant="no-laundering"),)
    )

    hastened = may_have_hastened(case, Limits(upstream_idle_timeout_s=idle_s), late_s)

    assert hastened is doubted
    assert replace(tried(Verdict.PASS), is_hastened=hastened).is_doubtful is doubted


def test_a_pass_and_a_punctual_verdict_are_believed() -> None:
    assert not tried(Verdict.PASS).is_doubtful
    assert not tried(Verdict.FAIL, "ends-in-time", late_s=TOO_LATE_S / 2).is_doubtful


SLIGHT = Finding(invariant="error-shape", level=Level.SHOULD, message="request: broken")


@pytest.mark.parametrize(
    "slow",
    [
        tried(Verdict.FAIL, "not-buffered"),
        tried(Verdict.FAIL, "cancel-propagates", "no-leak"),
        tried(Verdict.FAIL, "not-buffered", also=(SLIGHT,)),
        tried(Verdict.NON_STRICT, "cadence", level=Level.SHOULD),
        tried(Verdict.INFO, "cost-true", level=Level.OBSERVE),
    ],
)
def test_a_starved_target_could_have_made_what_only_took_too_long(slow: Tried) -> None:
    assert slow.rests_on_time


@pytest.mark.parametrize(
    "told",
    [
        tried(Verdict.PASS),
        tried(Verdict.INCONCLUSIVE, "not-buffered"),
        tried(Verdict.FAIL, "no-loss"),
        tried(Verdict.FAIL, "not-buffered", "no-loss"),
        tried(Verdict.FAIL, "a-model-of-ours"),
        tried(Verdict.NON_STRICT, "cadence", level=Level.SHOULD, also=(SLIGHT,)),
    ],
)
def test_no_starved_target_breaks_anything_else(told: Tried) -> None:
    assert not told.rests_on_time


@pytest.mark.parametrize(
    ("invariants", "asked_again"),
    [(("no-loss",), True), (("no-loss", "a-model-of-ours"), True), (("no-loss", "valid-framing"), False)],
)
def test_what_a_starved_target_broke_is_asked_again_unless_the_bytes_prove_it(
    invariants: tuple[str, ...], asked_again: bool
) -> None:
    starved = replace(tried(Verdict.FAIL, *invariants, late_s=0.0), starved_s=STARVED_S)

    assert bool(starved.rests_on_time) is asked_again
    assert not replace(starved, starved_s=STARVED_S / 2).rests_on_time


@pytest.mark.parametrize(("late_s", "doubtful"), [(TOO_LATE_S, False), (6.0, True)])
def test_a_target_is_not_lost_by_a_short_standstill(late_s: float, doubtful: bool) -> None:
    lost = replace(tried(Verdict.FAIL, "alive-after", late_s=late_s), wreck="it answers no clean request any more")

    assert lost.is_doubtful is doubtful


def test_a_request_of_a_case_that_failed_leaves_no_wreck() -> None:
    refused = client(failure(504), label="staying")

    assert wreck_of(view(refused, alive=client(answer()))) == ""
    assert wreck_of(view(refused, alive=client(end=ClientEnd.REFUSED))) == "it answers no clean request any more"
    assert wreck_of(view(deaths=("died of signal 11\nsegmentation fault",))) == "its process died of signal 11"
