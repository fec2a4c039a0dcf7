"""Which API an event, a stream or an answer is of, among those of typed events.

The one rule: what is said there decides, and nothing else, so that it is the same whoever upstream is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fault_injection.chat import Json, chunk_of, text_of
from fault_injection.dialects.messages import Messages
from fault_injection.dialects.responses import Responses
from fault_injection.dialects.typed import Spoken
from fault_injection.reply import Event

_ALL: Final[tuple[Spoken, ...]] = (Messages(), Responses())
_SIGN: Final = b'"type"'


def spoken_in(chunk: Json) -> Spoken | None:
    """Return the API that an event's object is of; None for chat completions, Workers AI's own and whatever else."""
    if "choices" in chunk or "type" not in chunk:
        return None
    return next((each for each in _ALL if each.has_event(chunk)), None)


def spoken_by(answer: Json) -> Spoken | None:
    """Return the API that a whole answer is of; None for chat completions, Workers AI's own and whatever else."""
    return None if "choices" in answer else next((each for each in _ALL if each.has_answer(answer)), None)


def spoken(events: Iterable[Event]) -> Spoken | None:
    """Return the API that a stream is of, which its first object tells."""
    chunk = next((chunk for chunk in map(chunk_of, events) if chunk is not None), None)
    return None if chunk is None else spoken_in(chunk)


def is_end(item: Event) -> bool:
    """Whether an event ends an answer: `[DONE]`, or what an API of typed events has instead."""
    if item.is_done:
        return True
    chunk = chunk_of(item) if _SIGN in item.raw else None
    api = None if chunk is None else spoken_in(chunk)
    return api is not None and chunk is not None and api.is_end(chunk)


def text_in(chunk: Json) -> str:
    """Return the text that an event's object adds to the answer, whatever it is of; empty when it adds none."""
    api = spoken_in(chunk)
    return text_of(chunk) if api is None else api.text_of(chunk)


def in_order(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return the events numbered anew where they have numbers: an upstream that goes wrong still counts."""
    api = spoken(events)
    return events if api is None else api.renumbered(events)
