"""Failures are told apart by what broke and in which words; of each the smallest example is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.families import client, http
from harness.core.judging.failures import Failure, Failures, content_name, elements, failures_of
from harness.core.judging.result import unrun
from reports.record import Finding, Level, Verdict
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import found_case


def case(*codes: int, steps: int = 1) -> Case:
    asked = [Step(label=f"ask-{at}") for at in range(steps)]
    return found_case("found.case", asked, [Upstream(faults=(http.Status(code=code),)) for code in codes])


def finding(message: str, *, invariant: str = "no-loss", level: Level = Level.MUST) -> Finding:
    return Finding(invariant=invariant, level=level, message=message)


def failure(of: Case, message: str = "ask: lost 3 characters", *, invariant: str = "no-loss") -> Failure:
    found = finding(message, invariant=invariant)
    return Failure(case=of, finding=found, result=unrun(of, Verdict.FAIL, ""))


def test_the_same_words_about_other_numbers_and_names_are_one_failure() -> None:
    first = failure(case(500), "ask-1: lost 3 characters of 'abc' (see there)")
    second = failure(case(503), 'ask-2#4: lost 17.5 characters of "de" (or here)')

    assert first.key == second.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a: calls [('f', '{\"b\": (1'), upstream sent []", "b: calls [('g', '{{'), upstream sent [()]"),
        ("a: text was invented: 'it\\'s (x' was never sent", "a: text was invented: 'y' was never sent"),
        ('a: lost "it\'s"', 'b: lost "mine"'),
        ("a: it ended with 'abc", "a: it ended with 'something that is shown in part and"),
    ],
)
def test_what_is_quoted_in_a_message_makes_no_other_failure_of_it(one: str, other: str) -> None:
    assert failure(case(500), one).key == failure(case(500), other).key


def test_an_apostrophe_in_a_word_quotes_nothing() -> None:
    assert failure(case(500), "a: upstream's end").key != failure(case(500), "a: upstream's head").key


def test_a_failure_knows_the_step_that_it_is_about() -> None:
    labels = [failure(case(500), message).label for message in ("ask-0: lost", "ask-0#2: lost", "nobody answers: 500")]

    assert labels == ["ask-0", "ask-0", None]


def test_other_words_or_another_invariant_are_another_failure() -> None:
    keys = {
        failure(case(500), "ask: lost 3 characters").key,
        failure(case(500), "ask: lost the end").key,
        failure(case(500), "ask: lost 3 characters", invariant="order-kept").key,
    }

    assert len(keys) == 3


def test_fewer_faults_are_smaller_and_then_fewer_requests() -> None:
    sizes = [failure(case(500)).size, failure(case(500, steps=2)).size, failure(case(500, 503)).size]

    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


def test_faults_of_clients_are_elements_too() -> None:
    both = found_case(
        "a.b", [Step(faults=(client.NotJson(),))], [Upstream(faults=(http.Status(), http.EmptyResponse()))]
    )

    assert elements(both) == 3


def test_the_smallest_examples_are_kept_in_their_order_each_once() -> None:
    failures = Failures(most_examples=2)
    for of in (case(500, 503, 502), case(500), case(500), case(500, 503)):
        failures.add(failure(of))

    ((key, examples),) = failures

    assert key in failures
    assert len(failures) == 1
    assert [elements(each.case) for each in examples] == [1, 2]


def test_an_example_of_another_search_stays_however_large_it_is() -> None:
    failures = Failures(most_examples=1)
    for of in (case(500), replace(case(500, 503), id="sweep.one"), case(502)):
        failures.add(failure(of))

    ((_, examples),) = failures

    assert [(each.case.family, elements(each.case)) for each in examples] == [("found", 1), ("sweep", 2)]


def test_a_name_follows_from_what_a_case_does_and_not_from_its_id() -> None:
    one, other = case(500), found_case("found.other", case(500).steps, case(500).upstream)

    assert content_name(one) == content_name(other)
    assert content_name(one) != content_name(case(503))
    assert len(content_name(one)) == 10


def test_only_a_breach_of_full_weight_is_searched_for() -> None:
    result = unrun(case(500), Verdict.FAIL, "").model_copy(
        update={
            "findings": (
                finding("lost"),
                finding("passed on", invariant="valid-framing", level=Level.SHOULD),
                finding("lumps", invariant="cadence", level=Level.SHOULD),
            )
        }
    )

    assert [each.finding.message for each in failures_of(case(500), result)] == ["lost", "lumps"]


def test_what_was_not_judged_is_no_failure() -> None:
    result = unrun(case(500), Verdict.INCONCLUSIVE, "late").model_copy(update={"findings": (finding("lost"),)})

    assert list(failures_of(case(500), result)) == []
