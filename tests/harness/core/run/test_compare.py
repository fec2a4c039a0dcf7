from __future__ import annotations

import pytest

from harness.core.run.compare import Change, compare_records, in_both
from reports.record import Verdict
from tests.harness.core.run.test_baseline import CUT, LOST, broke
from tests.harness.core.run.test_gate import record
from tests.reports.sample import case
from tests.reports.sample import record as sample

FAIL, SOFT, PASS, INFO, DOUBT = Verdict.FAIL, Verdict.NON_STRICT, Verdict.PASS, Verdict.INFO, Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (PASS, FAIL, "worse"),
        (SOFT, FAIL, "worse"),
        (PASS, INFO, "worse"),
        (FAIL, SOFT, "better"),
        (INFO, PASS, "better"),
        (PASS, DOUBT, "changed"),
        (Verdict.NOT_APPLICABLE, FAIL, "changed"),
        (None, FAIL, "changed"),
        (FAIL, None, "changed"),
    ],
)
def test_only_what_was_judged_twice_gets_worse_or_better(
    before: Verdict | None, after: Verdict | None, word: str
) -> None:
    assert Change(case_id="a", before=before, after=after).word == word


def test_what_got_worse_comes_first_and_what_stayed_is_left_out() -> None:
    before = record({"a": FAIL, "b": PASS, "c": PASS, "d": PASS, "gone": PASS})
    after = record({"a": PASS, "b": FAIL, "c": FAIL, "d": PASS, "new": PASS})

    changes = compare_records(before, after)

    assert [(change.case_id, change.word) for change in changes] == [
        ("b", "worse"),
        ("c", "worse"),
        ("a", "better"),
    ]


def test_nothing_is_said_of_what_one_run_was_not_asked_to_play() -> None:
    whole, some = record({"a": PASS, "b": FAIL, "c": PASS}), record({"b": PASS, "new": FAIL})

    assert [change.case_id for change in compare_records(whole, some)] == ["b"]
    assert in_both(whole, some) == {"b"}


def test_what_only_one_of_two_searches_has_found_is_told_as_changed() -> None:
    before = sample([case("search.streams", suite="properties"), case("found.old", FAIL, suite="properties")])
    after = sample([case("search.streams", suite="properties"), case("found.new", FAIL, suite="properties")])
    unsearched = sample([case("search.streams")])

    assert [(each.case_id, each.word) for each in compare_records(before, after)] == [
        ("found.new", "changed"),
        ("found.old", "changed"),
    ]
    assert compare_records(unsearched, after) == ()


def test_a_record_is_no_different_from_itself() -> None:
    of = record({"a": FAIL, "b": PASS})

    assert compare_records(of, of) == ()


def test_a_case_with_the_same_verdict_got_worse_where_it_breaks_something_new() -> None:
    one, both = sample([broke("a.b", CUT)]), sample([broke("a.b", CUT, LOST)])

    (change,) = compare_records(one, both)

    assert (change.is_worse, change.breach) == (True, "no-laundering: the text was lost")
    assert compare_records(both, one) == ()
    assert compare_records(both, both) == ()
