from __future__ import annotations

import pytest

from harness.core.load.answer import Answer
from harness.core.load.objectives import DEFAULTS, METRICS, Objective, is_good, read_objectives
from harness.errors import UsageError


def test_what_was_not_measured_meets_no_objective() -> None:
    for relation in ("<", "<=", ">", ">="):
        assert not Objective("ttft_p95_s", relation, 1).met({})
        assert not Objective("ttft_p95_s", relation, 1).met({"ttft_p95_s": None})


@pytest.mark.parametrize(
    ("relation", "below", "equal", "above"),
    [("<", True, False, False), ("<=", True, True, False), (">", False, False, True), (">=", False, True, True)],
    ids=["less", "at-most", "more", "at-least"],
)
def test_a_bound_is_held_as_it_is_written(relation: str, *, below: bool, equal: bool, above: bool) -> None:
    objective = Objective("error_rate", relation, 1)

    held = [objective.met({"error_rate": value}) for value in (0.5, 1.0, 1.5)]

    assert held == [below, equal, above]


def test_objectives_are_read_line_by_line_without_comments() -> None:
    read = read_objectives("# mine\nttft_p95_s < 1 # s\n\nerror_rate<0.01", source="mine")

    assert read == (Objective("ttft_p95_s", "<", 1), Objective("error_rate", "<", 0.01))


def test_the_defaults_read_as_they_are_written() -> None:
    assert read_objectives("\n".join(map(str, DEFAULTS)), source="defaults") == DEFAULTS


@pytest.mark.parametrize(
    ("text", "what", "next_step"),
    [
        ("", "mine holds no objective", "write one, as in: ttft_p95_s < 1"),
        ("\nttft_p95_s", "mine, line 2: 'ttft_p95_s' is no objective", "as in: ttft_p95_s < 1"),
        ("speed > 1", "mine, line 1: nothing is called 'speed'", f"there are: {', '.join(sorted(METRICS))}"),
    ],
)
def test_a_refusal_says_where_what_and_what_would_do(text: str, what: str, next_step: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_objectives(text, source="mine")

    assert (refused.value.what, refused.value.next_step) == (what, next_step)


@pytest.mark.parametrize("text", ["", "ttft_p95_s", "ttft_p95_s < fast", "speed > 1", "error_rate == 0"])
def test_what_is_no_objective_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="mine"):
        read_objectives(text, source="mine")


@pytest.mark.parametrize(
    ("objective", "keeps"),
    [
        ("ttft_p95_s < 0.2", True),
        ("ttft_p95_s < 0.05", False),
        ("tokens_per_s_p50 > 9", True),
        ("tokens_per_s_p50 > 11", False),
        ("itl_p95_s < 0.4", False),
        ("itl_p50_s < 0.4", True),
        ("longest_stall_p99_s < 0.4", False),
        ("error_rate < 0.01", True),
    ],
)
def test_an_answer_is_good_when_it_keeps_to_what_is_about_single_answers(objective: str, *, keeps: bool) -> None:
    answer = Answer(
        ending="finished", ttft_s=0.1, gaps_s=(0.1, 0.1, 0.5), tpot_s=0.1, e2e_s=0.4, tokens=4, body_bytes=1
    )

    assert is_good(read_objectives(objective, source="here"), answer) is keeps


def test_what_an_answer_cannot_have_is_not_held_against_it() -> None:
    one_token = Answer(ending="finished", ttft_s=0.1, gaps_s=(), tpot_s=None, e2e_s=0.1, tokens=1, body_bytes=1)

    assert is_good(read_objectives("tpot_p95_s < 0.01\nitl_p95_s < 0.01", source="here"), one_token)


def test_a_misspelt_metric_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean ttft_p95_s"):
        read_objectives("ttft_p95 < 1", source="mine")
