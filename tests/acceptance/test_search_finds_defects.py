"""The property suite by itself finds what is wrong with a cache and with a retry, and a file of it fails every time."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.core.failures import elements
from harness.core.gate import BROKEN
from harness.shell.kept_files import kept_in
from tests.targets.defects import DEFECTS
from tests.targets.trial import SEED, right

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

NAMES = ("everybodys-answers", "never-retries")
_TIMES = 3


def _target(name: str, folder: Path) -> Path:
    base = right(DEFECTS[name].base)
    text = base.read_text(encoding="utf-8").replace("{here}", str(base.parent))
    path = folder / "wrong.toml"
    path.write_text(text.replace('"{upstream}"]', f'"{{upstream}}", "--defect", "{name}"]'), encoding="utf-8")
    return path


def _edgeproof(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Run it as a user does, in a process that holds nothing else, and return its exit code and its record."""
    command = [sys.executable, "-m", "harness", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, timeout=200, check=False)
    return done.returncode, json.loads(done.stdout)


@cache
def _searched(folder: Path) -> dict[str, int]:
    """Search all of them, side by side since a search mostly waits, and return the exit codes."""
    with ThreadPoolExecutor(len(NAMES)) as threads:
        return dict(zip(NAMES, threads.map(lambda name: _search(name, folder), NAMES), strict=True))


def _search(name: str, folder: Path) -> int:
    (folder / name).mkdir()
    target = str(_target(name, folder / name))
    out = str(folder / name / "out")
    return _edgeproof("run", "--suite", "properties", "--target", target, "--seed", str(SEED), "--out", out)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of them are searched, once."""
    return tmp_path_factory.mktemp("searched")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_found_made_small_and_fails_again_every_time(name: str, folder: Path) -> None:
    invariant, target = DEFECTS[name].invariant, str(folder / name / "wrong.toml")

    code = _searched(folder)[name]

    regressions = folder / name / "out" / "regressions"
    found = [(path, kept) for path, kept in kept_in(regressions) if kept.invariant == invariant]
    assert (code, bool(found)) == (BROKEN, True)
    path, kept = found[0]
    assert elements(kept.case) <= 3
    for _ in range(_TIMES):
        code, record = _edgeproof("replay", str(path), "--target", target, "--out", str(folder / name / "again"))
        assert code == BROKEN
        assert invariant in {finding["invariant"] for case in record["cases"] for finding in case["findings"]}
