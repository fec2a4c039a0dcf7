"""The guardian as a program: what it kills when its ward is dead, and what it leaves alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from harness.shell.target.guardian import MARK, Guardian

Sleeper = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """Start processes that do nothing, each in a group of its own, with this in their environment."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", "-S", "-c", "import time; print(flush=True); time.sleep(600)"]
        started.append(
            subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.PIPE, start_new_session=True)
        )
        assert started[-1].stdout
        started[-1].stdout.readline()
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


def test_what_is_guarded_is_killed_when_the_pipe_closes(sleeper: Sleeper) -> None:
    guardian = Guardian()
    guardian.mark()
    guarded = sleeper()
    guardian.guard(guarded.pid)

    guardian.dismiss()

    assert guarded.wait(60) == -signal.SIGKILL


def test_what_was_left_to_itself_or_is_a_strangers_is_not_killed(sleeper: Sleeper) -> None:
    guardian = Guardian()
    guardian.mark()
    left, guarded, strangers = sleeper(), sleeper(), sleeper(**{MARK: "another"})
    for each in (left, guarded):
        guardian.guard(each.pid)
    guardian.leave(left.pid)

    guardian.dismiss()

    assert guarded.wait(60) == -signal.SIGKILL
    assert left.poll() is None
    assert strangers.poll() is None


def test_what_bears_its_mark_is_killed_wherever_it_is(sleeper: Sleeper) -> None:
    guardian = Guardian()
    guarded, untold = sleeper(**guardian.mark()), sleeper(**guardian.mark())
    guardian.guard(guarded.pid)

    guardian.dismiss()

    assert guarded.wait(60) == -signal.SIGKILL
    assert untold.wait(60) == -signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_ends_its_ward_does_not_end_it(number: signal.Signals, sleeper: Sleeper) -> None:
    guardian = Guardian()
    guardian.mark()
    guarded = sleeper()
    guardian.guard(guarded.pid)
    assert guardian._process

    guardian._process.send_signal(number)
    guardian.dismiss()

    assert guarded.wait(60) == -signal.SIGKILL


def test_one_that_was_killed_is_followed_by_another_who_knows_of_all(sleeper: Sleeper) -> None:
    guardian = Guardian()
    guardian.mark()
    guarded = sleeper()
    guardian.guard(guarded.pid)
    assert guardian._process
    guardian._process.kill()
    guardian._process.wait()

    guardian.mark()
    guardian.dismiss()

    assert guarded.wait(60) == -signal.SIGKILL


def test_one_that_guards_nothing_ends_at_once_and_harms_nobody(sleeper: Sleeper) -> None:
    guardian = Guardian()
    escaped = sleeper(**guardian.mark())

    guardian.dismiss()
    guardian.dismiss()

    assert escaped.poll() is None
