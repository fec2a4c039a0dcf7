"""The targets of a chat service, each held or missed by what was measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.core.load.chat.measured import UNFINISHED, Look, Measured
from harness.core.load.chat.targets import table
from harness.core.load.lateness import Lateness
from tests.harness.core.load.chat.chats import CHAT, NONCE, chats

PUNCTUAL = Lateness(moments=(), duration_s=30.0)
LATE = Lateness(moments=((20.0, 5.0),), duration_s=30.0)
LOOKS = (Look(kind="list", asked_s=11.0, took_s=0.02), Look(kind="get", asked_s=11.0, took_s=0.03))
GOOD = Measured(chats=chats(4), looks=LOOKS, ended=True)


def told(measured: Measured, lateness: Lateness = PUNCTUAL, streams: int = 4) -> dict[str, dict[str, Any]]:
    rows = table(measured, {NONCE: 17.99}, streams=streams, lateness=lateness, database="sqlite")
    return {row["objective"].removeprefix("sqlite: ").split()[0]: row for row in rows}


def test_a_service_that_keeps_to_all_targets_holds_each() -> None:
    rows = told(GOOD)

    assert {row["met"] for row in rows.values()} == {True}
    assert rows["persisted_s"]["measured"] == 0.06  # from the end of upstream's answer, not from the client's
    assert rows["tokens_per_s"]["objective"] == "sqlite: tokens_per_s worst >= 10"


@pytest.mark.parametrize(
    ("metric", "measured"),
    [
        ("first_token_s", replace(GOOD, chats=tuple(replace(each, first_s=11.5) for each in GOOD.chats))),
        ("tokens_per_s", replace(GOOD, chats=(*GOOD.chats, replace(CHAT, tokens=70)))),
        ("persisted_s", replace(GOOD, chats=tuple(replace(each, seen_s=18.2) for each in GOOD.chats))),
        ("list_s", replace(GOOD, looks=(replace(LOOKS[0], took_s=0.06), LOOKS[1]))),
        ("get_s", replace(GOOD, looks=(LOOKS[0], replace(LOOKS[1], took_s=0.06)))),
        ("streams_at_once", replace(GOOD, chats=GOOD.chats[1:])),
        ("errors", replace(GOOD, chats=(*GOOD.chats[:3], replace(CHAT, problem="status 503", seen_s=None)))),
        ("errors", replace(GOOD, chats=(*GOOD.chats[:3], replace(CHAT, seen_s=None)))),
        ("errors", replace(GOOD, looks=(*LOOKS, replace(LOOKS[0], problem="status 500")))),
    ],
)
def test_each_target_can_be_missed_alone(metric: str, measured: Measured) -> None:
    rows = told(measured)

    assert [name for name, row in rows.items() if row["met"] is False] == [metric]


def test_percentiles_of_a_rate_count_from_its_best() -> None:
    slower = replace(CHAT, tokens=88)

    row = told(replace(GOOD, chats=(*chats(19), slower)))["tokens_per_s"]

    assert (row["p50"], row["p95"], row["worst"]) == (12.5, 12.5, 11.0)


def test_a_late_harness_blames_nobody_for_time_but_for_errors() -> None:
    slow = replace(CHAT, first_s=12.0)
    rows = told(replace(GOOD, chats=(slow, slow, replace(slow, problem="status 503"))), LATE)

    assert (rows["first_token_s"]["met"], rows["errors"]["met"], rows["list_s"]["met"]) == (None, False, True)


def test_answers_that_had_no_time_left_are_nobodys_error_where_the_harness_was_late() -> None:
    unfinished = replace(GOOD, chats=(*GOOD.chats[:3], replace(CHAT, problem=UNFINISHED, seen_s=None)))

    assert told(unfinished, LATE)["errors"]["met"] is None
    assert told(unfinished)["errors"]["met"] is False


def test_what_was_not_measured_is_unknown_and_not_held() -> None:
    assert {row["met"] for row in told(Measured()).values()} == {None}
