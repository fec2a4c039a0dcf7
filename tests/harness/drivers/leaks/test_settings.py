"""How long a leak scenario is watched."""

from __future__ import annotations

import pytest

from harness.core.observed.redact import Redactor
from harness.drivers.leaks.settings import LeakSettings


def _settings(profile: str) -> LeakSettings:
    return LeakSettings(
        seed=7,
        target_spec="reference",
        redactor=Redactor(),
        on_result=lambda _: None,
        say=lambda _: None,
        profile=profile,
    )


@pytest.mark.parametrize(
    ("profile", "spent_s", "stages", "last_s", "expected"),
    [
        ("quick", 15.0, 1, 15.0, True),  # a second stage is owed to a suspicion
        ("quick", 40.0, 1, 20.0, False),
        ("quick", 6.0, 2, 4.0, True),
        ("quick", 6.1, 2, 4.0, False),
        ("standard", 6.1, 2, 4.0, True),
        ("soak", 600.0, 5, 400.0, True),
    ],
)
def test_what_is_undecided_is_watched_on_as_long_as_the_profile_has_time(
    profile: str, spent_s: float, stages: int, last_s: float, expected: bool
) -> None:
    assert _settings(profile).may_go_on(spent_s=spent_s, stages=stages, last_s=last_s) is expected
