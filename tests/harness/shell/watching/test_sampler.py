from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack

from harness.shell.watching.sampler import sample


def test_descriptors_are_counted() -> None:
    with ExitStack() as stack:
        before = sample(os.getpid(), "before")
        for _ in range(20):
            stack.enter_context(open(os.devnull))  # noqa: PTH123 - any descriptor will do
        after = sample(os.getpid(), "after")

    assert before is not None
    assert after is not None
    assert after.descriptors == before.descriptors + 20
    assert after.resident_bytes > 1_000_000
    assert (before.label, after.label) == ("before", "after")
    assert after.at_s >= before.at_s


def test_children_count_as_well() -> None:
    before = sample(os.getpid(), "")
    code = "print('up', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        after = sample(os.getpid(), "")
        child.kill()

    assert before is not None
    assert after is not None
    assert after.resident_bytes > before.resident_bytes + 1_000_000


def test_what_is_not_there_is_not_sampled() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()

    assert sample(None, "attached") is None
    assert sample(child.pid, "gone") is None
