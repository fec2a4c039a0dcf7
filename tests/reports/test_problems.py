"""Findings of one shape are one problem, told by its clearest case."""

from __future__ import annotations

from reports.problems import problems, shape
from reports.record import CaseResult, Finding, Level, Verdict, WireRow
from tests.reports.causes.samples import case


def _finding(message: str, invariant: str = "no-laundering", level: Level = Level.MUST) -> Finding:
    return Finding(invariant=invariant, level=level, message=message)


def _case(
    name: str,
    *findings: Finding,
    verdict: Verdict = Verdict.FAIL,
    faults: tuple[str, ...] = ("sse.truncate(after=3)",),
    rows: int = 1,
) -> CaseResult:
    row = WireRow(at_s=0.0, lane="client", exchange=1, kind="sent", label="x")
    return case(name, *findings, verdict=verdict, faults=faults).model_copy(update={"wire": (row,) * rows})


def test_findings_that_differ_in_step_and_numbers_are_one_problem() -> None:
    cases = (
        _case("endings.a", _finding("ask: [DONE] reached the client after 4 events and 1043 bytes (upstream closed)")),
        _case("endings.b", _finding("again#2: [DONE] reached the client after 9 events and 7 bytes (upstream reset)")),
    )

    (found,) = problems(cases)

    assert found.cases == ("endings.a", "endings.b")
    assert found.id.startswith("no-laundering-")


def test_another_invariant_in_the_same_words_is_another_problem() -> None:
    words = "ask: the answer is wrong"

    found = problems([_case("a.a", _finding(words), _finding(words, invariant="no-loss"))])

    assert [each.invariant for each in found] == ["no-laundering", "no-loss"]


def test_the_clearest_case_has_the_fewest_faults_and_then_the_shortest_exchange() -> None:
    words = _finding("ask: broken")
    cases = (
        _case("a.two-faults", words, faults=("tcp.reset(at_byte=1)", "http.status(code=500)")),
        _case("a.long", words, rows=9),
        _case("a.short", words, rows=2),
    )

    assert problems(cases)[0].clearest == "a.short"


def test_the_heaviest_comes_first_and_then_what_most_cases_show() -> None:
    rare, often = _finding("ask: rare"), _finding("ask: often")
    light = _finding("ask: light", level=Level.SHOULD)

    found = problems([_case("a.a", light, rare, often), _case("a.b", light, often), _case("a.c", light)])

    assert [each.message for each in found] == ["ask: often", "ask: rare", "ask: light"]


def test_a_problem_found_at_two_levels_weighs_the_heavier_and_is_told_by_a_case_that_shows_it() -> None:
    cases = (
        _case("a.light", _finding("ask: broken", level=Level.SHOULD), verdict=Verdict.NON_STRICT, faults=()),
        _case("a.heavy", _finding("ask: broken")),
    )

    (found,) = problems(cases)

    assert (found.level, found.clearest, len(found.cases)) == (Level.MUST, "a.heavy", 2)


def test_an_outcome_expected_in_vain_is_no_problem_beside_what_went_wrong_with_it() -> None:
    expected = _finding("ask: a whole answer was expected; 500", invariant="no-loss")
    why = _finding("ask: text was lost")
    light = _finding("ask: a habit", level=Level.SHOULD)

    assert [each.message for each in problems([_case("a.a", expected, why)])] == ["ask: text was lost"]
    assert len(problems([_case("a.a", expected, _finding("other: text was lost"))])) == 2
    assert len(problems([_case("a.a", expected, light)])) == 2
    assert len(problems([_case("a.a", expected), _case("a.b", why)])) == 2


def test_what_was_only_observed_or_not_judged_is_no_problem() -> None:
    observed = _finding("ask: a word", level=Level.OBSERVE)
    cases = (
        _case("a.a", observed, verdict=Verdict.INFO),
        _case("a.b", _finding("ask: a doubt"), verdict=Verdict.INCONCLUSIVE),
    )

    assert problems(cases) == ()


def test_a_shape_holds_no_number_no_quotation_and_no_list() -> None:
    message = "ask: finish_reason was 'stop', upstream said 'length' after 3 events (0.5 s) {'a': 1}"

    assert shape(_finding(message)) == "finish_reason was , upstream said after events"
