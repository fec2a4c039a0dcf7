"""Golden streams of OpenAI's Responses."""

from __future__ import annotations

from tests.harness.core.observed.dialects.golden.form import Golden, Told, numbered
from tests.harness.core.observed.dialects.golden.messages import USED


def response(status: str, *output: Told, **more: object) -> Told:
    """Return a response object."""
    return {"id": "resp_1", "object": "response", "status": status, "output": list(output), **more}


def item(text: str, status: str = "completed") -> Told:
    """Return a message of text."""
    parts = [{"type": "output_text", "text": text}]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": parts}


def function(call_id: str, arguments: str) -> Told:
    """Return a function call."""
    return {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": "look", "arguments": arguments}


def begun() -> tuple[Told, ...]:
    """Return the events with which a response begins."""
    told = response("in_progress")
    return ({"type": "response.created", "response": told}, {"type": "response.in_progress", "response": told})


def texted(at: int, *deltas: str, status: str = "completed") -> tuple[Told, ...]:
    """Return the events of one message."""
    place = {"output_index": at, "content_index": 0, "item_id": "msg_1"}
    whole = "".join(deltas)
    return (
        {"type": "response.output_item.added", "output_index": at, "item": {**item(""), "content": []}},
        {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}},
        *({"type": "response.output_text.delta", **place, "delta": each} for each in deltas),
        {"type": "response.output_text.done", **place, "text": whole},
        {"type": "response.content_part.done", **place, "part": {"type": "output_text", "text": whole}},
        {"type": "response.output_item.done", "output_index": at, "item": item(whole, status)},
    )


def called(at: int, call_id: str, *deltas: str) -> tuple[Told, ...]:
    """Return the events of one function call."""
    place = {"output_index": at, "item_id": f"fc_{call_id}"}
    whole = "".join(deltas)
    return (
        {"type": "response.output_item.added", "output_index": at, "item": function(call_id, "")},
        *({"type": "response.function_call_arguments.delta", **place, "delta": each} for each in deltas),
        {"type": "response.function_call_arguments.done", **place, "arguments": whole},
        {"type": "response.output_item.done", "output_index": at, "item": function(call_id, whole)},
    )


def ended(status: str, *output: Told, **more: object) -> Told:
    """Return the event with which a response ends."""
    return {"type": f"response.{status}", "response": response(status, *output, **more)}


COST: Told = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
RESPONSES = (
    Golden(
        name="plain",
        dialect="openai-responses",
        body=numbered(*begun(), *texted(0, "Hel", "lö"), ended("completed", item("Hellö"), usage=COST)),
        text="Hellö",
        usage={**USED, "total_tokens": 5},
    ),
    Golden(
        name="tool",
        dialect="openai-responses",
        body=numbered(
            *begun(),
            *texted(0, "See."),
            *called(1, "call_1", '{"a"', ":1}"),
            *called(2, "call_2", "{}"),
            ended("completed", item("See."), function("call_1", '{"a":1}'), function("call_2", "{}")),
        )
        + b"data: [DONE]\n\n",
        text="See.",
        finish="tool_calls",
        calls=[("call_1", "look", '{"a":1}'), ("call_2", "look", "{}")],
    ),
    Golden(
        name="length",
        dialect="openai-responses",
        body=numbered(
            *begun(),
            *texted(0, "Hi", status="incomplete"),
            ended("incomplete", item("Hi"), incomplete_details={"reason": "max_output_tokens"}),
        ),
        text="Hi",
        finish="length",
    ),
    Golden(
        name="error",
        dialect="openai-responses",
        body=numbered(
            *begun(), *texted(0, "Hel")[:3], ended("failed", error={"code": "server_error", "message": "no"})
        ),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="error-alone",
        dialect="openai-responses",
        body=numbered(
            *begun(),
            {"type": "error", "code": "server_error", "message": "no"},
            ended("failed", error={"message": "x"}),
        ),
        finish=None,
        done=False,
        error="no",
    ),
)

# AG-UI.
