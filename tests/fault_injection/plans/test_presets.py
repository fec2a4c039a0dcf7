from __future__ import annotations

import re
from pathlib import Path

import pytest

from fault_injection.plan import PlanError
from fault_injection.plans import presets
from fault_injection.plans.presets import PRESETS, about, preset
from fault_injection.plans.words import idle

FOLDER = Path(presets.__file__).parent


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_begins_healthy_ends_in_recovery_and_lives_long_enough_for_both(name: str) -> None:
    plan = preset(name)

    first, last = plan.phases[0], plan.phases[-1]
    quiet = {rule.match.phase for rule in plan.rules}.isdisjoint({"healthy", "recovery"})
    assert (first.name, last.name, quiet) == ("healthy", "recovery", True)
    assert plan.ttl_s is not None
    assert plan.ttl_s >= last.end_s


@pytest.mark.parametrize("name", PRESETS)
def test_every_rule_of_a_preset_has_a_name_and_a_time_in_which_it_can_strike(name: str) -> None:
    plan = preset(name)

    assert all(rule.name and rule.match.phase for rule in plan.rules)
    assert idle(plan) == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_happens_in_one_sentence(name: str) -> None:
    assert re.fullmatch(r"[A-Z][^\n]+\.", about(name))


def test_a_name_that_no_preset_has_is_answered_with_the_nearest() -> None:
    with pytest.raises(PlanError, match="no preset is called 'brown-out'; did you mean brownout"):
        preset("brown-out")
    with pytest.raises(PlanError, match="no preset is called 'zzz'; there are brownout, flaky-network"):
        preset("zzz")


def test_every_file_of_a_preset_is_listed() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*PRESETS}
