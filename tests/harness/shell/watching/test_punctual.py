from __future__ import annotations

import asyncio
import gc
import sys
import time

from harness.shell.watching.punctual import Lateness, punctually


async def test_a_standstill_of_the_loop_is_remembered() -> None:
    lateness = Lateness()
    began_s = time.monotonic()
    async with lateness.watching():
        await asyncio.sleep(0.05)
        time.sleep(0.3)  # noqa: ASYNC251 - standing still is what is tested
        await asyncio.sleep(0.05)

    assert lateness.worst_since(began_s) >= 0.25


async def test_many_short_standstills_add_up() -> None:
    lateness = Lateness()
    began_s = time.monotonic()
    async with lateness.watching():
        for _ in range(10):
            await asyncio.sleep(0.005)
            time.sleep(0.08)  # noqa: ASYNC251 - standing still is what is tested

        assert lateness.worst_since(began_s) >= 0.4
        assert lateness.lost_since(began_s) >= 0.4
    assert lateness.lost_since(time.monotonic()) == 0


def test_the_interpreter_is_patient_for_a_while_only() -> None:
    before, interval_s = gc.get_threshold(), sys.getswitchinterval()
    with punctually():
        during = gc.get_threshold()
        frozen = gc.get_freeze_count()
        short_s = sys.getswitchinterval()

    assert during[0] > before[0]
    assert frozen > 0
    assert short_s < interval_s == sys.getswitchinterval()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
