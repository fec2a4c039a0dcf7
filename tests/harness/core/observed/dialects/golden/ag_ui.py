"""Golden streams of AG-UI."""

from __future__ import annotations

from tests.harness.core.observed.dialects.golden.form import Golden, Told, events

RUN: Told = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
RAN: Told = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}
SAYING: Told = {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}
SAID: Told = {"type": "TEXT_MESSAGE_END", "messageId": "m"}


def word(delta: str) -> Told:
    """Return a piece of the one message."""
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": delta}


def thoughts(*deltas: str) -> tuple[Told, ...]:
    """Return the events of one piece of reasoning."""
    one = {"messageId": "t"}
    return (
        {"type": "REASONING_START", **one},
        {"type": "REASONING_MESSAGE_START", **one, "role": "reasoning"},
        *({"type": "REASONING_MESSAGE_CONTENT", **one, "delta": each} for each in deltas),
        {"type": "REASONING_MESSAGE_END", **one},
        {"type": "REASONING_END", **one},
    )


def tooled(call_id: str, *deltas: str) -> tuple[Told, ...]:
    """Return the events of one tool call."""
    return (
        {"type": "TOOL_CALL_START", "toolCallId": call_id, "toolCallName": "look"},
        *({"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": each} for each in deltas),
        {"type": "TOOL_CALL_END", "toolCallId": call_id},
    )


AG_UI = (
    Golden(
        name="plain",
        dialect="ag-ui",
        body=events(RUN, SAYING, word("Hel"), word("lö"), SAID, RAN, named=False),
        text="Hellö",
        finish=None,
    ),
    Golden(
        name="reasoning",
        dialect="ag-ui",
        body=events(RUN, *thoughts("H", "mö"), SAYING, word("Hi"), SAID, RAN, named=False),
        text="Hi",
        reasoning="Hmö",
        finish=None,
    ),
    Golden(
        name="tool",
        dialect="ag-ui",
        body=events(RUN, *tooled("c1", '{"a"', ":1}"), *tooled("c2", "{}"), RAN, named=False),
        finish=None,
        calls=[("c1", "look", '{"a":1}'), ("c2", "look", "{}")],
    ),
    Golden(
        name="error",
        dialect="ag-ui",
        body=events(RUN, SAYING, word("Hel"), {"type": "RUN_ERROR", "message": "no", "code": "502"}, named=False),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
)

# Vercel's AI SDK.
