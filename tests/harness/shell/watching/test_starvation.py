from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.shell.watching.starvation import stolen_s, waited_s

SPINS = "print('up', flush=True)\nwhile True: pass"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts it")
def test_a_process_among_more_than_there_are_processors_waits() -> None:
    with ExitStack() as stack:
        children = [
            stack.enter_context(subprocess.Popen([sys.executable, "-c", SPINS], stdout=subprocess.PIPE))
            for _ in range(2 * (os.cpu_count() or 1))
        ]
        for child in children:
            stack.callback(child.kill)
            assert child.stdout is not None
            child.stdout.readline()
        first = waited_s(children[0].pid)
        while waited_s(children[0].pid) <= first:
            pass

        of_children = max(waited_s(child.pid) for child in children)
        assert waited_s(os.getpid()) >= of_children > 0


def test_who_is_not_there_has_not_waited() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()

    assert waited_s(None) == 0
    assert waited_s(child.pid) == 0


@pytest.mark.parametrize(
    ("stat", "stolen"),
    [
        ("cpu  9 9 9 9 9 9 9 700 0 0\ncpu0 9 9 9 9 9 9 9 200 0 0\ncpu1 9 9 9 9 9 9 9 500 0 0\nintr 7", 500),
        ("cpu  9 9 9\ncpu0 9 9 9", 0),
        ("", 0),
    ],
)
def test_what_the_host_keeps_from_a_virtual_machine_is_that_of_one_processor(
    monkeypatch: pytest.MonkeyPatch, stat: str, stolen: int
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_: stat)

    assert stolen_s() == stolen / os.sysconf("SC_CLK_TCK")
