"""An error that comes as an event of the stream, in the words of the API that the stream is of.

The one rule: the events before it are those of the whole answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import Json, chunk_event, chunk_of
from fault_injection.cloudflare.errors import ai_error
from fault_injection.dialects.known import in_order, spoken
from fault_injection.dialects.typed import Spoken, typed_event
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Event, Reply, event
from fault_injection.stream import Events, StreamFault, first_lost

_MANY = 1_000_000
_DONE = event("[DONE]")


@dataclass(frozen=True, kw_only=True)
class InbandError(StreamFault):
    """An error arrives as an event in the middle of the stream, after the status said 200.

    In a stream of the Messages API every shape is its `error`, with `message_stop` in the place of `[DONE]`; the text
    `Overloaded` makes it an `overloaded_error`. In one of the Responses API the shapes are its `response.failed`;
    `event` and `error-then-continue` are its `error`, and `error-then-done` is that with `response.failed` behind it.
    """

    id: ClassVar[str] = "sse.inband_error"
    law: ClassVar[Law] = Law.OTHER_BYTES
    after: int = param(1, "data events that get through; clamped so that one is lost", unit="events", low=0, high=_MANY)
    shape: str = param(
        "openai",
        "an `error` object, Cloudflare's `errors`, an `event: error`, plain text; the stream ends there, or after a "
        "`[DONE]`, or continues as if nothing had happened; Messages and Responses have errors of their own",
        choices=("openai", "cloudflare", "event", "text", "error-then-done", "error-then-continue"),
    )
    message: str = param("Internal server error", "the error's text")

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = first_lost(reply.events, self.after)
        before, after = reply.events[:place], reply.events[place:]
        match self.shape:
            case "error-then-continue":
                tail: Events = after
            case "error-then-done":
                tail = (_DONE,)
            case _:
                tail = ()
        api = spoken(reply.events)
        if api is not None:
            own = (typed_event(chunk) for chunk in self._told(api, before))
            return replace(reply, body=in_order((*before, *own, *(after if tail is after else ()))))
        return replace(reply, body=(*before, self._event(), *tail))

    def _told(self, api: Spoken, before: Events) -> tuple[Json, ...]:
        """Return the error, and what ends the stream behind it, as an API of typed events has them."""
        chunks = [chunk for chunk in map(chunk_of, before) if chunk]
        error = api.error(chunks, self.message)
        if self.shape == "error-then-done":
            return error, api.end_behind([*chunks, error], self.message)
        if api.end_tells_error and self.shape not in ("event", "error-then-continue"):
            return (api.end_behind(chunks, self.message),)
        return (error,)

    def _event(self) -> Event:
        error = {"error": {"message": self.message, "type": "server_error", "code": 500}}
        match self.shape:
            case "cloudflare":
                return event(ai_error(3007, f"AiError: {self.message}"))
            case "event":
                return Event(b"event: error\n" + chunk_event(error).raw)
            case "text":
                # A line end in the message would end the event's line.
                return event("AiError: " + " ".join(self.message.split()).encode("utf-8", "replace").decode())
            case _:
                return chunk_event(error)
