"""The property suite by itself finds what is wrong with a cache and with a retry, and a file of it fails every time."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.core.judging.failures import elements
from harness.core.run.gate import BROKEN
from harness.shell.playing.kept_files import kept_in
from tests.targets.defects import DEFECTS
from tests.targets.trial import SEED, right

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(300)]

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


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search came to: its exit code, the smallest plan's elements, and what each replay of it said."""

    code: int
    elements: int
    replays: list[tuple[int, set[str]]]


@cache
def _searched(folder: Path) -> dict[str, _Found]:
    """Search all of them, side by side since a search mostly waits."""
    with ThreadPoolExecutor(len(NAMES)) as threads:
        return dict(zip(NAMES, threads.map(lambda name: _search(name, folder / name), NAMES), strict=True))


def _search(name: str, folder: Path) -> _Found:
    folder.mkdir()
    target, out = str(_target(name, folder)), folder / "out"
    options = ("--suite", "properties", "--profile", "ci", "--seed", str(SEED))
    code, _ = _edgeproof("run", *options, "--target", target, "--out", str(out))
    kept = [(path, kept) for path, kept in kept_in(out / "regressions") if kept.invariant == DEFECTS[name].invariant]
    if not kept:
        return _Found(code, 0, [])
    path, smallest = min(kept, key=lambda each: elements(each[1].case))
    with ThreadPoolExecutor(_TIMES) as threads:
        replays = threads.map(lambda number: _replay(path, target, folder / f"again{number}"), range(_TIMES))
        return _Found(code, elements(smallest.case), list(replays))


def _replay(path: Path, target: str, out: Path) -> tuple[int, set[str]]:
    code, record = _edgeproof("replay", str(path), "--target", target, "--out", str(out))
    return code, {finding["invariant"] for case in record["cases"] for finding in case["findings"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of them are searched, once."""
    return tmp_path_factory.mktemp("searched")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_found_made_small_and_fails_again_every_time(name: str, folder: Path) -> None:
    found = _searched(folder)[name]

    assert found.code == BROKEN
    assert found.elements <= 3  # none at all where two callers ask the same and nothing else is done
    assert len(found.replays) == _TIMES
    for code, broken in found.replays:
        assert code == BROKEN
        assert DEFECTS[name].invariant in broken
