"""What a run says of how far it is."""

from __future__ import annotations

import re

import pytest

from harness.cli.running import progress as module
from harness.cli.running.progress import RunProgress
from reports.record import CaseResult, Level, Verdict


def result(name: str, verdict: Verdict = Verdict.PASS) -> CaseResult:
    return CaseResult(
        id=name, suite="conformance", family="f", level=Level.MUST, verdict=verdict, duration_s=0.0, promised="", saw=""
    )


def test_only_what_was_planned_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(["a", "b"]) as progress:
        for each in ("a", "found.1", "found.2", "found.3", "b"):
            progress.done(result(each))

    assert capsys.readouterr().err.splitlines() == ["1 of 2 cases", "2 of 2 cases"]


def test_what_a_search_found_is_told_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(["a"]) as progress:
        progress.done(result("found.1", Verdict.FAIL))

    assert capsys.readouterr().err.split() == ["FAIL", "found.1"]


def test_a_terminal_names_the_first_failures_and_a_log_all_of_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> int:
        with RunProgress(["a"]) as progress:
            for number in range(30):
                progress.done(result(f"found.{number}", Verdict.FAIL))
        return capsys.readouterr().err.count("found.")

    in_a_log = told()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")

    assert in_a_log == 30
    assert told() == 5


def test_rounds_are_counted_together(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(["a"], rounds=2) as progress:
        progress.done(result("a"))
        progress.done(result("a"))

    assert capsys.readouterr().err.splitlines()[-1] == "2 of 2 cases"


def test_a_search_says_now_and_then_how_much_it_has_played(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SAYS_EVERY_S", 0.0)
    with RunProgress([]) as progress:
        progress.played()
        progress.played()

    assert capsys.readouterr().err.splitlines() == ["1 case of searches played", "2 cases of searches played"]


def test_what_does_not_apply_is_taken_off_the_total(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(["a", "b", "c"]) as progress:
        progress.done(result("b", Verdict.NOT_APPLICABLE))
        progress.done(result("a"))
        progress.done(result("c"))

    assert capsys.readouterr().err.splitlines() == ["1 of 2 cases", "2 of 2 cases"]


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_a_bar_keeps_its_numbers_whole_and_fits_the_terminal(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": str(columns)}.items():
        monkeypatch.setenv(name, value)
    with RunProgress([f"c{number}" for number in range(574)]) as progress:
        progress.say("SIGINT: ending the run (again: without waiting for the target)")
        progress.played()
        progress.done(result("c1", Verdict.FAIL))
        progress._bar.refresh()

    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    bars = [line for line in re.split(r"[\r\n]+", shown) if "574" in line]
    assert "1/574" in bars[-1]
    assert "1 searched 1 failed" in bars[-1]
    assert max(map(len, bars)) <= columns
