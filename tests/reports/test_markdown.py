"""The record as a step summary."""

from __future__ import annotations

from reports import markdown
from reports.record import Verdict
from tests.reports.sample import HOSTILE, case, record, unsteady_record


def test_the_verdict_comes_first_and_the_counts_after_it() -> None:
    lines = markdown.render(record()).splitlines()

    assert lines[0] == "## edgeproof: FAIL for my-proxy"
    assert lines[4] == "| 11 | 2 | 1 | 1 | 3 | 1 | 1 |"


def test_what_needs_a_reader_is_told_worst_first() -> None:
    text = markdown.render(record())
    places = [text.index(f"### {word} ") for word in ("FAIL", "HARNESS-ERROR", "INCONCLUSIVE", "NON-STRICT")]

    assert places == sorted(places)
    assert "### PASS" not in text
    assert "```sh\nedgeproof replay streaming.cut-before-done --seed 7 --target my-proxy.toml\n```" in text


def test_a_target_cannot_write_markup() -> None:
    text = markdown.render(
        record([case("a.b", Verdict.FAIL, saw=HOSTILE + "\n# big", replay="a ``` b\n```", faults=())])
    )

    assert "\\</script\\>\\<script\\>" in text
    assert "\n# big" not in text
    assert "````sh\na ``` b␊```\n````" in text


def test_a_long_summary_is_cut() -> None:
    many = [case(f"a.{n}", Verdict.FAIL, saw="x" * 100_000, replay="") for n in range(30)]

    text = markdown.render(record(many))

    assert "… 5 more in results.json." in text
    assert len(text) < 200_000


def test_a_clean_run_is_short() -> None:
    assert len(markdown.render(record([case("a.b")])).splitlines()) == 7


def test_what_a_load_was_held_against_is_a_table() -> None:
    load = {"objectives": [{"objective": "ttft_p95_s < 1", "measured": None, "met": None}], "users": 4}

    lines = markdown.render(record([case("a.b")], load=load)).splitlines()

    rows = ["| objective | measured | met |", "|---|---|---|", r"| ttft\_p95\_s \< 1 | unknown | unknown |"]
    assert lines[-3:] == rows


def test_verdicts_that_differ_between_rounds_are_a_table() -> None:
    text = markdown.render(unsteady_record())

    assert "Played 3 times with one seed: 1 whose verdict differs." in text
    assert "| a.flips | pass | fail | pass |" in text
    assert "with one seed" not in markdown.render(record())
