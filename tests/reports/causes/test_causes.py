"""Causes are made from the cases of a record and from nothing else."""

from __future__ import annotations

import pytest

from reports import causes as room
from reports.causes import causes, explained
from reports.causes.cover import Library
from reports.causes.seen import Pair
from reports.causes.signatures import Known
from reports.record import Level, RunRecord, Verdict
from tests.reports.causes.samples import case, finding, mistake, pairs, record_of, signature

HARMLESS = Pair("streaming.j", "no-loss")


@pytest.fixture(autouse=True)
def _invented(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known(signatures=(signature("g", pairs("abc")),), harmless=frozenset({HARMLESS}))
    greedy = mistake("greedy", "g", best=("streaming.x", "streaming.b"))
    monkeypatch.setattr(room, "known", lambda: known)
    monkeypatch.setattr(room, "_library", lambda: Library(signatures=known.signatures, made_by={"g": greedy}))


GREEDY = (
    case("streaming.a", finding("no-loss", "ask: text is missing")),
    case("streaming.b", finding("no-loss", "ask: text is missing"), faults=("sse.crlf",)),
    case("streaming.c", finding("no-loss", "ask: other text is missing")),
)


def test_a_cause_says_what_it_explains_and_how_to_see_it_again() -> None:
    (cause,) = causes(record_of(*GREEDY))

    assert (cause.id, cause.score) == ("greedy", 1.0)
    assert cause.cases == ("streaming.a", "streaming.b", "streaming.c")
    assert len(cause.explains) == 2
    assert (cause.clearest, cause.replay) == ("streaming.b", "edgeproof replay streaming.b")


def test_what_only_says_that_an_outcome_was_expected_names_no_cause() -> None:
    alone = finding("no-loss", "ask: no success was expected; 200")
    why = finding("no-laundering", "ask: it was told that all is well")

    assert causes(record_of(case("streaming.a", alone))) != ()
    assert causes(record_of(case("streaming.a", alone, why))) == ()


def test_without_a_case_that_shows_it_best_the_smallest_is_the_clearest() -> None:
    big = case("streaming.a", finding("no-loss"), faults=("sse.crlf",))

    (cause,) = causes(record_of(big, GREEDY[2]))

    assert cause.clearest == "streaming.c"


def test_a_problem_names_its_causes_and_what_is_left_over_names_none() -> None:
    record = explained(record_of(*GREEDY, case("streaming.d", finding("no-leak"))))

    assert [(problem.invariant, problem.causes) for problem in record.problems] == [
        ("no-loss", ("greedy",)),
        ("no-leak", ()),
        ("no-loss", ("greedy",)),
    ]


def test_a_run_that_found_nothing_has_no_cause() -> None:
    assert causes(record_of(case("streaming.a", verdict=Verdict.PASS))) == ()


def test_what_right_proxies_show_as_well_is_no_evidence() -> None:
    light = finding("no-loss", level=Level.SHOULD)

    assert causes(record_of(case("streaming.j", light, verdict=Verdict.NON_STRICT))) == ()


def test_an_old_record_gets_the_same_causes_as_a_new_one() -> None:
    old = RunRecord.from_json(record_of(*GREEDY).to_json())

    assert explained(old).causes == causes(record_of(*GREEDY))


def test_causes_told_already_are_made_anew() -> None:
    once = explained(record_of(*GREEDY))

    assert explained(once) == once
