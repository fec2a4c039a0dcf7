from __future__ import annotations

import os
import subprocess
import sys
import time

from harness.shell.watching.host_use import HostMeter

BUSY = "while True: pass"


def _until_told(meter: HostMeter) -> float:
    while (use := meter.read()) is None or use.target_processors is None or use.target_processors == 0:
        time.thread_time()  # this process is busy as well meanwhile
    return use.target_processors


def test_too_short_a_time_tells_nothing() -> None:
    assert HostMeter(None).read() is None


def test_a_target_s_own_time_is_told_and_it_is_no_stranger() -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY]) as target:
        try:
            meter = HostMeter(target.pid)
            used = _until_told(meter)
            use = meter.read()
        finally:
            target.kill()

    assert used > 0
    assert use is not None
    assert 0 <= use.strangers <= 1
    assert 0 <= use.idle <= 1


def test_a_target_that_was_not_started_here_has_no_time_of_its_own() -> None:
    meter = HostMeter(None)

    while (use := meter.read()) is None:
        os.getpid()

    assert use.target_processors is None


def test_a_target_that_has_gone_is_not_guessed() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as target:
        meter = HostMeter(target.pid)

    while (use := meter.read()) is None:
        os.getpid()

    assert use.target_processors is not None
