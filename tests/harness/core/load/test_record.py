from __future__ import annotations

import json
import re

import pytest

from harness.core.load.objectives import METRICS
from harness.core.load.record import NAMES, LoadPart
from tests.harness.core.load.loads import answer


def _part(*values: float) -> LoadPart:
    part = LoadPart()
    for value in values:
        part.record("ttft", value)
        part.counts["asked"] += 1
    return part


def test_what_has_no_sample_has_no_value() -> None:
    assert set(LoadPart().metrics().values()) == {None}


def test_merged_parts_equal_one_part_over_all_samples() -> None:
    first, second = [0.001 * n for n in range(1, 200)], [0.01 * n for n in range(1, 100)]
    merged = _part(*first)

    merged.merge(_part(*second))

    assert merged.to_json() == _part(*first, *second).to_json()


def test_a_part_survives_its_json() -> None:
    part = _part(0.5, 1.234567)

    again = LoadPart.from_json(json.loads(json.dumps(part.to_json())))

    assert again.to_json() == part.to_json()
    assert again.samples("ttft") == 2


def test_every_percentile_has_the_name_that_objectives_use() -> None:
    part = LoadPart()
    for n in range(1, 1001):
        for name in NAMES:
            part.record(name, float(n))

    measured = part.metrics()

    assert set(measured) == {name for name in METRICS if re.search(r"_p\d\d", name)}
    for name, value in measured.items():
        percent = {"p50": 500, "p95": 950, "p99": 990}[name.removesuffix("_s").rpartition("_")[2]]
        assert value == pytest.approx(percent, rel=0.001), name


def test_a_sample_beyond_the_scale_counts_as_its_end() -> None:
    part = _part(0.0, 1e9)

    assert part.percentile("ttft", 50) == 0.000_001
    assert part.percentile("ttft", 100) == pytest.approx(3600, rel=0.001)


def test_percentiles_keep_three_digits() -> None:
    part = _part(*(0.001 * n for n in range(1, 1001)))

    assert part.percentile("ttft", 95) == pytest.approx(0.95, rel=0.001)


def test_an_answer_leaves_a_sample_of_everything_it_has() -> None:
    part = LoadPart()

    part.take(answer(gaps_s=(0.1, 0.3), tokens=3))
    part.take(answer("reset", ttft_s=None, tpot_s=None, e2e_s=None, tokens=0))

    assert {name: part.samples(name) for name in NAMES} == {
        "ttft": 1,
        "itl": 2,
        "tpot": 1,
        "longest_stall": 1,
        "e2e": 1,
        "tokens_rate": 1,
    }
    assert part.counts["asked"] == 2
    assert (part.counts["finished"], part.counts["reset"], part.counts["tokens"]) == (1, 1, 3)
