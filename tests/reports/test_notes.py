"""What must be known of a run beside its problems."""

from __future__ import annotations

from pydantic import JsonValue

from reports.notes import Note, notes
from reports.overview import told
from reports.record import CaseResult, RunRecord, Verdict
from tests.reports.sample import case, record, unsteady_record


def by_name(of: RunRecord) -> dict[str, Note]:
    return {note.name: note for note in notes(of, told(of))}


def plain(*cases: CaseResult, **more: dict[str, JsonValue]) -> RunRecord:
    return record(cases or [case("a.b")], **({"load": {}, "leaks": {}, "coverage": {}} | more))


def test_a_plain_pass_has_nothing_to_be_known() -> None:
    assert by_name(plain()) == {}


def test_coverage_is_told_with_its_gate() -> None:
    held = by_name(plain(coverage={"target": {"percent": 81.26, "fail_under": 80.0, "met": True}}))
    missed = by_name(plain(coverage={"target": {"percent": 71.0, "fail_under": 80.0, "met": False}}))
    unknown = by_name(plain(coverage={"target": {"percent": None, "fail_under": 80.0, "met": None}, "x": 3}))

    assert held["target coverage"] == Note(name="target coverage", text="81.3 %, the gate is 80 %")
    assert missed["target coverage"].text == "71.0 %, missed the gate of 80 %"
    assert missed["target coverage"].warns
    assert unknown == {}


def test_what_the_profile_leaves_to_a_longer_one_is_counted() -> None:
    some = by_name(plain(not_judged={"cases_for_longer_profiles": 38}))

    assert some["left out"].text == "38 cases not in the profile quick"
    assert by_name(plain(not_judged={"reasons": []})) == {}


def test_a_load_is_told_with_its_objectives() -> None:
    met: JsonValue = {"objective": "ttft_p95_s < 1", "met": True}
    missed: JsonValue = {"objective": "goodput > 20", "met": False}
    load: dict[str, JsonValue] = {"answers": 42, "right": 39, "lasted_s": 8.02}

    assert by_name(plain(load=load))["load"].text == "42 answers, 39 right, in 8 s"
    assert by_name(plain(load={**load, "objectives": [met]}))["load"].text.endswith("1 of 1 objective met")
    assert not by_name(plain(load={**load, "objectives": [met]}))["load"].warns
    assert by_name(plain(load={**load, "objectives": [met, missed]}))["load"].warns


def test_what_leaks_is_named() -> None:
    rows: JsonValue = [{"scenario": "cut", "leaks": "memory"}, {"scenario": "clean", "leaks": "nothing"}]
    clean: JsonValue = [{"scenario": "clean", "leaks": "nothing"}]

    assert by_name(plain(leaks={"summary": rows}))["leaks"].text == "memory in cut; 2 scenarios played"
    assert by_name(plain(leaks={"summary": clean}))["leaks"].text == "none in 1 scenario"


def test_a_search_says_how_much_it_tried() -> None:
    assert by_name(plain(properties={"cases": 20, "failures": 2}))["searches"].text == "20 cases invented, 2 failed"


def test_one_reason_for_all_is_told_once_and_of_several_the_main_one() -> None:
    late = [case(f"a.{n}", Verdict.INCONCLUSIVE, cause="the time was over") for n in range(3)]

    assert by_name(plain(*late))["not judged"].text == "3 cases: the time was over"
    odd = case("a.odd", Verdict.INCONCLUSIVE, cause="nobody knows")
    assert by_name(plain(odd, *late))["not judged"].text == "4 cases; 3 of them: the time was over"


def test_reasons_that_differ_in_numbers_alone_are_one() -> None:
    late = [case(f"a.{n}", Verdict.INCONCLUSIVE, cause=f"the harness was late, by 0.{n} s") for n in range(3)]

    assert by_name(plain(*late))["not judged"].text == "3 cases: the harness was late, by 0.0 s"


def test_claims_are_counted_whatever_part_of_them_is_missing() -> None:
    causes = ("the target does not claim cache", "the target does not claim cache.streams", "odd", "")
    cases = [case(f"a.{n}", Verdict.NOT_APPLICABLE, cause=cause) for n, cause in enumerate(causes)]

    assert by_name(plain(*cases))["not claimed"].text == "4 cases: cache 2, odd 1, no reason given 1"


def test_rounds_are_told() -> None:
    assert by_name(unsteady_record())["stability"].text == (
        "3 rounds: 1 whose verdict differs; 1 that could not be judged each time"
    )


def test_many_cases_are_named_up_to_a_few() -> None:
    seen = [case(f"a.{n}", Verdict.INFO) for n in range(5)]

    assert by_name(plain(*seen))["observed"].text == "5 cases: a.0, a.1, a.2 and 2 more"
