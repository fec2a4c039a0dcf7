"""The covering array: every pair that can come about is covered by some row, and none that cannot is asked for."""

from __future__ import annotations

from itertools import combinations

from fault_injection.families.client import StopReading
from fault_injection.registry import ALL
from scenarios.case import Case
from scenarios.searching.pair_cases import cases, fault_of
from scenarios.searching.pairs import (
    CLIENT,
    FACTORS,
    PLACES,
    WHOLE,
    Row,
    covering,
    place_parameter,
    places_of,
    possible,
    wanted,
)
from scenarios.searching.reach import Reach

EVERYTHING = Reach(second_model=True, cache=True, kv=True, restart=True)
PIPE = Reach()


def played(reach: Reach) -> list[Case]:
    return list(cases(covering(reach, frozenset())))


def test_a_row_covers_one_pair_for_every_two_factors() -> None:
    row = Row("sse.truncate", "start", "ai.chat", "cold")

    assert len(list(row.pairs())) == len(list(combinations(FACTORS, 2)))


def test_the_rows_chosen_cover_every_pair() -> None:
    for reach in (EVERYTHING, PIPE):
        covered = {pair for row in covering(reach, frozenset()) for pair in row.pairs()}
        assert covered == wanted(reach)


def test_what_is_covered_is_not_asked_for_again() -> None:
    every = wanted(EVERYTHING)
    one = next(iter(sorted(every)))

    rows = covering(EVERYTHING, every - {one})

    assert len(rows) == 1
    assert one in set(rows[0].pairs())
    assert covering(EVERYTHING, every) == []


def test_rows_are_far_fewer_than_everything_with_everything() -> None:
    assert len(covering(EVERYTHING, frozenset())) < len(list(possible(EVERYTHING))) / 2


def test_every_fault_is_in_some_row_but_those_that_no_request_can_meet() -> None:
    met = {row.fault for row in possible(EVERYTHING)}

    assert set(ALL) - met == {"kv.delete_ignored", "kv.list_incomplete", "kv.metadata_mismatch"}


def test_a_target_without_a_cache_or_a_store_is_not_measured_by_theirs() -> None:
    rows = list(possible(PIPE))

    assert {row.cache for row in rows} == {"cold"}
    assert {row.surface for row in rows} == {"ai.chat", CLIENT}


def test_a_target_that_does_not_stream_meets_no_fault_of_streams() -> None:
    assert not [row for row in possible(Reach(streaming=False)) if row.fault.startswith("sse.")]


def test_a_value_can_only_be_bad_where_there_is_one_and_only_a_new_answer_is_written() -> None:
    rows = [row for row in possible(EVERYTHING) if row.surface.startswith("kv.")]

    assert {row.cache for row in rows if row.fault == "kv.truncated"} == {"kept", "expired"}
    assert {row.cache for row in rows if row.surface == "kv.put"} == {"cold", "expired"}


def test_a_fault_has_a_place_when_a_parameter_says_one() -> None:
    assert place_parameter(ALL["sse.truncate"]) == "after"
    assert place_parameter(ALL["http.gzip"]) is None
    assert places_of(ALL["sse.truncate"], "ai.chat") == PLACES
    assert places_of(ALL["http.gzip"], "ai.chat") == (WHOLE,)


def test_every_row_is_brought_about_by_one_case_with_a_question_of_its_own() -> None:
    rows = covering(EVERYTHING, frozenset())
    specs = sorted(str(fault_of(row)) for row in rows)

    made = played(EVERYTHING)

    upstream = [str(fault) for case in made for rule in case.upstream for fault in rule.faults]
    clients = [str(fault) for case in made for step in case.steps for fault in step.faults]
    assert sorted(upstream + clients) == specs
    assert len({case.id for case in made}) == len(made)


def test_a_row_that_wants_an_answer_kept_is_asked_twice_and_an_old_one_after_a_pause() -> None:
    for case in played(EVERYTHING):
        rows = [step for step in case.steps if step.label.startswith("row-")]
        filled = [step.question for step in case.steps if step.label.startswith("fill-")]
        state = case.id.rpartition("-")[0].rpartition("-")[2]
        assert filled == ([] if state == "cold" else [step.question for step in rows])
        assert any(step.pause == "cache-ttl" for step in case.steps) is (state == "expired")


def test_a_place_in_a_row_is_a_place_in_the_answer() -> None:
    at = [fault_of(Row("sse.truncate", place, "ai.chat", "cold")) for place in PLACES]

    assert [str(fault) for fault in at] == ["sse.truncate(after=0)", "sse.truncate(after=3)", "sse.truncate(after=9)"]


def test_where_callers_are_apart_every_other_row_asks_for_what_is_kept_for_another() -> None:
    rows = [Row(fault, "whole", "ai.run", "kept") for fault in ("http.gzip", "sse.bom")]
    (case,) = cases(rows, callers_apart=True)

    first, second = (step for step in case.steps if step.label.startswith("row-"))

    assert (first.identity, bool(first.params)) == ("a", True)
    assert (second.identity, bool(second.params)) == ("b", False)


def test_a_target_that_names_every_model_is_struck_where_it_asks() -> None:
    reach = Reach(native=True, cache=True, second_model=True)
    asked = list(cases(covering(reach, frozenset()), native=True))

    assert reach.surfaces == ("ai.run",)
    assert {step.model for case in asked for step in case.steps} == {"main"}
    filled = [case for case in asked if case.steps[0].label == "fill-1"]
    assert filled
    assert {rule.nth for case in filled for rule in case.upstream} == {2}


def waits(case: Case) -> bool:
    stands_still = any(isinstance(fault, StopReading) for step in case.steps for fault in step.faults)
    return stands_still or any(step.pause == "cache-ttl" for step in case.steps)


def test_what_waits_for_answers_to_be_too_old_waits_once_for_many() -> None:
    made = played(EVERYTHING)
    waiting = [case for case in made if case.id.startswith("pairs.ai-expired")]

    assert all(sum(step.pause == "cache-ttl" for step in case.steps) == 1 for case in waiting)
    assert max(len(case.upstream) for case in waiting) > max(
        len(case.upstream) for case in made if case.id.startswith("pairs.ai-cold")
    )


def test_what_waits_begins_first() -> None:
    first = played(EVERYTHING)[:8]

    assert [waits(case) for case in first] == sorted((waits(case) for case in first), reverse=True)
    assert {waits(case) for case in first} == {True, False}
