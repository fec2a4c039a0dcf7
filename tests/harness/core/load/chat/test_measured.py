"""What was measured survives its lines, also when the last one was cut off."""

from __future__ import annotations

from dataclasses import replace

from harness.core.load.chat.measured import Look, Measured, first_line, last_line, line, read
from tests.harness.core.load.chat.chats import CHAT

LOOK = Look(kind="list", asked_s=1.0, took_s=0.02)
LINES = [first_line(9.0), line(CHAT), line(replace(CHAT, seen_s=None, kept=("other",))), line(LOOK)]


def test_lines_give_back_what_was_measured() -> None:
    found = read([*LINES, last_line([(2.0, 0.5)], spent_s=1.9)])

    assert found.chats == (CHAT, replace(CHAT, seen_s=None, kept=("other",)))
    assert (found.looks, found.late, found.begun_s, found.ended) == ((LOOK,), ((2.0, 0.5),), 9.0, True)
    assert found.spent_s == 1.9


def test_a_line_that_was_cut_off_is_left_out_and_the_end_was_not_reached() -> None:
    found = read([*LINES[:2], LINES[2][:40]])

    assert (found.chats, found.ended, found.spent_s) == ((CHAT,), False, None)


def test_answers_that_overlap_are_counted_together() -> None:
    later = replace(CHAT, asked_s=CHAT.end_s, end_s=30.0)

    assert Measured(chats=(CHAT, replace(CHAT, asked_s=17.0, end_s=29.0), later)).most_at_once == 2
    assert Measured().most_at_once == 0


def test_what_did_not_happen_has_no_time() -> None:
    broken = replace(CHAT, first_s=None, problem="status 503")

    assert (broken.first_token_s, broken.tokens_per_s) == (None, None)
    assert CHAT.tokens_per_s == 100 / 8
