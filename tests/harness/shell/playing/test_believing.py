"""What time alone may have made is asked again, believed if it shows twice, and never where others took the machine."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from harness.core.judging.result import unrun
from harness.shell.playing.believing import Doubts, attempts, in_doubt
from harness.shell.playing.trial import TOO_LATE_S, Trials, Tried
from reports.record import Verdict
from scenarios.case import Case, Step
from scenarios.case_file import found_case
from tests.harness.shell.playing.test_trial import tried

CASE = found_case("pairs.one", [Step()])
SLOW = replace(
    tried(Verdict.FAIL, "cancel-propagates", late_s=0.0), overrun_s={"cancel-propagates": 0.8}, held_up_s=1.0
)
LOST = tried(Verdict.FAIL, "no-loss", late_s=0.0)
LATE = tried(Verdict.FAIL, "no-loss", late_s=TOO_LATE_S)


class ToldTrials:
    """What is told of a case that is not judged."""

    def unrun(self, case: Case, verdict: Verdict, cause: str) -> object:
        return unrun(case, verdict, cause)


def told(last: Tried) -> tuple[Verdict, str]:
    result = in_doubt(CASE, last, cast("Trials", ToldTrials())).result
    return result.verdict, result.cause


def left(*each: Tried) -> list[bool]:
    doubts = Doubts()
    return [doubts.leave(one) for one in each]


@pytest.mark.parametrize(
    ("seen", "in_doubt"),
    [
        ((LOST,), [False]),
        ((tried(Verdict.PASS),), [False]),
        ((LATE, LOST), [True, False]),
        ((SLOW, SLOW), [True, False]),
        ((SLOW, tried(Verdict.FAIL, "cadence", late_s=0.0), SLOW), [True, True, False]),
    ],
    ids=["lost", "passed", "late", "slow-twice", "slow-twice-elsewhere"],
)
def test_a_verdict_is_believed_at_once_or_when_it_shows_again(seen: tuple[Tried, ...], in_doubt: list[bool]) -> None:
    assert left(*seen) == in_doubt


@pytest.mark.parametrize(
    ("crowd", "overrun_s", "believed"),
    [(0.5, 0.8, False), (0.5, 1.2, True), (0.0, 0.8, True), (0.5, float("inf"), True)],
    ids=["others", "far-over", "no-others", "never"],
)
def test_what_others_may_have_slowed_down_is_not_believed(crowd: float, overrun_s: float, *, believed: bool) -> None:
    crowded = replace(SLOW, crowd=crowd, overrun_s={"cancel-propagates": overrun_s})

    assert left(SLOW, crowded, crowded) == [True, not believed, not believed]


def test_no_crowd_excuses_what_something_else_speaks_for() -> None:
    unanswered = replace(SLOW, crowd=0.5, besides=frozenset({"cancel-propagates"}))

    assert left(SLOW, unanswered) == [True, False]


def test_no_crowd_excuses_what_is_no_matter_of_time() -> None:
    assert left(replace(LOST, crowd=0.9)) == [False]


def test_what_stays_in_doubt_is_inconclusive_and_says_why() -> None:
    assert told(LATE) == (
        Verdict.INCONCLUSIVE,
        "the harness itself was late, by 0.2 s in the last of 3 attempts; use a less busy machine",
    )
    assert told(SLOW)[1].startswith("cancel-propagates was broken only in the last of 3 attempts; ")
    assert told(replace(SLOW, crowd=0.6))[1] == (
        "cancel-propagates was broken for no longer than other programs held the target up, which took 60% of this "
        "machine; use a less busy machine"
    )
    assert list(attempts()) == [1, 2, 3]
