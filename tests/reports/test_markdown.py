"""The record as a step summary."""

from __future__ import annotations

from reports import markdown
from tests.reports.sample import HOSTILE, broken_record, case, hostile, record, unsteady_record


def test_the_verdict_comes_first_and_the_counts_after_it() -> None:
    lines = markdown.render(record()).splitlines()

    assert lines[0] == "## edgeproof: FAIL for my-proxy"
    assert lines[4] == "| 11 | 2 | 1 | 1 | 3 | 1 | 1 |"


def test_problems_are_a_table_the_heaviest_first() -> None:
    lines = markdown.render(record()).splitlines()
    at = lines.index("### 4 problems (2 must, 2 should)")

    assert lines[at + 2] == "| cases | level | invariant | seen | clearest case |"
    assert [line.split(" | ")[1] for line in lines[at + 4 : at + 8]] == ["must", "must", "should", "should"]
    assert any(line.startswith("| 1 | must | no-laundering | the upstream stream was reset") for line in lines)


def test_the_first_problems_are_shown_with_evidence_and_how_to_see_them_again() -> None:
    text = markdown.render(record())

    assert "#### no-laundering: streaming.cut-before-done" in text
    assert "```text\nupstream 1: reset at 0.262 s\nclient 1: data: [DONE]␍␊ at 0.412 s\n```" in text
    assert "```sh\nedgeproof replay streaming.cut-before-done --seed 7 --target my-proxy.toml\n```" in text


def test_causes_come_before_problems_with_what_mends_them() -> None:
    text = markdown.render(broken_record(2, causes=2))

    assert text.index("### Likely causes") < text.index("problems (")
    assert "1. **In the way of aa bytes are decoded" in text
    assert "(1 case, 1 problem) Decode with a decoder" in text
    assert "Likely cause" not in markdown.render(record())


def test_what_was_not_judged_is_a_line_each() -> None:
    text = markdown.render(record())

    assert "- **not judged** 1 case: the target answered the warm-up with 503" in text
    assert "- **harness error** 1 case, as slowness.drip: KeyError" in text


def test_a_target_cannot_write_markup() -> None:
    bad = hostile().model_copy(update={"saw": HOSTILE + "\n# big", "replay": "a ``` b\n```"})

    text = markdown.render(record([bad]))

    assert "\\</script\\>\\<script\\>" in text
    assert "\n# big" not in text
    assert "````sh\na ``` b␊```\n````" in text


def test_a_long_summary_is_cut() -> None:
    text = markdown.render(broken_record(60))

    assert "… 39 more in results.json." in text
    assert len(text) < 50_000


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
