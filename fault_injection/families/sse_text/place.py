"""The event that a fault strikes, and what is put into its text.

The one rule: a place beyond the end is the last one that will do.
"""

from __future__ import annotations

from dataclasses import replace

from fault_injection.chat import Json, chunk_of, text_of, with_chunk, with_text
from fault_injection.reply import Reply
from fault_injection.stream import Events, answer_place, data_places, replaced

MANY = 1_000_000
AT = "which data event, from 0; clamped to the last before [DONE]"
AT_TEXT = "which data event, from 0; the next one with text is struck, or else the last with text"
_MARK = "\ue000"
"""Stands where raw bytes are to be put; a character of private use, which no answer has."""


def text_chunk(events: Events, at: int) -> tuple[int, Json] | None:
    """Find the event with text at data event `at` or behind it, or else the last one that has any."""
    first = answer_place(events, at)
    found = None
    for place in data_places(events):
        chunk = chunk_of(events[place])
        if chunk and text_of(chunk):
            found = place, chunk
            if first is not None and place >= first:
                break
    return found


def with_raw(reply: Reply, at: int, raw: bytes) -> Reply:
    """Put bytes behind the text of the event that `text_chunk` finds."""
    found = text_chunk(reply.events, at)
    if found is None:
        return reply
    place, chunk = found
    marked = with_chunk(reply.events[place], with_text(chunk, text_of(chunk) + _MARK))
    spoiled = replace(marked, raw=marked.raw.replace(_MARK.encode(), raw, 1))
    return replace(reply, body=replaced(reply.events, place, spoiled))
