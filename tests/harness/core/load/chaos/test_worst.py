from __future__ import annotations

import pytest

from fault_injection.plan_file import read_plan
from harness.core.load.chaos.worst import worst_added_s


@pytest.mark.parametrize(
    ("spec", "seconds"),
    [
        ("http.status(code=503)", 0.0),
        ("tcp.latency(delay_s=0.1, jitter_s=0.4)", 0.5),
        ("sse.stall(after=2, for_s=30)", 30.0),
        ("kv.slow(delay_s=0.5)", 0.5),
        ("sse.truncate(after=3) + tcp.latency(delay_s=2)", 2.0),
    ],
)
def test_the_silence_that_a_fault_names_is_told(spec: str, seconds: float) -> None:
    plan = read_plan(f'ttl_s = 9\n[[rule]]\nfault = "{spec}"\n')

    assert worst_added_s(plan, tokens=12) == pytest.approx(seconds)


def test_a_silence_before_every_event_counts_as_often_as_there_are_events() -> None:
    plan = read_plan('ttl_s = 9\n[[rule]]\nfault = "sse.trickle(wait_s=0.2)"\n')

    assert worst_added_s(plan, tokens=100) >= 20
    assert worst_added_s(plan, tokens=10) < 5


def test_a_plan_without_rules_costs_nothing() -> None:
    assert worst_added_s(read_plan("ttl_s = 9\n"), tokens=12) == 0
