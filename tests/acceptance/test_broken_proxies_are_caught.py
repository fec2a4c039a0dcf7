"""Every invariant is proved by a proxy that breaks it: the run fails, and it is this invariant that says why."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from harness import __version__
from harness.cli.selfcheck import perform
from harness.core.judging.invariants import ALL
from harness.core.run.gate import BROKEN, HeldTo, exit_code, gated
from reports.record import CaseResult, Level, RunRecord, Target, Verdict
from scenarios.expected import seconds
from scenarios.index import select
from scenarios.mutants import ALL as MUTANTS
from tests.targets.chatting.defects import DEFECTS as CHATTING
from tests.targets.defects import DEFECTS
from tests.targets.talking.defects import DEFECTS as TALKING
from tests.targets.trial import SEED, judged_defects, right
from tests.targets.workers.defects import DEFECTS as WORKERS

pytestmark = pytest.mark.timeout(300)

JUDGED_BY_TIME = (
    "leaks",
    "unbounded-cache",
    "never-waits",
    "knows-better",
    "gives-up-dead-connections",
    "keeps-no-calls-in-kv",
)
"""What is held back is counted a moment later, what fills memory takes a while: a harness that is late says only so.
Who should wait and does not is slowed down by a busy machine, and seems to wait. A connection that closes while it is
used, or a store that is written while its process ends, is met by whoever is quick enough."""
TOGETHER = tuple(
    sorted(
        (name for name in DEFECTS if name not in JUDGED_BY_TIME),
        key=lambda name: -sum(seconds(case.id) for case in select(",".join(DEFECTS[name].cases))),
    )
)
"""What waits longest comes first, so that nothing is waited for at the end of a batch."""
NAMES = (*TOGETHER, *(pytest.param(name, marks=pytest.mark.alone) for name in JUDGED_BY_TIME))
_BATCH = 31
BY_COMMAND_LINE = ("always-done", "lumps")
"""Two are run as a user would, one that breaks a "must" and one a "should"; all in this process, which is quicker."""


@cache
def _judged(names: tuple[str, ...]) -> dict[str, list[CaseResult]]:
    with TemporaryDirectory(prefix="edgeproof-test-") as logs:
        return dict(judged_defects(names, Path(logs)))


def _results(name: str) -> list[CaseResult]:
    if name in JUDGED_BY_TIME:
        return _judged((name,))[name]
    first = TOGETHER.index(name) // _BATCH * _BATCH
    return _judged(TOGETHER[first : first + _BATCH])[name]


def _heard(results: list[CaseResult]) -> Iterator[tuple[str, Level]]:
    return ((finding.invariant, finding.level) for result in results for finding in result.findings)


def _code(results: list[CaseResult], invariant: str) -> int:
    record = RunRecord.of(
        edgeproof=__version__,
        seed=SEED,
        profile="quick",
        target=Target(name="wrong", url="http://127.0.0.1"),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        duration_s=1.0,
        cases=results,
    )
    return exit_code(gated(record, HeldTo(fail_on="must" if ALL[invariant].level is Level.MUST else "should")))


def _broken_by_mutants_alone() -> set[str]:
    """What only the reference has enough parts for to be wrong in."""
    broken = (DEFECTS, WORKERS, TALKING, CHATTING)
    return set(ALL) - {defect.invariant for defects in broken for defect in defects.values()}


@pytest.mark.acceptance
def test_every_invariant_is_broken_by_a_target_or_else_by_a_mutant(tmp_path: Path) -> None:
    alone = _broken_by_mutants_alone()
    one_each = {mutant.invariant: mutant for mutant in reversed(MUTANTS) if mutant.invariant in alone}

    matrix = perform(tuple(one_each.values()), seed=SEED, jobs=2, out=tmp_path, quiet=True)

    assert set(one_each) == alone
    assert matrix is not None
    assert (matrix.survivors, matrix.blamed_clean) == ((), ())


def test_every_defect_names_cases_that_exist() -> None:
    assert all(select(",".join(defect.cases)) for defect in DEFECTS.values())


def test_no_other_invariant_is_expected_that_does_not_exist() -> None:
    expected = {invariant for defect in DEFECTS.values() for invariant in defect.also}

    assert expected <= set(ALL)


@pytest.mark.acceptance
@pytest.mark.parametrize("name", NAMES)
def test_a_broken_proxy_fails_the_run(name: str) -> None:
    results = _results(name)

    assert _code(results, DEFECTS[name].invariant) == BROKEN


@pytest.mark.acceptance
@pytest.mark.parametrize("name", NAMES)
def test_a_broken_proxy_is_blamed_for_what_it_does(name: str) -> None:
    heard = set(_heard(_results(name)))

    assert (DEFECTS[name].invariant, ALL[DEFECTS[name].invariant].level) in heard


@pytest.mark.acceptance
@pytest.mark.parametrize("name", NAMES)
def test_a_broken_proxy_is_blamed_for_nothing_else(name: str) -> None:
    blamed = {invariant for invariant, level in _heard(_results(name)) if level is not Level.OBSERVE}

    assert blamed <= {DEFECTS[name].invariant, *DEFECTS[name].also}


@pytest.mark.acceptance
@pytest.mark.parametrize("name", NAMES)
def test_a_broken_proxy_does_not_break_the_harness(name: str) -> None:
    broken = [(result.id, result.cause) for result in _results(name) if result.verdict is Verdict.HARNESS_ERROR]

    assert broken == []


@pytest.mark.acceptance
@pytest.mark.parametrize("name", BY_COMMAND_LINE)
def test_the_command_line_says_so_with_its_exit_code(name: str, tmp_path: Path) -> None:
    defect = DEFECTS[name]
    text = right(defect.base).read_text(encoding="utf-8").replace("{here}", str(right(defect.base).parent))
    target = tmp_path / "wrong.toml"
    target.write_text(text.replace('"{upstream}"]', f'"{{upstream}}", "--defect", "{name}"]'), encoding="utf-8")
    command = [sys.executable, "-m", "harness", "run", "--target", str(target), "--case", ",".join(defect.cases)]

    done = subprocess.run(
        [*command, "--json", "--seed", str(SEED), "--fail-on", "should", "--out", str(tmp_path / "out"), "--jobs", "1"],
        capture_output=True,
        timeout=120,
        check=False,
    )

    record = json.loads(done.stdout)
    named = {finding["invariant"] for case in record["cases"] for finding in case["findings"]}
    assert (done.returncode, defect.invariant in named) == (BROKEN, True), done.stderr.decode()
