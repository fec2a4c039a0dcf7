"""Golden streams of CopilotKit's GraphQL."""

from __future__ import annotations

import json

from tests.harness.core.observed.dialects.golden.form import PARTS, Golden, Told, parts

FIELD = "generateCopilotResponse"
FIRST: Told = {"data": {FIELD: {"threadId": "t", "runId": "r", "messages": [], "metaEvents": []}}, "hasNext": True}
GOOD: Told = {"incremental": [{"data": {"status": {"code": "Success"}}, "path": [FIELD]}], "hasNext": True}
LAST: Told = {"hasNext": False}


def message(at: int, **told: object) -> Told:
    """Return the increment with which a message begins."""
    return {"items": [{"id": f"m{at}", **told}], "path": [FIELD, "messages", at]}


def said_whole(text: str) -> Told:
    """Return a message of text as a whole answer has it."""
    return {"__typename": "TextMessageOutput", "id": "m0", "content": [text], "role": "assistant"}


def piece(at: int, name: str, number: int, text: str) -> Told:
    """Return the increment that brings one piece of a message."""
    return {"items": [text], "path": [FIELD, "messages", at, name, number]}


def increments(*told: Told) -> Told:
    """Return a part that brings increments."""
    return {"incremental": list(told), "hasNext": True}


def copied(*told: Told) -> bytes:
    """Return parts as the events that CopilotKit sends to whoever accepts no other form."""
    body = "".join(f"event: next\ndata: {json.dumps(each)}\n\n" for each in told)
    return f":\n\n{body}event: complete\ndata:\n\n".encode()


def copilot_text() -> Told:
    """Return the increment with which a message of text begins."""
    return message(0, __typename="TextMessageOutput", content=[], role="assistant")


_TEXT = copilot_text()
_CALL = message(1, __typename="ActionExecutionMessageOutput", name="look", arguments=[])
_FAILED: Told = {"code": "Failed", "reason": "UNKNOWN_ERROR", "details": {"description": "no"}}
BAD: Told = {"incremental": [{"data": {"status": _FAILED}, "path": [FIELD]}], "hasNext": True}
_LOST: Told = {"items": None, "path": [FIELD, "messages", 1], "errors": [{"message": "no"}]}
COPILOTKIT = (
    Golden(
        name="plain",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(
            FIRST,
            increments(_TEXT, piece(0, "content", 0, "Hel")),
            increments(piece(0, "content", 1, "lö")),
            GOOD,
            LAST,
        ),
        text="Hellö",
        finish=None,
    ),
    Golden(
        name="tool",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(
            FIRST,
            increments(_TEXT, piece(0, "content", 0, "See.")),
            increments(_CALL, piece(1, "arguments", 0, '{"a"')),
            increments(piece(1, "arguments", 1, ":1}")),
            GOOD,
            LAST,
        ),
        text="See.",
        finish=None,
        calls=[("m1", "look", '{"a":1}')],
    ),
    Golden(
        name="error",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(
            FIRST,
            increments(_TEXT, piece(0, "content", 0, "Hel")),
            BAD,
            LAST,
        ),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="error-of-an-increment",
        dialect="copilotkit",
        content_type=PARTS,
        body=parts(FIRST, increments(_TEXT, piece(0, "content", 0, "Hel")), increments(_LOST), GOOD, LAST),
        text="Hel",
        finish=None,
        done=False,
        error="no",
    ),
    Golden(
        name="events",
        dialect="copilotkit",
        body=copied(FIRST, increments(_TEXT, piece(0, "content", 0, "Hello")), GOOD, LAST),
        text="Hello",
        finish=None,
    ),
)
