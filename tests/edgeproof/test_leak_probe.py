from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgeproof.leak_probe import FEWEST_ROUNDS, LeakProbe
from harness.core.statistics.slope import fewest_points

SUITE = """\
import asyncio
import os
import unittest
import pytest

kept, cache, opened, tasks = [], {}, [], []

@pytest.mark.leak_check(rounds=12)
def test_keeps_a_kibibyte():
    kept.append(bytearray(1024))

@pytest.mark.leak_check(rounds=20, warmup=2)
def test_fills_and_stops():
    if len(cache) < 9:
        cache[len(cache)] = bytearray(1024)

@pytest.mark.leak_check
def test_keeps_descriptors():
    opened.append(open(os.devnull))

@pytest.mark.leak_check
def test_keeps_nothing():
    sum(range(1000))

@pytest.mark.asyncio
@pytest.mark.leak_check
async def test_keeps_tasks():
    tasks.append(asyncio.create_task(asyncio.sleep(60)))
    await asyncio.sleep(0)

@pytest.mark.asyncio
@pytest.mark.leak_check
async def test_keeps_no_task():
    await asyncio.create_task(asyncio.sleep(0))

@pytest.mark.anyio
@pytest.mark.leak_check
async def test_keeps_buffers_on_anyio():
    kept.append(bytearray(1024))

class TestOld(unittest.TestCase):
    @pytest.mark.leak_check
    def test_not_repeated(self):
        pass

@pytest.mark.leak_check(20)
def test_rounds_unnamed():
    pass

@pytest.fixture
def anyio_backend():
    return "asyncio"

def test_probe(leak_probe):
    leak_probe.check(lambda: kept.append(bytearray(2048)))

def test_too_few(leak_probe):
    with pytest.raises(ValueError, match="rounds=2"):
        leak_probe.check(lambda: None, rounds=2)
"""


@pytest.mark.acceptance
def test_leaks_are_found_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA"]

    done = subprocess.run(
        [*command, "--strict-markers", str(tmp_path)], capture_output=True, text=True, timeout=100, check=False
    )
    outcome = {
        line.split("::")[-1].split()[0]: line.split()[0] for line in done.stdout.splitlines() if line[:6] in _OUTCOMES
    }

    assert outcome == {
        "test_keeps_a_kibibyte": "FAILED",
        "test_fills_and_stops": "PASSED",
        "test_keeps_descriptors": "FAILED",
        "test_keeps_nothing": "PASSED",
        "test_keeps_tasks": "FAILED",
        "test_keeps_no_task": "PASSED",
        "test_keeps_buffers_on_anyio": "FAILED",
        "test_not_repeated": "FAILED",
        "test_rounds_unnamed": "FAILED",
        "test_probe": "FAILED",
        "test_too_few": "PASSED",
    }, done.stdout
    assert "test_it.py:10 grew by" in done.stdout
    assert "1 descriptor a round" in done.stdout
    assert "1 asyncio task a round" in done.stdout
    assert "leak_check could not repeat this TestCaseFunction" in done.stdout
    assert "leak_check takes its numbers by name: leak_check(rounds=20)" in done.stdout


_OUTCOMES = ("FAILED", "PASSED")


def test_as_many_rounds_are_asked_for_as_growth_takes_to_be_told_from_noise() -> None:
    kept: list[bytes] = []

    grown, sites = LeakProbe().measure(lambda: kept.append(bytes(4096)), rounds=FEWEST_ROUNDS)

    assert fewest_points() - 1 == FEWEST_ROUNDS
    assert [each.measure for each in grown if each.leaks] == ["traced_bytes"]
    assert "KiB a round" in next(each.text for each in grown if each.leaks)
    assert sites
