"""The screen: the verdict, what to mend, and where the rest is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from reports.record import Finding, Level, RunRecord, Verdict
from reports.terminal.screen import LINES_AT_MOST
from tests.reports.sample import HOSTILE, broken_record, case, hostile, laundered, record, unsteady_record
from tests.reports.terminal.shown import height, shown

COMMANDS = ("  replay", "  curl", "report  ")


def slack(case_id: str, message: str = "Retry-After was dropped") -> RunRecord:
    """A run in which a `should` was broken, and nothing else."""
    found = Finding(invariant="retry-after-kept", level=Level.SHOULD, message=message)
    return record([case("a.b"), case(case_id, Verdict.NON_STRICT, level=Level.SHOULD, findings=(found,))])


def test_the_verdict_comes_first() -> None:
    assert shown(record()).startswith("Verdict FAIL · ")


def test_a_problem_is_one_line_however_many_cases_show_it() -> None:
    cases = [laundered(), laundered().model_copy(update={"id": "streaming.cut-elsewhere"}), case("a.b")]

    text = shown(record(cases), width=120)

    assert "2 problems (1 must, 1 should)" in text
    assert "  2 cases  must    no-laundering  the upstream stream was reset after 3 of 12 events" in text
    assert text.count("no-laundering") == 2  # the line, and the finding of the clearest case


def test_the_first_problem_is_shown_with_what_proves_it() -> None:
    text = shown(record([laundered(), case("a.b")]))

    for part in (
        "clearest  streaming.cut-before-done",
        "  promised  When the upstream",
        "  saw       [DONE] 0.412 s",
        "  finding   no-laundering: ",
        "            client 1: data: [DONE]␍␊ at 0.412 s",
        "  faults    sse.truncate(after=3)  tcp.reset(at_byte=1873)",
        f"  replay    {laundered().replay}\n",
    ):
        assert part in text
    assert "break-visible: " not in text


def test_what_is_only_not_strict_is_one_line_a_problem() -> None:
    text = shown(slack("errors.retry-after"))

    assert "1 problem (1 should)\n  1 case   should  retry-after-kept  Retry-After was dropped\n" in text
    assert "clearest" not in text


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("of", [record(), broken_record(), broken_record(causes=1), unsteady_record(), record([])])
def test_it_fits_a_screen(of: RunRecord, width: int) -> None:
    text = shown(of, width=width)

    assert height(text, width) <= LINES_AT_MOST


def test_what_has_no_room_is_counted() -> None:
    text = shown(broken_record(30), width=80)
    rows = re.findall(r"^  +\d+ cases?  ", text.partition("problems (")[2], re.MULTILINE)
    rest = re.search(r"… and (\d+) more \((\d+) must, (\d+) should\)", text)

    assert rest is not None
    assert 3 <= len(rows) <= 10
    assert len(rows) + int(rest[1]) == 34  # thirty of them, and those of the sample
    assert int(rest[2]) + int(rest[3]) == int(rest[1])


def test_causes_stand_above_problems_and_say_how_to_mend_the_likeliest() -> None:
    text = shown(broken_record(2, causes=2), width=160)

    assert text.index("Likely causes") < text.index("problems (")
    assert "  1 case    In the way of aa bytes are decoded read by read" in text
    assert "  1 case    In the way of ab bytes are decoded read by read" in text
    assert text.count("fix       Decode with a decoder") == 1


def test_a_run_without_a_known_cause_names_none() -> None:
    assert "Likely cause" not in shown(record())


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_nothing_but_a_command_is_wider_than_the_console(width: int) -> None:
    lines = shown(record(), width=width).splitlines() + shown(broken_record(), width=width).splitlines()

    assert [line for line in lines if cell_len(line) > width and not line.startswith(COMMANDS)] == []


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_word_of_the_verdict_is_broken(width: int) -> None:
    told = shown(record(), width=width).split("\n\n")[0]

    assert " ".join(told.split()) == (
        "Verdict FAIL · 11 passed, 2 failed, 1 non-strict, 1 info, 3 not applicable, 1 inconclusive, "
        "1 in harness error in 31.2 s · seed 7 · target my-proxy"
    )


@pytest.mark.parametrize("width", [20, 44, 80, 200])
def test_a_command_is_never_broken(width: int) -> None:
    wanted = laundered()

    assert any(line.endswith(wanted.replay) for line in shown(record([wanted, case("a.b")]), width=width).splitlines())


def test_what_must_be_known_besides_is_a_line_each() -> None:
    of = record(coverage={"target": {"percent": 71.234, "fail_under": 80.0, "met": False}})

    lines = shown(of, width=160).splitlines()

    assert "not judged           1 case: the target answered the warm-up with 503" in lines
    assert "harness error        1 case, as slowness.drip: KeyError: 'delta' in the check of no-loss" in lines
    assert "target coverage      71.2 %, missed the gate of 80 %" in lines
    assert "not claimed          3 cases: kv 2, circuit_breaker 1" in lines


def test_what_to_do_about_cases_that_were_not_judged_is_not_cut_off() -> None:
    cause = "the 220 s of conformance are used up; take a longer --profile or a less busy machine"

    lines = shown(record([laundered(), case("a.b", Verdict.INCONCLUSIVE, cause=cause)]), width=80).splitlines()

    at = next(number for number, line in enumerate(lines) if line.startswith("not judged"))
    assert " ".join(" ".join(lines[at : at + 2]).split()) == f"not judged 1 case: {cause}"


def test_the_main_reason_stands_for_all_that_was_not_judged() -> None:
    late = [case(f"a.late-{n}", Verdict.INCONCLUSIVE, saw="", cause="the time was over") for n in range(3)]
    other = case("a.other", Verdict.INCONCLUSIVE, saw="", cause="nobody knows")

    assert "4 cases; 3 of them: the time was over" in shown(record([*late, other]))


def test_a_failed_case_without_a_finding_is_not_passed_over() -> None:
    assert "also failed          properties.search\n" in shown(
        record([case("properties.search", Verdict.FAIL), case("a.b")])
    )


def test_it_says_where_the_rest_is() -> None:
    assert shown(record()).endswith("report               edgeproof-report/index.html; -v shows everything here\n")
    assert shown(record(), page=None).endswith("report               -v shows everything here\n")


def test_a_verdict_that_hangs_on_chance_is_told_round_by_round() -> None:
    text = shown(unsteady_record())

    assert "  a.flips  pass, fail, pass\n  replay    edgeproof replay a.flips --seed 7" in text
    assert "3 rounds: 1 whose verdict differs; 1 that could not be" in text


def test_a_run_of_nothing_says_so() -> None:
    assert "Verdict INCONCLUSIVE · nothing was judged in" in shown(record([]))


def test_a_single_case_is_shown_in_full() -> None:
    text = shown(record([laundered()]))

    assert "  source    OpenAI API reference" in text
    assert "  finding   break-visible: no error event" in text
    assert laundered().curl in text
    assert "problem" not in text


def test_the_measurements_a_verb_is_for_are_shown() -> None:
    measured = record(load={"requests": 1200, "objectives": [{"objective": "ttft_p95_s < 1", "met": True}] * 2})

    assert "ttft_p95_s < 1" in shown(measured, tables=("load",))
    assert "ttft_p95_s < 1" not in shown(measured)


def test_a_log_gets_no_control_sequences() -> None:
    assert "\x1b" not in shown(record())
    assert "\x1b[" in shown(record(), is_terminal=True)


def test_a_target_cannot_act_on_the_terminal() -> None:
    text = shown(record([hostile(), case("a.b", Verdict.HARNESS_ERROR, cause=HOSTILE)]), width=300)

    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text


@settings(max_examples=40)
@given(text=st.text(), width=st.integers(10, 120))
def test_any_text_can_be_shown(text: str, width: int) -> None:
    found = (Finding(invariant=text, level=Level.MUST, message=text, evidence=(text,)),)
    wrong = case("a.b", Verdict.FAIL, saw=text, promised=text, replay=text, faults=(text,), findings=found)

    assert "FAIL" in shown(record([wrong, case("c.d")]), width=width)
