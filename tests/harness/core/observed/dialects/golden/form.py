"""A golden stream, and the forms in which the dialects send objects."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias

EVENTS = "text/event-stream; charset=utf-8"
PARTS = 'multipart/mixed; boundary="-"'
LINES = "text/plain; charset=utf-8"
Told: TypeAlias = dict[str, Any]
SPOKEN = ("anthropic-messages", "openai-responses", "ag-ui", "ai-sdk", "copilotkit")


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One stream and its meaning."""

    name: str
    dialect: str
    body: bytes
    content_type: str = EVENTS
    text: str = ""
    reasoning: str = ""
    finish: str | None = "stop"
    done: bool = True
    error: str | None = None
    usage: Told | None = None
    calls: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """What it is called in a test."""
        return f"{self.dialect}-{self.name}"


def events(*told: Told, named: bool = True) -> bytes:
    """Return objects as server-sent events, named by their types where the dialect does so."""
    lines = []
    for each in told:
        name = f"event: {each['type']}\n" if named else ""
        lines.append(f"{name}data: {json.dumps(each, ensure_ascii=False)}\n\n")
    return "".join(lines).encode()


def numbered(*told: Told) -> bytes:
    """Return events of a response, with their sequence numbers."""
    return events(*({**each, "sequence_number": number} for number, each in enumerate(told)))


def parts(*told: Told) -> bytes:
    """Return objects as the parts of a multipart body, closed where the last one says so."""
    body = b"\r\n---"
    for each in told:
        content = json.dumps(each, ensure_ascii=False).encode()
        body += b"\r\nContent-Type: application/json; charset=utf-8\r\n"
        body += b"Content-Length: %d\r\n\r\n%b\r\n---" % (len(content), content)
    return body + b"--\r\n" if told[-1].get("hasNext") is False else body


def lines(*told: tuple[str, Any]) -> bytes:
    """Return the parts of a data stream."""
    return "".join(f"{code}:{json.dumps(value, ensure_ascii=False)}\n" for code, value in told).encode()


# Anthropic's Messages API.
