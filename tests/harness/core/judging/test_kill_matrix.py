"""A mutant is killed by its own invariant at full weight, or it has survived."""

from __future__ import annotations

import json

from harness.core.judging.kill_matrix import KillMatrix, Trial, used_cases
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.mutants import BY_ID

MUTANT = BY_ID["never-opens"]


def result(*findings: tuple[str, Level], verdict: Verdict = Verdict.FAIL, cause: str = "") -> CaseResult:
    return CaseResult(
        id="breaker.opens",
        title="It opens.",
        suite="conformance",
        family="breaker",
        level=Level.MUST,
        verdict=verdict,
        duration_s=0.1,
        promised="It opens.",
        saw="200",
        findings=tuple(Finding(invariant=name, level=level, message="was | asked") for name, level in findings),
        faults=(),
        replay="",
        reference="none",
        cause=cause,
    )


PASSED = result(verdict=Verdict.PASS)
CAUGHT = result(("breaker-opens", Level.MUST), ("no-loss", Level.MUST))


def trial(*results: CaseResult, cause: str = "") -> Trial:
    return Trial(mutant=MUTANT, results=results, cause=cause)


def matrix(*trials: Trial, clean: tuple[CaseResult, ...] = (PASSED,)) -> KillMatrix:
    return KillMatrix(seed=7, duration_s=1.5, clean=clean, trials=trials)


def test_its_own_invariant_kills_it() -> None:
    assert trial(PASSED, CAUGHT).killed


def test_another_invariant_does_not() -> None:
    blamed = trial(result(("no-loss", Level.MUST)))

    assert not blamed.killed
    assert blamed.why == "breaker.opens: fail (no-loss)"


def test_half_the_weight_does_not() -> None:
    assert not trial(result(("breaker-opens", Level.SHOULD), verdict=Verdict.NON_STRICT)).killed


def test_a_case_that_showed_nothing_does_not() -> None:
    doubtful = trial(result(verdict=Verdict.INCONCLUSIVE, cause="it was late"))

    assert not doubtful.killed
    assert doubtful.why == "breaker.opens: inconclusive (it was late)"


def test_a_mutant_that_could_not_start_has_survived_and_says_why() -> None:
    assert trial(cause="it did not start").why == "it did not start"


def test_all_killed_and_a_silent_clean_proxy_is_success() -> None:
    held = matrix(trial(CAUGHT))

    assert held.exit_code == 0
    assert held.summary() == (
        "1 of 1 mutants killed by their own invariants in 2 s; the proxy without a defect passed all 1 cases"
    )


def test_a_survivor_is_a_failure_and_comes_first() -> None:
    broken = matrix(trial(CAUGHT), trial(PASSED))

    assert broken.exit_code == 1
    assert [item.killed for item in broken.ordered] == [False, True]


def test_blame_without_a_defect_is_a_failure() -> None:
    broken = matrix(trial(CAUGHT), clean=(CAUGHT, PASSED))

    assert broken.exit_code == 1
    assert "was not passed in 1 of 2 cases" in broken.summary()


def test_nothing_tried_is_no_success() -> None:
    assert matrix().exit_code == 1


def test_the_json_has_who_blamed_what_in_which_case() -> None:
    told = json.loads(matrix(trial(CAUGHT)).to_json())

    assert (told["mutants"], told["killed"], told["clean"]) == (1, 1, {"cases": 1, "blamed": []})
    assert told["trials"][0]["blamed"] == {"breaker-opens": ["breaker.opens"], "no-loss": ["breaker.opens"]}


def test_the_markdown_names_survivors_and_false_blame_first() -> None:
    text = matrix(trial(PASSED), clean=(CAUGHT,)).to_markdown()

    assert "| `breaker.opens` | breaker-opens: was \\| asked; no-loss: was \\| asked |" in text
    assert "| `never-opens` | `breaker-opens` | breaker.opens: pass |" in text
    assert "| `breaker-opens` | 0 | 0 | 1 |" in text
    assert text.index("## Blamed") < text.index("## Survivors") < text.index("## Mutants")


def test_the_clean_proxy_is_asked_for_every_case_once() -> None:
    assert used_cases([MUTANT, BY_ID["never-again"], MUTANT]) == ",".join((*MUTANT.cases, *BY_ID["never-again"].cases))
