"""What the record says of the leak scenarios: their growth, their samples, and which of them alone leak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.leaks.leak import Measure, attribution, told
from harness.drivers.leaks.outcome import Outcome
from harness.drivers.leaks.settings import LeakSettings


def section(outcomes: Sequence[Outcome], settings: LeakSettings) -> dict[str, Any]:
    """Return the record's section; only what could be judged says that another scenario leaks alone."""
    judged = {each.scenario.name: each.leaks for each in outcomes if each.leaks or not each.doubt}
    return {
        "attribution": attribution(judged),
        "profile": settings.profile,
        "summary": [_row(each) for each in outcomes],
        "scenarios": {each.scenario.name: _described(each, settings) for each in outcomes},
    }


def _row(outcome: Outcome) -> Mapping[str, Any]:
    slope = outcome.memory.slope if outcome.memory else None
    return {
        "scenario": outcome.scenario.name,
        "asked": outcome.played.asked,
        "bytes_per_request": round(slope.value, 1) if slope else None,
        "surely_between": [round(slope.low, 1), round(slope.high, 1)] if slope else None,
        "leaks": told(outcome.leaks) if outcome.leaks else "nothing",
    }


def _described(outcome: Outcome, settings: LeakSettings) -> Mapping[str, Any]:
    memory, played = outcome.memory, outcome.played
    return {
        "id": outcome.scenario.case.id,
        "warm_up": outcome.scenario.warm_up,
        "rounds": max(0, len(played.samples) - 1),
        "asked": played.asked,
        "traced": played.traced,
        "bytes_per_request": memory.slope.value if memory and memory.slope else None,
        "growth": {str(each.measure): each.to_json() for each in outcome.growths},
        "samples": {
            "requests": [sample.requests for sample in played.samples],
            **{str(each): [sample.holdings.get(each) for sample in played.samples] for each in Measure},
        },
        "sites": [{**each, "site": settings.redactor.text(str(each["site"]))} for each in played.sites],
    }
