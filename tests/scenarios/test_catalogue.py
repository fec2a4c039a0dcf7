"""The words about a case say everything that its data says."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenarios
from scenarios import __main__, catalogue
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.catalogue import END, START, explain, renewed
from scenarios.index import ALL, BY_ID

README = Path(scenarios.__file__).with_name("README.md")


def test_the_story_names_every_fault_step_and_need() -> None:
    for case in ALL:
        story = explain(case)
        words = (case.id, case.promise, case.reference, case.level, *case.needs, *case.focus)
        steps = [f" {step.label}: asks " if _asks(step) else f" {step.label}: " for step in case.steps]
        told = [*words, *map(str, catalogue.faults(case)), *steps]

        assert [word for word in told if word not in story] == []


def _asks(step: Step) -> bool:
    return step.act == "ask" and (step.deed is None or step.deed.do == "ask")


def test_the_story_tells_what_is_done_at_a_chat_service() -> None:
    pages = explain(BY_ID["chat.messages-in-pages"])
    agents = explain(BY_ID["tenants.agents"])

    assert "page-two: reads conversation 't' 2 entries behind the first 2" in pages
    assert "nothing: reads what never was as client b" in agents
    assert "in conversation 'v' of agent 'g'" in agents


def test_the_story_tells_what_is_done_in_a_conversation_besides_asking() -> None:
    cleared = explain(BY_ID["sessions.cleared-by-another-caller"])
    heard = explain(BY_ID["websocket.heard-by-others"])
    named = explain(BY_ID["sessions.long-names"])

    assert "forget: has it forgotten what was said in conversation 't' as client b, a moment later" in cleared
    assert "hears: connects and hears what is said in conversation 't' over WebSocket 'second'" in heard
    assert "as JSON in conversation 't', named in a thousand characters" in named


def test_the_story_says_what_must_be_seen() -> None:
    for case in ALL:
        story = explain(case)

        assert [item for item in case.expect if f"  - {item.step} " not in story] == []
        assert [item for item in case.expect if f"[{item.invariant}]" not in story] == []


def test_a_pause_and_a_fresh_start_are_told() -> None:
    story = explain(BY_ID["kv.value-too-old"])

    assert "after a fresh start of the target and after the cache's life is over" in story


def test_who_asks_how_often_and_with_what_is_told() -> None:
    case = Case(
        id="family.slug",
        promise="It holds.",
        reference="a page",
        focus=("no-loss",),
        steps=(
            Step(label="first", times=4, unique=True, identity="b", params={"seed": 7}, headers=(("x-a", "1"),)),
            Step(label="then", together=3, start="with", model="second", stream=False, turns=(("user", "Hi."),)),
        ),
        upstream=(Upstream(faults=catalogue.faults(BY_ID["errors.internal"]), model="main", nth=2, must_strike=False),),
        expect=(Expect(step="then", seen="asked-upstream", invariant="no-loss", model="second", because="it is new"),),
        fresh=True,
    )

    story = explain(case)

    assert "first: asks 4 times, one after the other, question 'q', a new one each time," in story
    assert "by client b with seed=7 with the header x-a: 1" in story
    assert "then: asks 3 times, 3 at once, question 'q' for 12 tokens as JSON from the second model" in story
    assert "behind 1 earlier message, at the same moment" in story
    assert "AI calls for question 'q' to the main model (number 2 alone) meet http.status" in story
    assert "a target may rightly avoid it" in story
    assert "then makes the target ask upstream (second model), for it is new [no-loss]" in story
    assert "setting: a target started afresh" in story


def test_long_values_are_shortened() -> None:
    story = explain(BY_ID["requests.tools"])

    assert all(len(line) < 300 for line in story.splitlines())


def test_the_readme_is_fresh() -> None:
    text = README.read_text(encoding="utf-8")

    assert text == renewed(text), "run `make docs`"


def test_the_readme_names_every_case() -> None:
    text = README.read_text(encoding="utf-8")

    assert [case.id for case in ALL if f"| `{case.id}` |" not in text] == []


@pytest.mark.parametrize(("text", "missing"), [(f"{START}\n", END), (f"{END}\n", START)])
def test_a_readme_without_its_marks_is_refused(text: str, missing: str) -> None:
    with pytest.raises(ValueError, match="lacks the mark") as caught:
        renewed(text)

    assert missing in str(caught.value)


def test_cells_of_the_table_hold_no_bars() -> None:
    rows = [line for line in catalogue.catalogue().splitlines() if line.startswith("| `")]

    assert len(rows) == len(ALL)
    assert {row.replace("\\|", "").count("|") for row in rows} == {8}


def test_the_module_prints_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main()

    assert capsys.readouterr().out == catalogue.catalogue() + "\n"


@pytest.mark.parametrize(
    ("invariant", "example"),
    [("request-limits", "limits.plain-text"), ("break-visible", "endings.cut-between-events-by-fin")],
)
def test_an_invariant_is_shown_by_a_case_that_most_targets_can_be_asked(invariant: str, example: str) -> None:
    assert catalogue.example(invariant) == example
