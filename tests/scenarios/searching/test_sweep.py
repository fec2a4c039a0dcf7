"""The sweep leaves no byte out."""

from __future__ import annotations

import pytest

from fault_injection.families.tcp import Slice
from scenarios.searching.sweep import GOLDEN, part


def test_every_byte_of_every_golden_stream_is_cut_once() -> None:
    for golden in GOLDEN:
        cuts = [rule.faults[-1] for case in golden.cases() for rule in case.upstream]
        sizes = [cut.size_bytes for cut in cuts if isinstance(cut, Slice)]
        assert sizes == list(range(1, golden.length_bytes + 1))


def test_every_part_has_a_name_of_its_own_and_asks_each_question_once() -> None:
    cases = [case for golden in GOLDEN for case in golden.cases()]

    assert len({case.id for case in cases}) == len(cases)
    for case in cases:
        questions = [step.question for step in case.steps]
        assert questions == [rule.question for rule in case.upstream]
        assert len(set(questions)) == len(questions)
        assert [step.start for step in case.steps] == ["after"] + ["with"] * (len(questions) - 1)


def test_every_part_is_found_by_its_name() -> None:
    cases = [case for golden in GOLDEN for case in golden.cases()]

    assert [part(case.id) for case in cases] == cases


@pytest.mark.parametrize(
    "name",
    ["sweep.text", "sweep.text-0", "sweep.text-2", "sweep.text-01", "sweep.text-2401", "sweep.text-", "sweep.no-1"],
)
def test_no_part_is_found_where_there_is_none(name: str) -> None:
    assert part(name) is None


def test_parts_of_a_thin_sweep_are_not_found_by_name() -> None:
    assert [part(case.id) for case in GOLDEN[0].cases(every=24)] == [None, None, None]


def test_a_thin_sweep_cuts_at_every_nth_byte_and_everywhere_and_nowhere() -> None:
    for golden in GOLDEN:
        sizes = [
            rule.faults[-1].size_bytes  # type: ignore[attr-defined]  # each is a slice
            for case in golden.cases(every=24, from_seed=5)
            for rule in case.upstream
        ]

        assert sizes == sorted({1, golden.length_bytes, *range(6, golden.length_bytes + 1, 24)})


def test_another_seed_cuts_a_thin_sweep_elsewhere() -> None:
    first, second = (
        {step.label for case in GOLDEN[0].cases(every=24, from_seed=seed) for step in case.steps} for seed in (3, 4)
    )

    assert first & second == {"cut-1", f"cut-{GOLDEN[0].length_bytes}"}
