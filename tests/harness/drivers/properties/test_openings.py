"""Every opening is played, on however many lanes, and what it breaks is noted."""

from __future__ import annotations

from pathlib import Path

from harness.core.failures import Failures
from harness.drivers.properties.openings import play_openings
from harness.shell.targets import load
from scenarios.openings import openings
from tests.harness.drivers.properties.grounds import ground, settings
from tests.targets.trial import right, wrong


async def test_what_an_opening_breaks_is_noted(tmp_path: Path) -> None:
    target = wrong("takes-what-came")
    own, failures = settings(target, tmp_path, []), Failures()
    async with ground(target, tmp_path) as on:
        number = await play_openings([on.lane], on.trials, own, failures)

    assert number == len(list(openings(own.coverage.reach)))
    assert "valid-framing" in {key[0] for key, _ in failures}
    assert own.coverage.exchanges >= number


async def test_a_right_target_breaks_nothing_in_them(tmp_path: Path) -> None:
    target = load(str(right("parser")))
    failures = Failures()
    async with ground(target, tmp_path / "one") as one, ground(target, tmp_path / "other") as other:
        await play_openings([one.lane, other.lane], one.trials, settings(target, tmp_path, []), failures)

    assert [key for key, _ in failures] == []
