"""The door of a proxy: a request is read within bounds, understood, and declined cleanly when it cannot be.

The one rule: whatever arrives, the outcome is an `Ask` or a `Failure` with a status from 400 to 499.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from aiohttp import web

from tests.targets.serving import Failure, Json

MAX_BYTES = 1 << 20
MAX_MESSAGES = 200
MAX_DEPTH = 64
_ROLES = {"system", "developer", "user", "assistant", "tool"}


@dataclass(frozen=True, slots=True)
class Ask:
    """One valid chat request, and the credentials it came with."""

    body: Json
    caller: str

    @property
    def stream(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))

    @property
    def include_usage(self) -> bool:
        """Whether the stream is to end with its usage."""
        options = self.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True


async def read(request: web.Request) -> bytes:
    """Return a request's body; one that is too large is read to its end, so that the client hears the answer."""
    body = bytearray()
    size = 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size <= MAX_BYTES:
            body += piece
    if size > MAX_BYTES:
        raise Failure(413, f"The request has {size} bytes, {MAX_BYTES} are allowed.")
    return bytes(body)


def parse(raw: bytes, caller: str) -> Ask:
    """Understand a request.

    Raises:
        Failure: 400 with what is wrong.
    """
    try:
        body = json.loads(raw)
    except RecursionError:
        raise Failure(400, "The request is nested too deep.") from None
    except ValueError:
        raise Failure(400, "The request is not JSON.") from None
    if not isinstance(body, dict):
        raise Failure(400, "The request is not a JSON object.")
    if _depth(body) > MAX_DEPTH:
        raise Failure(400, f"The request is nested deeper than {MAX_DEPTH}.")
    if not isinstance(body.get("model"), str) or not isinstance(body.get("stream", False), bool):
        raise Failure(400, "The field `model` must be text, `stream` true or false.")
    _check_messages(body.get("messages"))
    return Ask(body, caller)


def _check_messages(messages: object) -> None:
    if not isinstance(messages, list) or not messages:
        raise Failure(400, "The field `messages` must be a list with at least one message.")
    if len(messages) > MAX_MESSAGES:
        raise Failure(400, f"There are {len(messages)} messages, {MAX_MESSAGES} are allowed.")
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise Failure(400, "Each message needs a known `role`.")
        content = message.get("content")
        if not isinstance(content, str | list) and not (content is None and message.get("tool_calls")):
            raise Failure(400, "Each message needs a `content`.")


def _depth(value: object) -> int:
    deepest, level = 0, [value]
    while level:
        nested = [item for item in level if isinstance(item, dict | list)]
        if not nested:
            break
        deepest += 1
        level = [inner for item in nested for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest
