"""Right proxies of many kinds, five rounds each: the same target with the same seed gets the same verdict every time.

With BUSY_LOOPS=2 in the environment, so many loops run beside them and take the machine's time. A case may then be
inconclusive in one round and judged in another, and differ in nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from reports.record import RunRecord, Unsteady, Verdict, read
from tests.targets.trial import HERE, SEED, right

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(1200)]

ROUNDS = 5
AT_ONCE = 2
"""Most of a run is waiting, so two of them leave a machine of two cores punctual, and with room."""
BUSY_LOOPS = int(os.environ.get("BUSY_LOOPS", "0"))

TARGETS: Mapping[str, str] = {
    "reference": "reference",
    **{f"right-{kind}": str(right(kind)) for kind in ("cache", "parser", "pipe")},
    **{f"plain-{kind}": str(HERE / "plain" / f"{kind}.toml") for kind in ("nginx", "aiohttp", "node")},
}
NEEDS = {"plain-node": "node", "plain-nginx": "nginx"}
"""What has to be installed for which target."""


def _is_there(name: str) -> bool:
    return name not in NEEDS or shutil.which(NEEDS[name], path=f"{os.environ['PATH']}:/usr/sbin") is not None


@pytest.fixture(scope="module")
def records(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, RunRecord]]:
    """The record of every target that is asked for, by its name."""
    folder = tmp_path_factory.mktemp("rounds")
    asked = {item.name.partition("[")[2].rstrip("]") for item in request.session.items}
    names = [name for name in TARGETS if name in asked and _is_there(name)]
    with ExitStack() as stack:
        for _ in range(BUSY_LOOPS):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(loop.kill)
        pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        found = pool.map(lambda name: _played(TARGETS[name], folder / name), names)
        yield dict(zip(names, found, strict=True))


def _played(target: str, out: Path) -> RunRecord:
    command = [sys.executable, "-m", "harness", "run", "--target", target, "--suite", "conformance"]
    options = ["--seed", str(SEED), "--repeat", str(ROUNDS), "--out", str(out)]
    done = subprocess.run([*command, *options], capture_output=True, check=False)
    assert (out / "results.json").exists(), done.stderr.decode()
    return read(out / "results.json")


def _of(records: Mapping[str, RunRecord], name: str) -> RunRecord:
    if name not in records:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip  # CI installs all that it judges
        give_up(f"{NEEDS[name]} is not installed here")
    return records[name]


def _told(case: Unsteady) -> str:
    findings = {
        f"{side.verdict}: {finding.invariant}: {finding.message}" for side in case.sides for finding in side.findings
    }
    return "\n".join([f"{case.id} {' '.join(case.verdicts)}", *sorted(findings)])


@pytest.mark.parametrize("name", TARGETS)
def test_no_verdict_differs_between_rounds(name: str, records: Mapping[str, RunRecord]) -> None:
    stability = _of(records, name).stability

    assert stability.rounds == ROUNDS
    assert [_told(case) for case in stability.cases if case.differs == "verdict"] == []


@pytest.mark.parametrize("name", TARGETS)
def test_a_case_is_left_unjudged_by_a_busy_machine_alone(name: str, records: Mapping[str, RunRecord]) -> None:
    unjudged = [case for case in _of(records, name).stability.cases if case.differs == "judged"]
    causes = {(case.id, side.cause) for case in unjudged for side in case.sides if side.cause}

    assert BUSY_LOOPS or {each for each in causes if "the harness itself was late" not in each[1]} == set()


@pytest.mark.parametrize("name", TARGETS)
def test_no_round_blames_a_right_proxy(name: str, records: Mapping[str, RunRecord]) -> None:
    record = _of(records, name)

    assert [(case.id, case.saw) for case in record.cases if case.verdict is Verdict.FAIL] == []
