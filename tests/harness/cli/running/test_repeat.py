"""`edgeproof run --repeat`: the same cases again, on targets started afresh."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.record import read
from tests.harness.cli.conftest import Edgeproof
from tests.targets.trial import right

pytestmark = pytest.mark.usefixtures("untraced")

CUT = "endings.cut-between-events-cleanly"
CASES = f"{CUT},streaming.plain"

TURNS = """
import os, sys
from pathlib import Path

count = Path(sys.argv[1])
turn = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(turn))
os.execv(sys.executable, [sys.executable, *sys.argv[2:], *(["--defect", "always-done"] if turn % 2 == 0 else [])])
"""
"""Starts a correct proxy, and every second time one that makes every stream look finished."""


def changing_target(folder: Path) -> str:
    """Write a target file of a proxy that is right at every other start."""
    (folder / "turns.py").write_text(TURNS)
    text = right("parser").read_text().replace("{here}/../..", str(right("parser").parents[2]))
    (folder / "changing.toml").write_text(
        text.replace('"{python}", ', f'"{{python}}", "{folder / "turns.py"}", "{folder / "count"}", ')
    )
    return str(folder / "changing.toml")


def test_a_steady_target_passes_every_round(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("run", "--case", CASES, "--seed", "3", "--repeat", "2", "--jobs", "1", "--out", "out")
    record = read(tmp_path / "out" / "results.json")

    assert outcome.code == 0
    assert "round 2 of 2" in outcome.err
    assert "0 whose verdict differs" in outcome.out
    assert "4 of 4 cases" in outcome.err
    assert (record.stability.rounds, record.stability.cases) == (2, ())
    assert len(record.cases) == 2
    assert {path.name for path in (tmp_path / "out" / "logs").iterdir()} == {"round-1", "round-2"}


def test_a_verdict_that_differs_gives_3_and_both_wire_logs(edgeproof: Edgeproof, tmp_path: Path) -> None:
    target = changing_target(tmp_path)
    outcome = edgeproof("run", "-t", target, "--case", CASES, "--seed", "3", "--repeat", "3", "--jobs", "1")
    record = read(tmp_path / "edgeproof-report" / "results.json")
    verdicts = {case.id: case.verdict for case in record.cases}

    (unsteady,) = record.stability.cases
    assert outcome.code == 3
    assert verdicts == {CUT: "inconclusive", "streaming.plain": "pass"}
    assert (unsteady.id, unsteady.verdicts) == (CUT, ("pass", "fail", "pass"))
    assert [{row.lane for row in side.wire} for side in unsteady.sides] == [{"client", "upstream"}] * 2
    assert f"replay {CUT} --seed 3 --target {target} --repeat 3" in outcome.out


def test_a_promise_broken_in_every_round_gives_1(edgeproof: Edgeproof, tmp_path: Path) -> None:
    text = right("parser").read_text().replace('"{upstream}"]', '"{upstream}", "--defect", "always-done"]')
    (tmp_path / "wrong.toml").write_text(text.replace("{here}/../..", str(right("parser").parents[2])))

    outcome = edgeproof("replay", CUT, "-t", "wrong.toml", "--seed", "3", "--repeat", "2")

    assert outcome.code == 1
    assert "0 whose verdict differs" in outcome.out
