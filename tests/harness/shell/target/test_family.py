"""A process is found with all that it has started, and what they have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from harness.shell.target import family
from harness.shell.target.family import family_of

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
child.communicate()
"""


@pytest.fixture
def parent() -> Iterator[tuple[int, int]]:
    """A process with a child in a session of its own; the numbers of both."""
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    yield process.pid, int(process.stdout.readline())
    process.communicate()


@pytest.mark.parametrize("told", [True, False])
def test_descendants_stand_behind_their_ancestor(
    told: bool, parent: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(family, "_TOLD", told and family._TOLD)

    assert [each.pid for each in family_of(parent[0])] == [*parent]
    assert family_of(os.getpid())[0].pid == os.getpid()
    assert {*parent} <= {each.pid for each in family_of(os.getpid())}


def test_there_is_no_family_of_nobody() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    with pytest.raises(psutil.NoSuchProcess):
        family_of(gone.pid)
