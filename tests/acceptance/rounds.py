"""Correct targets of many kinds, played for all tests that ask for them: every case once, the telling ones five rounds.

The five rounds are over the cases of the profile `ci`, which show most of what is known to go wrong, but for those that
would hold up every round; the others of the profile `quick` are played once. With STEADY=quick in the environment the
rounds are over all of them, which takes five minutes more (`make steady`); with BUSY_LOOPS=2, so many loops run beside
them and take the machine's time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record import RunRecord, read
from scenarios.case import Case
from scenarios.expected import seconds
from scenarios.index import ALL
from scenarios.profiles import PROFILES
from tests.targets.trial import HERE, SEED, right

ROUNDS = 5
STEADY = os.environ.get("STEADY", "ci")
"""The profile whose cases are played five rounds."""
COLUMNS = 80
"""How wide the terminal is on which each run prints."""
BUSY_LOOPS = int(os.environ.get("BUSY_LOOPS", "0"))
_AT_ONCE = 3
_LANES = 4
"""Each lane starts the target anew in every round, which is a third of the work. Three runs on four lanes each are as
many targets at once as two on six, start fewer in all, and leave no core idle while one run waits for its last case."""

TARGETS: Mapping[str, str] = {
    "reference": "reference",
    **{f"right-{kind}": str(right(kind)) for kind in ("cache", "parser", "pipe")},
    **{f"plain-{kind}": str(HERE / "plain" / f"{kind}.toml") for kind in ("nginx", "aiohttp", "node")},
}
STEADY_TARGETS = tuple(name for name in TARGETS if STEADY == "quick" or name != "right-parser")
"""Those that are played five rounds. The parser is right-cache without its cache: by itself it mostly repeats it."""
_LONG_S = 2.5
"""A round takes as long as its longest case, whatever plays beside it."""
_NEEDS = {"plain-node": "node", "plain-nginx": "nginx"}
"""What has to be installed for which target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run came to: the record (its cases are those of all rounds), the exit code, and what was said."""

    record: RunRecord
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Played:
    """The run of each target that was played, by its name."""

    runs: Mapping[str, Run]

    def __getitem__(self, name: str) -> Run:
        """Return the run of a target; without its program the test is skipped, but in CI it fails."""
        if name not in self.runs:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip  # CI installs all that it judges
            give_up(f"{_NEEDS[name]} is not installed here")
        return self.runs[name]


def once(names: Iterable[str], folder: Path) -> AbstractContextManager[Played]:
    """Play some of the targets once over the cases of the profile `quick` that the five rounds leave out."""
    cases = [case.id for case in ALL if PROFILES["quick"].includes(case) and not _is_steady(case)]
    return _played(names, folder, ("--case", ",".join(cases)))


def five_rounds(names: Iterable[str], folder: Path) -> AbstractContextManager[Played]:
    """Play some of the targets five rounds over the cases that are to come out alike, and the others one."""
    cases = ("--case", ",".join(case.id for case in ALL if _is_steady(case)))
    return _played(names, folder, cases, repeat=ROUNDS)


def _is_steady(case: Case) -> bool:
    return PROFILES[STEADY].includes(case) and (STEADY == "quick" or seconds(case.id) < _LONG_S)


@contextmanager
def _played(names: Iterable[str], folder: Path, options: Sequence[str], *, repeat: int = 1) -> Iterator[Played]:
    """Play some of the targets, a few at a time; the steady ones so many rounds."""

    def one(name: str) -> Run:
        rounds = ("--repeat", str(repeat)) if repeat > 1 and name in STEADY_TARGETS else ()
        return _run(TARGETS[name], folder / name, (*options, *rounds))

    there = [name for name in TARGETS if name in names and _is_there(name)]
    with ExitStack() as stack:
        for _ in range(BUSY_LOOPS):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(loop.kill)
        pool = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
        yield Played(dict(zip(there, pool.map(one, there), strict=True)))


def _is_there(name: str) -> bool:
    return name not in _NEEDS or shutil.which(_NEEDS[name], path=f"{os.environ['PATH']}:/usr/sbin") is not None


def _run(target: str, out: Path, options: Sequence[str]) -> Run:
    command = [sys.executable, "-m", "harness", "run", "--target", target, "--suite", "conformance"]
    env = {**os.environ, "COLUMNS": str(COLUMNS)}
    done = subprocess.run(
        [*command, "--seed", str(SEED), "--jobs", str(_LANES), "--out", str(out), *options],
        capture_output=True,
        check=False,
        text=True,
        env=env,
    )
    assert (out / "results.json").exists(), done.stderr
    return Run(record=read(out / "results.json"), code=done.returncode, out=done.stdout, err=done.stderr)
