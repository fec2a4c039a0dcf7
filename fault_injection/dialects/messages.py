"""Anthropic's Messages: blocks one behind the other, then why it ended, then that it did.

Source: Anthropic API reference, streaming messages, errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from fault_injection.chat import Json, dump, load
from fault_injection.dialects.typed import edited_part, part_of, type_of
from fault_injection.reply import Event

_STARTS: Final = "content_block_start"
_DELTA: Final = "content_block_delta"
_REASON: Final = "message_delta"
_END: Final = "message_stop"
_EVENTS: Final = frozenset({"message_start", "ping", _STARTS, _DELTA, "content_block_stop", _REASON, _END})

_KINDS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_TEXTS: Final = {
    401: "invalid x-api-key",
    429: "This request would exceed your account's rate limit. Please try again later.",
    500: "Internal server error",
    529: "Overloaded",
}
"""What an error of a status says; the others have no text that is always the same."""
_INTERNAL: Final = "api_error"
_OVERLOADED: Final = ("overloaded_error", "Overloaded")


class Messages:
    """The forms of the Messages API."""

    name: ClassVar[str] = "Messages"
    end_tells_error: ClassVar[bool] = False

    def has_event(self, chunk: Json) -> bool:
        """Whether an object is an event of its streams; an error of the Responses API has a number."""
        kind = type_of(chunk)
        return kind in _EVENTS or (kind == "error" and "sequence_number" not in chunk)

    def has_answer(self, value: Json) -> bool:
        """Whether an object is a message."""
        return type_of(value) == "message" and isinstance(value.get("content"), list)

    def is_end(self, chunk: Json) -> bool:
        """`message_stop` ends a message."""
        return type_of(chunk) == _END

    def finishes(self, chunk: Json) -> bool:
        """`message_delta` has the stop reason."""
        return type_of(chunk) == _REASON and bool(part_of(chunk, "delta").get("stop_reason"))

    def text_of(self, chunk: Json) -> str:
        """Return the text of a delta."""
        text = part_of(chunk, "delta").get("text") if type_of(chunk) == _DELTA else None
        return text if isinstance(text, str) else ""

    def with_text(self, chunk: Json, text: str) -> Json:
        """Return a delta with another text."""
        return {**chunk, "delta": {**part_of(chunk, "delta"), "text": text}}

    def with_reason(self, chunk: Json, reason: str | None) -> Json:
        """Return `message_delta` with another stop reason."""
        if not self.finishes(chunk):
            return chunk
        return edited_part(chunk, "delta", lambda delta: {**delta, "stop_reason": reason})

    def with_usage(self, chunk: Json, edit: Callable[[Json], Json | None]) -> Json:
        """Edit the usage of `message_delta`, and the one within `message_start`."""
        told = edited_part(chunk, "message", lambda message: edited_part(message, "usage", edit))
        return edited_part(told, "usage", edit)

    def error(self, chunks: Sequence[Json], message: str) -> Json:
        """Return an `error`."""
        kind = _OVERLOADED[0] if message == _OVERLOADED[1] else _INTERNAL
        return {"type": "error", "error": {"type": kind, "message": message}}

    def end_behind(self, chunks: Sequence[Json], message: str) -> Json:
        """Return `message_stop`: it has no other end."""
        return {"type": _END}

    def answer(self, chunks: Sequence[Json]) -> Json | None:
        """Put the message together from its start, its blocks and its end."""
        started = next((chunk for chunk in chunks if type_of(chunk) == "message_start"), {})
        message = dict(part_of(started, "message"))
        blocks: dict[int | None, Json] = {}
        for chunk in chunks:
            match type_of(chunk):
                case "content_block_start":
                    blocks[_index_of(chunk)] = dict(part_of(chunk, "content_block"))
                case "content_block_delta":
                    _join(blocks.setdefault(_index_of(chunk), {}), part_of(chunk, "delta"))
                case "message_delta":
                    message |= part_of(chunk, "delta")
                    message["usage"] = {**part_of(message, "usage"), **part_of(chunk, "usage")}
        if not message:
            return None
        return {**message, "content": [_closed(block) for block in blocks.values()]}

    def failed(self, answer: Json, code: str, message: str) -> Json | None:
        """Return None: an error has a status of its own."""
        return None

    def renumbered(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Return the events as they are: they have no numbers."""
        return events


def _index_of(chunk: Json) -> int | None:
    index = chunk.get("index")
    return index if isinstance(index, int) else None


def _join(block: Json, delta: Json) -> None:
    for name, piece in delta.items():
        if name != "type" and isinstance(piece, str):
            before = block.get(name)
            block[name] = (before if isinstance(before, str) else "") + piece


def _closed(block: Json) -> Json:
    written = block.get("partial_json")
    if not isinstance(written, str):
        return block
    rest = {name: value for name, value in block.items() if name != "partial_json"}
    return {**rest, "input": load(written.encode("utf-8", "replace")) or {}}


def error_body(status: int, message: str = "") -> bytes:
    """Build the body of an error; without a message it is the one that is usual for the status."""
    told = message or _TEXTS.get(status, _TEXTS[500] if status >= 500 else "The request was refused.")
    return dump({"type": "error", "error": {"type": _KINDS.get(status, _kind(status)), "message": told}})


def _kind(status: int) -> str:
    """Other statuses of the client are said to be invalid requests as well (Anthropic API reference: errors)."""
    return "invalid_request_error" if 400 <= status < 500 else _INTERNAL
