"""Golden streams of Anthropic's Messages."""

from __future__ import annotations

from tests.harness.core.observed.dialects.golden.form import Golden, Told, events

USED: Told = {"prompt_tokens": 3, "completion_tokens": 2}
START: Told = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
}
STOP: Told = {"type": "message_stop"}


def block(index: int, *deltas: Told, **content: object) -> tuple[Told, ...]:
    """Return the events of one block."""
    return (
        {"type": "content_block_start", "index": index, "content_block": content},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    )


def said(index: int, *texts: str) -> tuple[Told, ...]:
    """Return the events of a block of text."""
    return block(index, *({"type": "text_delta", "text": each} for each in texts), type="text", text="")


def used(index: int, call_id: str, *pieces: str) -> tuple[Told, ...]:
    """Return the events of a block that uses a tool."""
    deltas = ({"type": "input_json_delta", "partial_json": each} for each in pieces)
    return block(index, *deltas, type="tool_use", id=call_id, name="look", input={})


def ending(reason: str) -> Told:
    """Return the event that says how a message ended."""
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 2}}


MESSAGES = (
    Golden(
        name="plain",
        dialect="anthropic-messages",
        body=events(START, {"type": "ping"}, *said(0, "Hel", "lö"), ending("end_turn"), STOP),
        text="Hellö",
        usage=USED,
    ),
    Golden(
        name="tool",
        dialect="anthropic-messages",
        body=events(
            START,
            *said(0, "Let me see."),
            *used(1, "toolu_1", '{"a"', ":1}"),
            *used(2, "toolu_2", "{}"),
            ending("tool_use"),
            STOP,
        ),
        text="Let me see.",
        finish="tool_calls",
        usage=USED,
        calls=[("toolu_1", "look", '{"a":1}'), ("toolu_2", "look", "{}")],
    ),
    Golden(
        name="length",
        dialect="anthropic-messages",
        body=events(
            START,
            *block(0, {"type": "thinking_delta", "thinking": "hm"}, type="thinking", thinking=""),
            *said(1, "Hi"),
            ending("max_tokens"),
            STOP,
        ),
        text="Hi",
        reasoning="hm",
        finish="length",
        usage=USED,
    ),
    Golden(
        name="error",
        dialect="anthropic-messages",
        body=events(START, *said(0, "Hel")[:2], {"type": "error", "error": {"type": "api_error", "message": "no"}}),
        text="Hel",
        finish=None,
        done=False,
        error="no",
        usage={"prompt_tokens": 3, "completion_tokens": 1},
    ),
)


# OpenAI's Responses API.
