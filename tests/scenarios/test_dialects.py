"""Which cases are played in which dialects."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from harness.core.target.values import Dialect
from scenarios.asked import IMAGES, RESULTS, RULES
from scenarios.case import Step
from scenarios.catalogue import explain
from scenarios.dialects import AG_UI, CHATS, DIALECTS, MESSAGES, OTHERS, TELLING, cannot_say, varies
from scenarios.expected import seconds
from scenarios.index import ALL, BY_ID, EVERY, VARIANTS, UnknownCaseError, select

PLAIN = BY_ID["streaming.plain"]


def test_a_target_file_knows_the_same_dialects() -> None:
    assert get_args(Dialect) == DIALECTS == (*CHATS, *OTHERS)


def test_every_streaming_case_that_a_dialect_has_words_for_has_a_variant() -> None:
    streams = [case for case in ALL if case.family in ("streaming", "endings")]

    for dialect in OTHERS:
        without = {case.id for case in streams if f"{case.id}@{dialect}" not in VARIANTS}
        assert len(without) < 20
        assert all(cannot_say(BY_ID[name], dialect) or not _streams(name) for name in without)


def _streams(name: str) -> bool:
    return all(step.stream for step in BY_ID[name].steps)


def test_a_variant_asks_what_its_case_asks_and_leaves_the_case_alone() -> None:
    variant = VARIANTS["streaming.plain@ag-ui"]

    assert replace(variant, id=PLAIN.id, dialect="") == PLAIN
    assert "@" not in "".join(BY_ID)
    assert [*EVERY][: len(ALL)] == [*BY_ID]


@pytest.mark.parametrize(
    ("case_id", "dialect", "why"),
    [
        ("streaming.choices-apart", MESSAGES, "the parameter n"),
        ("streaming.stray-choice", MESSAGES, "a second choice"),
        ("streaming.finish-length", AG_UI, "what finish-true compares"),
        ("streaming.usage-absurd", AG_UI, "token usage"),
        ("cache.key-has-top-p", "copilotkit", "the parameter top_p"),
        ("limits.messages-missing", "openai-responses", "a chat whose fields are wrong"),
        ("json.plain", AG_UI, "an answer that is no stream"),
        ("native.request-whole", MESSAGES, "the parameter seed"),
        ("streaming.finish-length", MESSAGES, ""),
        ("streaming.choices-apart", "workers-ai", ""),
    ],
)
def test_what_a_dialect_has_no_words_for_is_told(case_id: str, dialect: str, why: str) -> None:
    assert cannot_say(BY_ID[case_id], dialect) == why


def test_conversations_and_parts_have_no_words_in_other_dialects() -> None:
    talks = replace(PLAIN, steps=(Step(talk="t"),))
    shows = replace(PLAIN, steps=(Step(parts=({"type": "image_url"},)),))

    named = replace(PLAIN, steps=(Step(turns=({"role": "user", "content": "a", "name": "ann"},)),))
    pictured = replace(PLAIN, steps=(Step(turns=IMAGES),))

    beside = "what a message has beside its text and its calls"
    assert [cannot_say(each, MESSAGES) for each in (talks, shows, named, pictured)] == [
        "a conversation that is kept",
        "what goes with a question beside its text",
        beside,
        beside,
    ]
    assert cannot_say(replace(PLAIN, steps=(Step(turns=(*RULES, *RESULTS)),)), MESSAGES) == ""
    assert not varies(BY_ID["cache.expires"], MESSAGES)


def test_only_a_glob_with_a_mark_matches_variants() -> None:
    assert [case.id for case in select("streaming.plain*")] == ["streaming.plain"]
    assert [case.id for case in select("streaming.plain@*")] == [f"streaming.plain@{name}" for name in DIALECTS]
    assert [case.id for case in select("streaming.plain@ag-ui,streaming.plain")] == [PLAIN.id, f"{PLAIN.id}@ag-ui"]


def test_a_variant_that_there_is_not_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownCaseError, match=r"did you mean streaming\.plain@ag-ui"):
        select("streaming.plain@ag_ui")


def test_a_variant_takes_as_long_as_its_case_and_is_explained_with_its_dialect() -> None:
    assert seconds("streaming.slow-reader-gets-all@ag-ui") == seconds("streaming.slow-reader-gets-all")
    assert "dialect: ag-ui" in explain(VARIANTS["streaming.plain@ag-ui"])


def test_what_tells_most_is_played_wherever_a_dialect_has_words_for_it() -> None:
    assert all(f"{case_id}@{MESSAGES}" in VARIANTS for case_id in TELLING)
