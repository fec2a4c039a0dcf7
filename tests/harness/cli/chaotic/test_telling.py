from __future__ import annotations

from math import inf

from fault_injection.plan_file import read_plan
from fault_injection.plans.presets import PRESETS
from harness.cli.chaotic.telling import foretold, results_of
from harness.core.gateway.guard import Caps
from harness.core.load.chaos.outcome import Part
from harness.core.load.chaos.phases import RECOVERY, STEADY, Stretch, felt
from harness.core.load.chaos.verdict import Baseline, phase, recovery, steady
from harness.core.observed.redact import Redactor
from harness.drivers.chaos import ChaosSettings
from tests.harness.shell.direct import direct_target


def part(kind: str, name: str, start_s: float, end_s: float) -> Part:
    state = felt(Stretch(name=name, start_s=start_s, end_s=end_s), [], [])
    match kind:
        case "steady":
            found = steady(state, [], Baseline())
        case "phase":
            found = phase(state, [])
        case _:
            found = recovery(state, [], after_s=None, within_s=5)
    return Part(kind=kind, felt=state, found=found)


def test_what_a_run_would_do_is_told_before_it_does_it() -> None:
    settings = ChaosSettings(
        seed=7,
        plan=read_plan(PRESETS["cloudflare-incident"]),
        run="r1",
        say=lambda _: None,
        redactor=Redactor(),
        rate_per_s=4,
        steady_s=5,
        recovery_s=10,
        caps=Caps(faulted=30, tokens=900),
    )

    said = foretold(direct_target(), settings, "https://api.cloudflare.com")

    assert said[0] == "target direct at {upstream}, upstream https://api.cloudflare.com"
    assert "phase edge-errors: from 10 s to 25 s" in said
    assert "traffic: ours alone, 4 requests a second, 300 at the most" in said  # 5 s, 60 s of phases, 10 s
    assert "faulted: 30 at the most" in said
    assert "tokens: about 3600, and 900 at the most" in said
    assert said[-1] == "silence added to one answer: 2.6 s at worst"


def test_every_part_is_a_case_of_its_own_even_where_two_have_one_name() -> None:
    parts = [
        part("steady", STEADY, 0, 5),
        part("phase", "calm", 5, 8),
        part("phase", "calm", 9, 11),
        part("recovery", RECOVERY, 11, inf),
    ]

    cases = results_of(parts, "edgeproof chaos --seed 7")

    assert [case.id for case in cases] == ["chaos.steady-state", "chaos.calm", "chaos.calm-2", "chaos.after-the-plan"]
    assert [case.duration_s for case in cases] == [5, 3, 2, 0]
    assert {case.replay for case in cases} == {"edgeproof chaos --seed 7"}
