"""Every opening is played, on however many lanes, and what it breaks is noted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from harness.core.failures import Failures
from harness.core.resilience import reach_of
from harness.drivers.properties.openings import play_openings
from harness.shell.targets import load
from scenarios.openings import openings
from tests.harness.drivers.properties.grounds import ground
from tests.targets.trial import right, wrong


async def test_what_an_opening_breaks_is_noted(tmp_path: Path) -> None:
    target = wrong("takes-what-came")
    reach, failures, played = reach_of(target), Failures(), Counter[str]()
    async with ground(target, tmp_path) as on:
        await play_openings(reach, [on.lane], on.trials, failures, lambda case, _: played.update([case.id]))

    assert played == Counter(case.id for case in openings(reach))
    assert "valid-framing" in {key[0] for key, _ in failures}


async def test_a_right_target_breaks_nothing_in_them(tmp_path: Path) -> None:
    target = load(str(right("parser")))
    failures, played = Failures(), Counter[str]()
    async with ground(target, tmp_path / "one") as one, ground(target, tmp_path / "other") as other:
        lanes = [one.lane, other.lane]
        await play_openings(reach_of(target), lanes, one.trials, failures, lambda case, _: played.update([case.id]))

    assert set(played.values()) == {1}
    assert [key for key, _ in failures] == []
