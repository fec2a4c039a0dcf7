"""OpenAI's Responses: numbered events about one item at a time, and the whole response again in the last.

Why a response ended stands in the event that ends it and nowhere else, so nothing can be missing between the two.
Source: OpenAI API reference, responses, streaming events, error codes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from fault_injection.chat import Json, chunk_of, dump, with_chunk
from fault_injection.dialects.typed import edited_part, part_of, type_of
from fault_injection.reply import Event

_TEXT: Final = "response.output_text.delta"
_FAILED: Final = "response.failed"
_ENDS: Final = frozenset({"response.completed", "response.incomplete", _FAILED})
_NUMBER: Final = "sequence_number"
_CODE: Final = "server_error"

_ERRORS: Final[dict[int, tuple[str, str | None, str]]] = {
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for requests. Please try again later."),
    500: ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
    503: ("server_error", None, "The engine is currently overloaded, please try again later"),
}
"""By status the type, the code and the text of an error."""
_REFUSED: Final = ("invalid_request_error", None, "The request was refused.")


class Responses:
    """The forms of the Responses API."""

    name: ClassVar[str] = "Responses"
    end_tells_error: ClassVar[bool] = True

    def has_event(self, chunk: Json) -> bool:
        """Whether an object is an event of its streams."""
        kind = type_of(chunk)
        return kind.startswith("response.") or (kind == "error" and _NUMBER in chunk)

    def has_answer(self, value: Json) -> bool:
        """Whether an object is a response."""
        return value.get("object") == "response"

    def is_end(self, chunk: Json) -> bool:
        """A response is completed, incomplete or failed."""
        return type_of(chunk) in _ENDS

    def finishes(self, chunk: Json) -> bool:
        """No event says why the answer ends but the one that ends it."""
        return False

    def text_of(self, chunk: Json) -> str:
        """Return the text of a delta."""
        text = chunk.get("delta") if type_of(chunk) == _TEXT else None
        return text if isinstance(text, str) else ""

    def with_text(self, chunk: Json, text: str) -> Json:
        """Return a delta with another text."""
        return {**chunk, "delta": text}

    def with_reason(self, chunk: Json, reason: str | None) -> Json:
        """Return the end of an incomplete response, which alone has a reason; without one the end is as it was."""
        if not self.is_end(chunk) or reason is None:
            return chunk
        why = {"status": "incomplete", "completed_at": None, "incomplete_details": {"reason": reason}}
        return edited_part({**chunk, "type": "response.incomplete"}, "response", lambda response: {**response, **why})

    def with_usage(self, chunk: Json, edit: Callable[[Json], Json | None]) -> Json:
        """Edit the usage within the last event."""
        return edited_part(chunk, "response", lambda response: edited_part(response, "usage", edit))

    def error(self, chunks: Sequence[Json], message: str) -> Json:
        """Return an `error`."""
        return {"type": "error", **_numbered(chunks), "code": _CODE, "message": message, "param": None}

    def end_behind(self, chunks: Sequence[Json], message: str) -> Json:
        """Return `response.failed` with the response as far as it is known."""
        known = next((part_of(chunk, "response") for chunk in chunks if part_of(chunk, "response")), {})
        told = self.failed({"object": "response", **known}, _CODE, message)
        return {"type": _FAILED, **_numbered(chunks), "response": told}

    def answer(self, chunks: Sequence[Json]) -> Json | None:
        """Return the response that the last event holds."""
        return next((part_of(chunk, "response") or None for chunk in reversed(chunks) if self.is_end(chunk)), None)

    def failed(self, answer: Json, code: str, message: str) -> Json | None:
        """Return a failed response, which comes under status 200."""
        ended: Json = {"status": "failed", "completed_at": None, "output": [], "usage": None}
        return {**answer, **ended, "error": {"code": code, "message": message}}

    def renumbered(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Return events of which each has the number behind that of the one before."""
        out: list[Event] = []
        following: int | None = None
        for item in events:
            chunk = chunk_of(item)
            number = chunk.get(_NUMBER) if chunk else None
            if chunk is not None and isinstance(number, int):
                wanted = number if following is None else following
                out.append(item if number == wanted else with_chunk(item, {**chunk, _NUMBER: wanted}))
                following = wanted + 1
            else:
                out.append(item)
        return tuple(out)


def _numbered(chunks: Sequence[Json]) -> Json:
    numbers = [chunk[_NUMBER] for chunk in chunks if isinstance(chunk.get(_NUMBER), int)]
    return {_NUMBER: max(numbers, default=-1) + 1}


def error_body(status: int, message: str = "") -> bytes:
    """Build the body of an error; without a message it is the one that is usual for the status."""
    kind, code, text = _ERRORS.get(status) or (_ERRORS[500] if status >= 500 else _REFUSED)
    return dump({"error": {"message": message or text, "type": kind, "param": None, "code": code}})
