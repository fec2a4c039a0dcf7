"""The records of shards become one, and what does not belong together is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.core.judging.merge import merge
from harness.core.run.gate import exit_code
from harness.errors import UsageError
from reports.causes import explained
from reports.left_out import FOR_LONGER
from reports.record import CaseResult, Finding, Level, RunRecord, Shard, Stability, Target, Unsteady, Verdict
from tests.reports.sample import case, record

ORDER = ("a.one", "a.two", "b.one", "b.two")
LOST = Finding(invariant="no-loss", level=Level.MUST, message="ask: text was lost: 3 of 9 characters arrived")


def shard(number: int, *cases: str | CaseResult, of: int = 2, **more: object) -> RunRecord:
    results = [each if isinstance(each, CaseResult) else case(each) for each in cases]
    fields: dict[str, object] = {"shard": Shard(numbers=(number,), of=of, plan="p"), **more}
    return record(results, **fields)


def test_the_cases_of_all_parts_are_in_the_usual_order() -> None:
    whole = merge({"1": shard(1, "b.two", "a.one", "found.x"), "2": shard(2, "a.two", "b.one")}, order=ORDER)

    assert [each.id for each in whole.cases] == [*ORDER, "found.x"]
    assert whole.counts[Verdict.PASS] == 5
    assert whole.shard == Shard(numbers=(1, 2), of=2, plan="p", merged=True)
    assert exit_code(whole) == 0


def test_it_has_begun_with_the_first_part_and_taken_as_long_as_the_longest() -> None:
    parts = {
        "1": shard(1, "a.one", started_at="2026-03-02T10:00:00Z", duration_s=30),
        "2": shard(2, "a.two", started_at="2026-03-02T09:00:00Z", duration_s=50),
    }

    whole = merge(parts, order=ORDER)

    assert (whole.started_at, whole.duration_s) == (datetime(2026, 3, 2, 9, tzinfo=UTC), 50)


def test_the_worst_verdict_counts_and_problems_are_made_anew_over_all_parts() -> None:
    parts = {
        "1": explained(shard(1, case("a.one", Verdict.FAIL, findings=(LOST,)))),
        "2": explained(shard(2, case("b.one", Verdict.FAIL, findings=(LOST,)))),
    }

    whole = explained(merge(parts, order=ORDER))

    assert whole.verdict is Verdict.FAIL
    assert [problem.cases for problem in whole.problems] == [("a.one", "b.one")]


def test_a_part_that_is_missing_keeps_the_whole_from_passing() -> None:
    parts = {str(number): shard(number, f"a.{number}", of=4) for number in (1, 2, 4)}

    whole = merge(parts, order=ORDER)

    assert whole.shard is not None
    assert whole.shard.missing == (3,)
    assert str(whole.shard) == "merged from 3 of 4 shards; shard 3 is missing"
    assert [each.cause for each in whole.cases if not each.verdict.judged] == ["shard 3 is missing"]
    assert exit_code(whole) == 3


def test_a_missing_part_can_be_merged_later() -> None:
    first = merge({"1": shard(1, "a.one", of=3), "3": shard(3, "b.one", of=3)}, order=ORDER)

    whole = merge({"first": first, "2": shard(2, "a.two", of=3)}, order=ORDER)

    assert [each.id for each in whole.cases] == ["a.one", "a.two", "b.one"]
    assert whole.verdict is Verdict.PASS


def test_what_one_part_measured_is_kept_and_pairs_that_were_met_are_united() -> None:
    met = {"pairs": 10, "percent": 20.0, "fail_under": None, "met": None, "exchanges": 4}
    parts = {
        "1": shard(1, "a.one", load={"answers": 7}, leaks={}, coverage={"resilience": {**met, "seen": "3"}}),
        "2": shard(2, "a.two", load={}, leaks={"summary": []}, coverage={"resilience": {**met, "seen": "86"}}),
    }

    whole = merge(parts, order=ORDER, resilience_fail_under=80.0)

    assert whole.load == {"answers": 7}
    assert whole.leaks == {"summary": []}
    assert whole.coverage["resilience"] == {
        "pairs": 10, "pairs_met": 4, "percent": 40.0, "fail_under": 80.0, "met": False, "exchanges": 8, "seen": "87",
    }  # fmt: skip
    assert exit_code(whole) == 4


def test_coverage_that_cannot_be_merged_is_told_of() -> None:
    parts = {
        "1": shard(1, "a.one", coverage={"target": {"percent": 50.0}}),
        "2": shard(2, "a.two", coverage={"target": {"percent": 60.0}}),
    }

    whole = merge(parts, order=ORDER)

    assert whole.coverage == {}
    assert "not merged" in str(whole.not_judged)


def test_what_the_profile_leaves_out_is_told_once() -> None:
    left = {FOR_LONGER: 38}
    parts = {"1": shard(1, "a.one", not_judged=left), "2": shard(2, "a.two", not_judged=left)}

    assert merge(parts, order=ORDER).not_judged == left


def test_unsteady_cases_of_all_parts_are_kept() -> None:
    turns = Unsteady(id="b.one", differs="verdict", verdicts=(Verdict.PASS, Verdict.FAIL), sides=())
    parts = {
        "1": shard(1, "a.one", stability=Stability(rounds=2)),
        "2": shard(2, "b.one", stability=Stability(rounds=2, cases=(turns,))),
    }

    assert merge(parts, order=ORDER).stability == Stability(rounds=2, cases=(turns,))


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (record([case("a.two")]), "two is not a shard"),
        (shard(1, "a.two"), "one and two are both shard 1"),
        (shard(2, "a.one"), "one and two both have the case a.one"),
        (shard(2, "a.two", of=3), "the number of shards differs: 2 and 3"),
        (shard(2, "a.two", seed=8), "the seed differs: 7 and 8"),
        (shard(2, "a.two", edgeproof="9"), "the edgeproof differs: 0.1.0 and 9"),
        (shard(2, "a.two", profile="soak"), "the profile differs: quick and soak"),
        (shard(2, "a.two", target=Target(name="other", url="")), "the target differs: my-proxy and other"),
        (shard(2, "a.two", target=Target(name="my-proxy", url="")), "the command of the target differs"),
        (shard(2, "a.two", shard=Shard(numbers=(2,), of=2, plan="q")), "the choice of cases and suites differs"),
        (shard(2, "a.two", stability=Stability(rounds=2)), "the number of rounds differs: 1 and 2"),
    ],
)
def test_what_does_not_belong_together_is_refused_by_name(second: RunRecord, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        merge({"one": shard(1, "a.one"), "two": second}, order=ORDER)
