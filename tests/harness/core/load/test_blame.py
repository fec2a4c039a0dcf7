from __future__ import annotations

from dataclasses import replace

from harness.core.load.blame import Blame, blame, errors_table, told_once
from harness.core.load.judgement import Judged
from harness.core.target.claims import Capabilities, RateLimit
from reports.record import Finding, Level
from tests.harness.core.histories import RESILIENT, STREAMING
from tests.harness.core.load.loads import judged

FAULT = "http.status(code=500)"
LOSS = Finding(invariant="no-loss", level=Level.MUST, message="a: lost")


def _blames(*answers: Judged, claims: Capabilities = RESILIENT) -> list[Blame]:
    return [error.blame for error in blame(answers, claims)]


def test_an_error_that_a_fault_struck_is_the_fault_s() -> None:
    assert _blames(judged(ending="status 503", faults=(FAULT,), struck_s=0.1)) == [Blame.FAULT]


def test_an_error_that_no_fault_struck_is_the_target_s() -> None:
    struck = judged("0/1", faults=(FAULT,), struck_s=0.1)

    assert _blames(struck, judged("0/2", at=0.5, ending="status 503")) == [Blame.TARGET]


def test_a_broken_promise_is_the_target_s_whatever_struck() -> None:
    assert _blames(judged(findings=(LOSS,), faults=(FAULT,), struck_s=0.1)) == [Blame.TARGET]


def test_a_request_declined_soon_after_faults_is_a_claimed_breaker_s() -> None:
    struck = judged("0/1", faults=(FAULT,), struck_s=5.0)
    soon = judged("0/2", at=6.2, ending="status 503", asked_upstream=False)
    late = judged("0/3", at=7.0, ending="status 503", asked_upstream=False)
    early = judged("0/4", at=4.0, ending="status 503", asked_upstream=False)

    assert _blames(struck, soon, late, early) == [Blame.BREAKER, Blame.TARGET, Blame.TARGET]
    assert _blames(struck, soon, claims=STREAMING) == [Blame.TARGET]


def test_a_claimed_limit_may_decline() -> None:
    limited = replace(STREAMING, rate_limit=RateLimit(per_minute=5))
    declined = judged(ending="status 429", asked_upstream=False)

    assert _blames(declined, claims=limited) == [Blame.LIMIT]
    assert _blames(declined) == [Blame.TARGET]


def test_errors_are_told_by_kind_and_cause_the_most_frequent_first() -> None:
    answers = [judged(f"0/{n}", ending="status 503", faults=(FAULT,), struck_s=0.1) for n in range(5)]
    answers.append(judged("0/9", findings=(LOSS,)))

    table = errors_table(blame(answers, STREAMING))

    assert [(row["error"], row["times"], row["made_by"], row["faults"]) for row in table] == [
        ("status 503", 5, "an injected fault", FAULT),
        ("wrong: no-loss", 1, "the target", "none"),
    ]
    assert table[0]["such_as"] == "0/0; 0/1; 0/2"


def test_a_breach_is_told_once_with_how_often_and_the_first() -> None:
    answers = [judged(f"0/{n}", findings=(LOSS, LOSS)) for n in range(3)]

    (told,) = told_once(answers, Level.MUST)

    assert told.message == "3 answer(s); the first: a: lost"
    assert told.evidence == ("what was seen",)
    assert told_once(answers, Level.SHOULD) == []
