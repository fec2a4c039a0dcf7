"""Problems beside the cases that show them best."""

from __future__ import annotations

from reports.overview import amount, by_case, counted, told, unexplained
from reports.problems import problems
from reports.record import CaseResult, Finding, Level, Verdict
from tests.reports.sample import case, laundered, record


def broken(case_id: str, *messages: str, level: Level = Level.MUST, faults: int = 1) -> CaseResult:
    found = tuple(Finding(invariant="no-loss", level=level, message=message) for message in messages)
    return case(case_id, Verdict.FAIL, findings=found, faults=("f",) * faults)


def test_a_problem_stands_beside_its_clearest_case_and_finding() -> None:
    (first, *_) = told(record([laundered(), case("a.b")]))

    assert first.case.id == "streaming.cut-before-done"
    assert first.finding.invariant == first.problem.invariant == "no-laundering"
    assert first.others == ()


def test_a_record_too_old_to_hold_problems_has_the_same_ones() -> None:
    old = record([broken("a.one", "ask: lost"), broken("a.two", "ask: lost", faults=2)])
    new = old.model_copy(update={"problems": problems(old.cases)})

    assert old.problems == ()
    assert told(old) == told(new)
    assert [other.id for other in told(old)[0].others] == ["a.two"]


def test_the_heaviest_comes_first_then_the_most_often_seen() -> None:
    often = [broken(f"a.{n}", "slow", level=Level.SHOULD) for n in "xyz"]
    of = record([*often, broken("b.x", "doubled", "lost"), broken("b.y", "lost")])

    assert [each.message for each in told(of)] == ["lost", "doubled", "slow"]


def test_of_two_seen_alike_the_one_that_is_told_first_comes_first() -> None:
    for one, other in (("alpha", "beta"), ("beta", "alpha")):
        assert [each.message for each in told(record([broken("a.b", one, other)]))] == [one, other]


def test_the_name_of_the_step_is_left_out_of_a_line() -> None:
    (one, other) = told(record([broken("a.b", "ask#2: text was lost", "status None: refused, and so lost")]))

    assert one.message == "text was lost"
    assert other.message == "status None: refused, and so lost"


def test_every_case_knows_its_problems() -> None:
    found = told(record([broken("a.b", "lost", "doubled"), broken("a.c", "lost")]))

    assert {name: [each.message for each in shows] for name, shows in by_case(found).items()} == {
        "a.b": ["lost", "doubled"],
        "a.c": ["lost"],
    }


def test_a_failed_case_without_a_finding_is_unexplained() -> None:
    of = record([broken("a.b", "lost"), case("a.c", Verdict.FAIL), case("a.d")])

    assert [each.id for each in unexplained(of, told(of))] == ["a.c"]


def test_amounts_are_told_in_words() -> None:
    of = told(record([broken("a.b", "lost"), broken("a.c", "slow", level=Level.SHOULD)]))

    assert counted(of) == "1 must, 1 should"
    assert counted(of[:1]) == "1 must"
    assert [amount(number, "case") for number in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]
