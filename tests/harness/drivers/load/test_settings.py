"""What a load asks of a target follows from what was said, and from what the target claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from fault_injection.plan import Plan
from harness.core.load.objectives import DEFAULTS, UNDER_FAULTS, Objective, read_objectives
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers.load import LoadSettings
from harness.shell.target.targets import load
from scenarios.load import LoadProfile
from tests.targets.trial import HERE

GIVEN = read_objectives("goodput > 1", source="test")
REFERENCE = load("reference")
LIMITED = load(str(HERE / "limited-reference.toml"))


def settings(plan: Plan | None = None, objectives: tuple[Objective, ...] | None = None) -> LoadSettings:
    return LoadSettings(
        seed=3,
        profile=LoadProfile(),
        redactor=Redactor(),
        on_result=lambda _: None,
        on_section=lambda _: None,
        say=lambda _: None,
        logs=Path(),
        plan=plan,
        objectives=objectives,
    )


def test_what_was_said_is_what_is_asked() -> None:
    assert settings(Plan(), GIVEN).objectives_for(LIMITED) == GIVEN


@pytest.mark.parametrize(
    ("plan", "target", "wanted"),
    [(None, REFERENCE, DEFAULTS), (Plan(), REFERENCE, UNDER_FAULTS), (None, LIMITED, UNDER_FAULTS)],
    ids=["nothing-fails", "faults", "a-target-that-declines"],
)
def test_less_is_asked_where_failing_is_expected(
    plan: Plan | None, target: TargetFile, wanted: tuple[Objective, ...]
) -> None:
    assert settings(plan).objectives_for(target) == wanted
