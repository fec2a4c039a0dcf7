"""What a chat load comes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.load.chat.measured import Look, Measured
from harness.core.load.chat.verdict import ChatOutcome, section
from harness.core.load.lateness import Lateness
from reports.record import Verdict
from scenarios.load import ChatLoad
from tests.harness.core.load.chat.chats import CHAT, chats

RIGHT = ChatOutcome(
    database="sqlite",
    load=ChatLoad(streams=3),
    measured=Measured(chats=chats(3), looks=(Look(kind="get", asked_s=1.0, took_s=0.01),), ended=True),
    upstream_ends_s={},
    lateness=Lateness(moments=(), duration_s=30.0),
    lasted_s=20.0,
)


def _with(**measured: object) -> ChatOutcome:
    return replace(RIGHT, measured=replace(RIGHT.measured, **measured))  # type: ignore[arg-type]  # named by each test


def test_answers_that_are_kept_as_they_were_told_pass() -> None:
    assert RIGHT.verdict() == (Verdict.PASS, (), "")
    assert RIGHT.saw.startswith("3 of 3 answers whole and kept, 3 at once at the most")


@pytest.mark.parametrize(
    ("chat", "invariant"),
    [
        (replace(CHAT, told="re-ffffffffffff-00000000 of somebody else"), "no-cross-talk"),
        (replace(CHAT, seen_s=None, kept=("another text",)), "no-loss"),
    ],
)
def test_a_wrong_text_is_a_broken_promise_with_its_evidence(chat: object, invariant: str) -> None:
    verdict, findings, _ = _with(chats=(*chats(2), chat)).verdict()

    assert (verdict, [each.invariant for each in findings]) == (Verdict.FAIL, [invariant])
    assert findings[0].message.startswith("1 answers")
    assert findings[0].evidence


def test_an_answer_that_failed_breaks_no_promise_but_is_told() -> None:
    failed = _with(chats=(CHAT, replace(CHAT, problem="status 503", seen_s=None)))

    assert failed.verdict()[0] is Verdict.PASS
    assert failed.problems == [{"database": "sqlite", "problem": "status 503", "times": 1}]
    assert failed.row["right"] == 1


@pytest.mark.parametrize(
    ("outcome", "cause"),
    [
        (replace(RIGHT, trouble="the load was stopped before its end"), "stopped"),
        (_with(chats=()), "no answer came in"),
        (_with(ended=False), "went silent"),
    ],
)
def test_a_load_that_shows_too_little_is_inconclusive(outcome: ChatOutcome, cause: str) -> None:
    verdict, _, told = outcome.verdict()

    assert verdict is Verdict.INCONCLUSIVE
    assert cause in told


def test_what_the_generator_itself_took_is_told() -> None:
    assert _with(spent_s=RIGHT.lasted_s / 8).row["generator_cpus"] == 0.12
    assert _with(spent_s=None).row["generator_cpus"] is None


def test_the_section_tells_of_every_database() -> None:
    told = section((RIGHT, replace(RIGHT, database="postgresql")))

    assert (told["answers"], told["right"], told["harness"]) == (6, 6, "in time")
    assert [row["database"] for row in told["databases"]] == ["sqlite", "postgresql"]
    assert len(told["objectives"]) == 14
    assert section((replace(RIGHT, database=""),))["databases"][0]["database"] == "its own"
