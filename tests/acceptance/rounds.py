"""Right targets of many kinds, each played five rounds with one seed, once for all tests that ask for them.

With BUSY_LOOPS=2 in the environment, so many loops run beside them and take the machine's time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.record import RunRecord, read
from tests.targets.trial import HERE, SEED, right

ROUNDS = 5
COLUMNS = 80
"""How wide the terminal is on which each run prints."""
BUSY_LOOPS = int(os.environ.get("BUSY_LOOPS", "0"))
_AT_ONCE = 2
"""Most of a run is waiting, so two of them leave a machine of two cores punctual, and with room."""

TARGETS: Mapping[str, str] = {
    "reference": "reference",
    **{f"right-{kind}": str(right(kind)) for kind in ("cache", "parser", "pipe")},
    **{f"plain-{kind}": str(HERE / "plain" / f"{kind}.toml") for kind in ("nginx", "aiohttp", "node")},
}
_NEEDS = {"plain-node": "node", "plain-nginx": "nginx"}
"""What has to be installed for which target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What five rounds came to: the record (its cases are those of all rounds), the exit code, and what was said."""

    record: RunRecord
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Played:
    """The rounds of each target that was played, by its name."""

    rounds: Mapping[str, Rounds]

    def __getitem__(self, name: str) -> Rounds:
        """Return the rounds of a target; without its program the test is skipped, but in CI it fails."""
        if name not in self.rounds:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip  # CI installs all that it judges
            give_up(f"{_NEEDS[name]} is not installed here")
        return self.rounds[name]


@contextmanager
def played(names: Iterable[str], folder: Path) -> Iterator[Played]:
    """Play some of the targets, two at a time."""
    there = [name for name in TARGETS if name in names and _is_there(name)]
    with ExitStack() as stack:
        for _ in range(BUSY_LOOPS):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(loop.kill)
        pool = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
        found = pool.map(lambda name: _rounds(TARGETS[name], folder / name), there)
        yield Played(dict(zip(there, found, strict=True)))


def _is_there(name: str) -> bool:
    return name not in _NEEDS or shutil.which(_NEEDS[name], path=f"{os.environ['PATH']}:/usr/sbin") is not None


def _rounds(target: str, out: Path) -> Rounds:
    command = [sys.executable, "-m", "harness", "run", "--target", target, "--suite", "conformance"]
    options = ["--seed", str(SEED), "--repeat", str(ROUNDS), "--out", str(out)]
    env = {**os.environ, "COLUMNS": str(COLUMNS)}
    done = subprocess.run([*command, *options], capture_output=True, check=False, text=True, env=env)
    assert (out / "results.json").exists(), done.stderr
    return Rounds(record=read(out / "results.json"), code=done.returncode, out=done.stdout, err=done.stderr)
