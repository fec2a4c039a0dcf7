"""The record in full: every case that is no plain pass, every measurement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from reports.record import RunRecord, Verdict
from tests.reports.sample import HOSTILE, broken_record, case, laundered, record, unsteady_record
from tests.reports.terminal.shown import shown


def in_full(of: RunRecord, *, width: int = 80, is_terminal: bool = False) -> str:
    """Return what is printed on request."""
    return shown(of, width=width, is_terminal=is_terminal, verbose=True)


def test_the_verdict_stands_at_both_ends() -> None:
    told = "Verdict FAIL · 11 passed, 2 failed, 1 non-strict, 1 info, 3 not applicable, 1 inconclusive, "

    lines = in_full(record(), width=200).splitlines()

    assert lines[0].startswith(told)
    assert lines[-1] == lines[0]


def test_every_problem_and_what_mends_every_cause_is_told() -> None:
    text = in_full(broken_record(30, causes=8), width=160)

    assert "34 problems (32 must, 2 should)" in text
    assert text.count("fix       Decode") == 8
    assert " more (" not in text


def test_verdicts_are_told_from_worst_to_least() -> None:
    text = in_full(record())
    words = ("FAIL  ", "NON-STRICT  ", "INFO  ", "INCONCLUSIVE  ", "HARNESS-ERROR  ")
    places = [text.index(f"\n{word}") for word in words]

    assert places == sorted(places)


def test_a_failure_says_all_that_is_known() -> None:
    text = in_full(record([laundered()]))

    for part in (
        "  promised  When the upstream",
        "  saw       [DONE] 0.412 s",
        "  finding   no-laundering: ",
        "            client 1: data: [DONE]␍␊ at 0.412 s",
        "  faults    sse.truncate(after=3)  tcp.reset(at_byte=1873)",
        "  source    OpenAI API reference",
    ):
        assert part in text


@pytest.mark.parametrize("width", [20, 44, 80, 200])
def test_a_command_is_never_broken(width: int) -> None:
    wanted = laundered()

    lines = in_full(record([wanted]), width=width).splitlines()

    assert any(line.endswith(wanted.replay) for line in lines)
    assert any(line.endswith(wanted.curl) for line in lines)


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_nothing_else_is_wider_than_the_console(width: int) -> None:
    lines = in_full(record(), width=width).splitlines()
    commands = ("  replay", "  curl", "report  ")

    too_wide = [line for line in lines if cell_len(line) > width and not line.startswith(commands)]

    assert too_wide == []


def test_every_column_and_the_total_fit_in_80() -> None:
    lines = in_full(record()).splitlines()
    heading = next(line for line in lines if line.startswith("family"))

    assert heading.split() == ["family", "pass", "fail", "non-strict", "info", "n/a", "inconclusive", "error"]
    assert next(line for line in lines if line.startswith("total")).split()[1:] == ["11", "2", "1", "1", "3", "1", "1"]


def test_a_target_cannot_act_on_the_terminal() -> None:
    text = in_full(
        record([case("a.b", Verdict.FAIL, saw=HOSTILE, promised="\x1b]0;owned\x07", replay="a\rb")]), width=300
    )

    assert "\x1b" not in text
    assert "[bold]x[/bold]" in text
    assert "␛]0;owned␇" in text
    assert "a␍b" in text


def test_not_applicable_cases_are_listed_by_capability() -> None:
    text = in_full(record())

    assert "Not applicable (3)" in text
    assert "  the target does not claim kv: kv.corrupt-entry, kv.slow-read" in text


def test_a_case_that_is_not_applicable_without_a_cause_is_listed() -> None:
    assert "no reason given: a.b" in in_full(record([case("a.b", Verdict.NOT_APPLICABLE)]))


def test_measurements_are_told_and_long_ones_cut() -> None:
    text = in_full(record(load={f"k{n}": n for n in range(30)}))

    assert "Load\n  k0" in text
    assert "… 10 more in results.json" in text
    assert "  lines_percent  87.5" in text


def test_a_wide_table_breaks_its_headings_between_words_and_no_number() -> None:
    row = {"database": "postgresql", "right": 200, "list_looks": 135, "most_streams": 100, "lasted_s": 18.21}
    text = in_full(record(load={"databases": [{**row, "generator_cpus": 0.09, "answers_in_all": 200}] * 2}), width=72)

    lines = [line.split() for line in text.splitlines()]
    at = next(number for number, line in enumerate(lines) if line[:1] == ["postgresql"])
    assert lines[at] == ["postgresql", "200", "135", "100", "18.21", "0.09", "200"]
    assert {"generator", "cpus", "most", "streams"} <= {word for line in lines[at - 3 : at] for word in line}


def test_empty_measurements_are_left_out() -> None:
    text = in_full(record(load={}, leaks={}, coverage={}))

    assert "Load" not in text
    assert "Leaks" not in text


def test_one_suite_is_not_named_in_every_row() -> None:
    assert "\nstreaming " in "\n" + in_full(record([laundered()]))


@settings(max_examples=40)
@given(text=st.text(), width=st.integers(10, 120))
def test_any_text_can_be_shown(text: str, width: int) -> None:
    of = record([case("a.b", Verdict.FAIL, saw=text, promised=text, replay=text, faults=(text,), family=text)])

    assert "FAIL" in in_full(of, width=width)


def test_what_differed_between_rounds_is_told_round_by_round() -> None:
    text = in_full(unsteady_record())

    assert "Stability over 3 rounds\n  1 whose verdict differs\n    a.flips  pass  fail  pass\n" in text
    assert "  1 that could not be judged each time\n    a.waits  pass  pass  inconclusive\n" in text
    assert "Stability" not in in_full(record())
