"""What a run prints, as somebody at a terminal of 80 or 160 columns sees it: one screen, and the right thing first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from harness.shell import target
from reports.terminal.screen import LINES_AT_MOST
from tests.acceptance.rounds import COLUMNS, Played
from tests.targets.trial import SEED

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]


def printed(folder: Path, *arguments: str, columns: int) -> list[str]:
    command = [sys.executable, "-m", "harness", *arguments]
    env = {**os.environ, "COLUMNS": str(columns)}
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd=folder, env=env)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.splitlines()


def height(lines: list[str], columns: int) -> int:
    return sum(max(1, -(-cell_len(line) // columns)) for line in lines)


def never_cancels(folder: Path) -> str:
    """Write a target file of the proxy that does not notice when a client leaves."""
    text = (Path(target.__path__[0]) / "builtin" / "reference.toml").read_text(encoding="utf-8")
    words = '"harness.mutant_proxy", "--mutant", "leaver-not-noticed"'
    path = folder / "never-cancels.toml"
    path.write_text(text.replace('"harness.reference_proxy"', words, 1), encoding="utf-8")
    return str(path)


@pytest.mark.alone
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", ["plain-nginx"])
def test_a_run_on_a_right_proxy_fits(name: str, runs: Played, tmp_path: Path) -> None:
    run = runs[name]
    lines = run.out.splitlines()
    (tmp_path / "results.json").write_text(run.record.to_json(), encoding="utf-8")

    again = printed(tmp_path, "report", "results.json", columns=160)

    assert height(lines, COLUMNS) <= LINES_AT_MOST
    assert height(again, 160) <= LINES_AT_MOST
    assert not any(re.search(r" must +\S", line) for line in lines)


@pytest.mark.alone  # which case is the clearest hangs on what a busy machine leaves running at its end
def test_a_proxy_that_never_cancels_is_named_by_the_first_problem(tmp_path: Path) -> None:
    cases = ("--case", "cancel.*,streaming.c*", "--jobs", "3")
    words = ("run", "--target", never_cancels(tmp_path), *cases, "--seed", str(SEED))

    lines = printed(tmp_path, *words, columns=80)
    problems = [line for line in lines if re.match(r" +\d+ cases? +must ", line)]

    assert height(lines, 80) <= LINES_AT_MOST
    assert re.search(r"\bmust +cancel-propagates +(the client left|a new upstream call was made)", problems[0])
    assert any(line.startswith("            upstream ") and "still running" in line for line in lines)
