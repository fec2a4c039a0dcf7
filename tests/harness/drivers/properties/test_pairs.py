"""What fails among other rows is played again alone, with just what it needs."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from fault_injection.registry import ALL
from harness.core.judging.failures import Failures, elements
from harness.core.judging.resilience import Coverage, reach_of
from harness.core.judging.simpler import alone
from harness.drivers.properties.pairs import Pairs
from harness.shell.target.targets import load
from scenarios.case import Step, Upstream
from scenarios.case_file import found_case
from scenarios.searching.pair_cases import cases
from scenarios.searching.pairs import Row
from tests.harness.drivers.properties.grounds import ground
from tests.targets.trial import right, wrong

GATE_PERCENT = 80.0


def test_alone_a_row_keeps_its_question_its_fault_and_its_pause() -> None:
    rows = [Row("http.gzip", "whole", "ai.chat", "expired"), Row("sse.bom", "whole", "ai.run", "expired")]
    (together,) = cases(rows)

    case = alone(together, "row-2")

    assert [step.label for step in case.steps] == ["fill-2", "row-2"]
    assert [(step.start, step.pause) for step in case.steps] == [("after", "none"), ("after", "cache-ttl")]
    assert [str(fault) for rule in case.upstream for fault in rule.faults] == ["sse.bom"]
    assert case.id.startswith("pairs.")


def test_alone_a_fault_of_the_store_strikes_the_exchange_of_its_own_request() -> None:
    rows = [Row("kv.miss", "whole", "kv.get", "kept"), Row("kv.truncated", "whole", "kv.get", "kept")]
    (together,) = cases(rows)

    case = alone(together, "row-2")

    assert [(step.label, step.restart) for step in case.steps] == [("fill-2", False), ("row-2", True)]
    assert [(rule.nth, str(rule.faults[0])) for rule in case.upstream] == [(2, "kv.truncated")]


def test_a_rule_about_another_question_is_left_behind() -> None:
    steps = [Step(label="a", question="q"), Step(label="b", question="r", start="with")]
    rules = [Upstream(faults=(ALL["http.gzip"](),), question="q"), Upstream(faults=(ALL["sse.bom"](),), question="r")]

    case = alone(found_case("pairs.case", steps, rules), "b")

    assert [str(rule.faults[0]) for rule in case.upstream] == ["sse.bom"]


@pytest.mark.acceptance
async def test_a_row_that_breaks_something_is_a_failure_of_one_fault(tmp_path: Path) -> None:
    target = wrong("eof-is-the-end")
    coverage, failures = Coverage(reach_of(target)), Failures()
    async with ground(target, tmp_path) as on:
        pairs = Pairs(
            coverage, failures, gate_percent=GATE_PERCENT, enough_percent=75, until_s=lambda: inf, ends_s=lambda: inf
        )

        await pairs.on_lane(on.lane, on.trials)

    assert pairs.played > 5
    assert coverage.percent >= 75
    found = {key[0]: examples[0].case for key, examples in failures}
    assert "no-laundering" in found
    assert elements(found["no-laundering"]) == 1


async def test_nothing_is_begun_when_enough_is_met_or_the_time_is_over(tmp_path: Path) -> None:
    target = load(str(right("pipe")))
    async with ground(target, tmp_path) as on:
        enough = Pairs(
            Coverage(reach_of(target)),
            Failures(),
            gate_percent=GATE_PERCENT,
            enough_percent=0,
            until_s=lambda: inf,
            ends_s=lambda: inf,
        )
        late = Pairs(
            Coverage(reach_of(target)),
            Failures(),
            gate_percent=GATE_PERCENT,
            enough_percent=100,
            until_s=lambda: 0.0,
            ends_s=lambda: 0.0,
        )

        for pairs in (enough, late):
            await pairs.on_lane(on.lane, on.trials)

    assert (enough.played, late.played) == (0, 0)


@pytest.mark.acceptance
async def test_rows_take_all_the_time_there_is_until_the_gate_is_met(tmp_path: Path) -> None:
    target = load(str(right("pipe")))
    coverage = Coverage(reach_of(target))
    async with ground(target, tmp_path) as on:
        pairs = Pairs(
            coverage, Failures(), gate_percent=GATE_PERCENT, enough_percent=100, until_s=lambda: 0.0, ends_s=lambda: inf
        )

        await pairs.on_lane(on.lane, on.trials)

    assert coverage.percent >= GATE_PERCENT
