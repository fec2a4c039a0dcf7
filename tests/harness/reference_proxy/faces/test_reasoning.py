"""A model's reasoning in the words that each protocol has for it, as it comes and where an answer is told again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from tests.harness.reference_proxy.faces import copilotkit
from tests.harness.reference_proxy.faces.test_ag_ui import asked as run
from tests.harness.reference_proxy.faces.test_ai_sdk import asked as ui_chat
from tests.harness.reference_proxy.stage import DONE, USAGE, Answered, chat, piece, stage, streams

UI, DATA, RUN, GRAPHQL = "/ai-sdk", "/ai-sdk?protocol=data", "/ag-ui", copilotkit.PATH
BEGUN = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
REST = {"index": 0, "function": {"arguments": '"Zurich"}'}}
THINKS = streams(
    piece("", reasoning_content="H", reasoning="H"),
    piece("", reasoning="m. "),
    piece("Hel"),
    piece("lo", reasoning_content="Or "),
    piece("", reasoning_content="so?"),
    piece("."),
    piece("", finish="stop"),
    {**piece(""), "choices": [], "usage": USAGE},
    DONE,
)
CALLS = streams(
    piece("", reasoning="Where? "),
    piece("", tool_calls=[BEGUN]),
    piece("", tool_calls=[REST], reasoning="There."),
    piece("", finish="tool_calls"),
    DONE,
)
NO_CACHE = {"Cache_Control": "no-cache"}


def lines(answered: Answered) -> list[tuple[str, Any]]:
    """The parts of a data stream, but for its beginning and its end."""
    parts = [line.partition(":") for line in answered.body.decode().splitlines()]
    return [(letter, json.loads(value)) for letter, _, value in parts if letter in "g0bc9"]


def understood(answered: Answered, dialect: str, *, content_type: str = "text/event-stream") -> tuple[str, str]:
    """What the harness reads of it: reasoning and text, in a stream that is in order."""
    reading = read_body([Piece(0.0, answered.body)], content_type, dialect=dialect)
    assert (reading.strays, reading.malformed, reading.done) == ([], [], True)
    return "".join(reading.choices[0].said.reasoning), reading.choices[0].text


async def test_reasoning_is_told_in_the_words_of_each_protocol() -> None:
    async with stage(THINKS) as on:
        ui = await on.ask(ui_chat(), path=UI, **NO_CACHE)
        data = await on.ask(ui_chat(), path=DATA, **NO_CACHE)
        ag_ui = await on.ask(run(), path=RUN, **NO_CACHE)
        graphql = await on.ask(copilotkit.asked(), path=GRAPHQL, Accept=copilotkit.ACCEPT, **NO_CACHE)

    assert [_short(part) for part in ui.events[2:-3]] == [
        "reasoning-start 0", "reasoning-delta 0 H", "reasoning-delta 0 m. ", "reasoning-end 0",
        "text-start 1", "text-delta 1 Hel",
        "reasoning-start 2", "reasoning-delta 2 Or ", "text-delta 1 lo", "reasoning-delta 2 so?", "reasoning-end 2",
        "text-delta 1 .", "text-end 1",
    ]  # fmt: skip
    assert lines(data) == [("g", "H"), ("g", "m. "), ("0", "Hel"), ("g", "Or "), ("0", "lo"), ("g", "so?"), ("0", ".")]
    assert [event["type"] for event in ag_ui.events[1:-1]] == [
        "REASONING_START", "REASONING_MESSAGE_START", *["REASONING_MESSAGE_CONTENT"] * 2,
        "REASONING_MESSAGE_END", "REASONING_END", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT",
        "REASONING_START", "REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT", "TEXT_MESSAGE_CONTENT",
        "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_END", "REASONING_END", "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
    ]  # fmt: skip
    assert len({event["messageId"] for event in ag_ui.events[1:-1]}) == 3
    assert copilotkit.merged(copilotkit.parts_of(graphql))["messages"][0]["content"] == ["Hel", "lo", "."]
    assert understood(ui, "ai-sdk") == understood(ag_ui, "ag-ui") == ("Hm. Or so?", "Hello.")
    assert understood(data, "ai-sdk", content_type="text/plain") == ("Hm. Or so?", "Hello.")


async def test_an_answer_that_is_told_again_says_its_reasoning_once_and_before_its_text() -> None:
    async with stage(THINKS) as on:
        again = [await on.ask(chat(stream=True)) for _ in range(2)]
        ui = [await on.ask(ui_chat(), path=UI) for _ in range(2)]

    assert [each.headers["x-cache"] for each in (again[1], ui[1])] == ["HIT", "HIT"]
    told = [item["choices"][0]["delta"] for item in again[1].events[:-1] if item["choices"]]
    assert [sorted(delta.keys() - {"role"}) for delta in told] == [
        ["content"], ["reasoning", "reasoning_content"], ["content"], [],
    ]  # fmt: skip
    assert [_short(part).split()[0] for part in ui[1].events[2:-3]] == [
        "reasoning-start", "reasoning-delta", "reasoning-end", "text-start", "text-delta", "text-end",
    ]  # fmt: skip


async def test_reasoning_beside_a_call_leaves_it_whole() -> None:
    async with stage(CALLS) as on:
        ui = await on.ask(ui_chat(), path=UI, **NO_CACHE)
        ag_ui = await on.ask(run(), path=RUN, **NO_CACHE)

    for got, dialect in ((ui, "ai-sdk"), (ag_ui, "ag-ui")):
        reading = read_body([Piece(0.0, got.body)], "text/event-stream", dialect=dialect)
        (call,) = reading.choices[0].tools.values()
        assert (reading.strays, call.arguments) == ([], '{"at":"Zurich"}')
        assert "".join(reading.choices[0].said.reasoning) == "Where? There."


def _short(part: Mapping[str, str]) -> str:
    return " ".join(filter(None, (part["type"], part.get("id"), part.get("delta"))))
