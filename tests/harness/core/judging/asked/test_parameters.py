"""Which parameters are looked for, and which may be missing or come besides."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.judging.asked.parameters import additions, changes
from reports.record import Level

Json = dict[str, Any]


@pytest.mark.parametrize("name", ["top_k", "x_unknown", "user", "store", "metadata", "service_tier"])
def test_what_shapes_no_answer_or_is_not_known_weighs_less(name: str) -> None:
    (change,) = changes({name: {"a": 1}}, {}, native=False)

    assert change.level is Level.SHOULD


@pytest.mark.parametrize("name", ["logit_bias", "parallel_tool_calls", "modalities", "verbosity", "reasoning_effort"])
def test_what_shapes_an_answer_has_to_be_there(name: str) -> None:
    (change,) = changes({name: ["odd"]}, {}, native=False)

    assert (change.where, change.level) == (name, None)


def test_natively_only_what_that_dialect_has_is_looked_for() -> None:
    asked = {"n": 2, "logprobs": True, "user": "u", "temperature": 0.5, "top_k": 3}

    assert [each.where for each in changes(asked, {}, native=True)] == ["temperature", "top_k"]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"n": 1, "tool_choice": "auto", "response_format": {"type": "text"}, "store": False}, {}),
        ({"stop": "x"}, {"stop": ["x"]}),
        ({"temperature": None}, {"temperature": 0.7}),
        ({"max_tokens": 3}, {"max_completion_tokens": 3}),
        ({"stream": True, "model": "a", "stream_options": {"include_usage": True}}, {}),
    ],
    ids=str,
)
def test_a_default_is_as_good_as_none(asked: Json, sent: Json) -> None:
    assert list(changes(asked, sent, native=False)) == []


def test_a_default_that_became_something_else_is_a_change() -> None:
    (change,) = changes({"parallel_tool_calls": True}, {"parallel_tool_calls": False}, native=False)

    assert change.where == "parallel_tool_calls"


@pytest.mark.parametrize(
    ("asked", "sent", "told"),
    [
        ({}, {"temperature": 0.7}, [("temperature", Level.SHOULD)]),
        ({}, {"raw": True}, [("raw", Level.SHOULD)]),
        ({}, {"user": "u"}, [("user", Level.OBSERVE)]),
        ({}, {"n": 1, "stream": False, "temperature": None, "messages": []}, []),
        ({"max_completion_tokens": 3}, {"max_tokens": 3}, []),
        (
            {"tools": [{"function": {"name": "f"}}]},
            {"tools": [{"name": "f", "strict": True}]},
            [("tools[0].strict", Level.SHOULD)],
        ),
    ],
    ids=str,
)
def test_what_comes_besides_is_told_by_what_it_does(asked: Json, sent: Json, told: list[tuple[str, Level]]) -> None:
    assert [(each.where, each.level) for each in additions(asked, sent)] == told
