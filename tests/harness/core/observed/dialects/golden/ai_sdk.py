"""Golden streams of the AI SDK, in both its protocols."""

from __future__ import annotations

from tests.harness.core.observed.dialects.golden.form import LINES, Golden, Told, events, lines

DONE = b"data: [DONE]\n\n"
UI_START: Told = {"type": "start", "messageId": "msg_1"}
STEP: Told = {"type": "start-step"}
STEPPED: Told = {"type": "finish-step"}


def finished(reason: str) -> Told:
    """Return the part that says how a message ended."""
    return {"type": "finish", "finishReason": reason}


def texts(*deltas: str) -> tuple[Told, ...]:
    """Return the parts of one text."""
    return (
        {"type": "text-start", "id": "0"},
        *({"type": "text-delta", "id": "0", "delta": each} for each in deltas),
        {"type": "text-end", "id": "0"},
    )


def thoughts(*deltas: str) -> tuple[Told, ...]:
    """Return the parts of one piece of reasoning."""
    return (
        {"type": "reasoning-start", "id": "r"},
        *({"type": "reasoning-delta", "id": "r", "delta": each} for each in deltas),
        {"type": "reasoning-end", "id": "r"},
    )


def inputs(call_id: str, given: Told, *deltas: str) -> tuple[Told, ...]:
    """Return the parts of one tool call."""
    call = {"toolCallId": call_id, "toolName": "look"}
    return (
        {"type": "tool-input-start", **call},
        *({"type": "tool-input-delta", "toolCallId": call_id, "inputTextDelta": each} for each in deltas),
        {"type": "tool-input-available", **call, "input": given},
    )


AI_SDK = (
    Golden(
        name="plain",
        dialect="ai-sdk",
        body=events(UI_START, STEP, *texts("Hel", "lö"), STEPPED, finished("stop"), named=False) + DONE,
        text="Hellö",
    ),
    Golden(
        name="tool",
        dialect="ai-sdk",
        body=events(
            UI_START, STEP, *inputs("c1", {"a": 1}, '{"a"', ":1}"), STEPPED, finished("tool-calls"), named=False
        )
        + DONE,
        finish="tool_calls",
        calls=[("c1", "look", '{"a":1}')],
    ),
    Golden(
        name="reasoning",
        dialect="ai-sdk",
        body=events(UI_START, STEP, *thoughts("H", "mö"), *texts("Hi"), STEPPED, finished("stop"), named=False) + DONE,
        text="Hi",
        reasoning="Hmö",
    ),
    Golden(
        name="length",
        dialect="ai-sdk",
        body=events(UI_START, *texts("Hi"), finished("length"), named=False) + DONE,
        text="Hi",
        finish="length",
    ),
    Golden(
        name="error",
        dialect="ai-sdk",
        body=events(UI_START, *texts("Hel")[:2], {"type": "error", "errorText": "no"}, named=False) + DONE,
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="error-and-all-closed",
        dialect="ai-sdk",
        body=events(UI_START, STEP, *texts("Hel")[:2], {"type": "error", "errorText": "no"}, *texts()[1:], named=False)
        + events(STEPPED, finished("error"), named=False)
        + DONE,
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="data",
        dialect="ai-sdk",
        content_type=LINES,
        body=lines(
            ("f", {"messageId": "msg_1"}),
            ("g", "H"),
            ("g", "mö"),
            ("0", "Hel"),
            ("0", "lö"),
            ("9", {"toolCallId": "c1", "toolName": "look", "args": {"a": 1}}),
            ("e", {"finishReason": "tool-calls", "isContinued": False}),
            ("d", {"finishReason": "tool-calls"}),
        ),
        text="Hellö",
        reasoning="Hmö",
        finish="tool_calls",
        calls=[("c1", "look", '{"a": 1}')],
    ),
    Golden(
        name="data-error",
        dialect="ai-sdk",
        content_type=LINES,
        body=lines(("f", {"messageId": "msg_1"}), ("0", "Hel"), ("3", "no")),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
)

# CopilotKit.
