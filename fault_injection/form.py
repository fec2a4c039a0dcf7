"""Another way of saying the very same answer, as upstreams have been seen to say it, in a stream and in JSON.

The one rule: the text stays what it was, and so do tool calls, finish reason and token usage. What comes besides them
is something that a client's dialect has a field for, or that a reader must ignore.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from fault_injection.chat import Json, answer_of, chunk_of, edit_core, with_answer, with_chunk
from fault_injection.fault import Law, Need, ReplyFault, Turn
from fault_injection.reply import Event, Reply

Said = tuple[Event, Json | None]
"""An event of a stream with its chunk; None for a comment, `[DONE]`, and whatever is no JSON object."""


class FormFault(ReplyFault):
    """A fault that says the same in another way; what it does not know is left as it is."""

    law: ClassVar[Law] = Law.SAME_MEANING
    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        """Return the reply with the same answer in another form."""
        if reply.is_stream:
            said = [(item, chunk_of(item)) for item in reply.events]
            events = tuple(self.on_stream(said))
            return reply if events == reply.events else replace(reply, body=events)
        answer = answer_of(reply)
        new = None if answer is None else edit_core(answer, self.on_answer)
        return reply if new == answer else with_answer(reply, new)

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        """Yield the events of the stream in another form; every chunk is edited by itself unless a fault says more."""
        for item, chunk in said:
            new = None if chunk is None else self.on_chunk(chunk)
            yield item if new is None or new == chunk else with_chunk(item, new)

    def on_chunk(self, chunk: Json) -> Json:
        """Return one chunk of a stream in another form."""
        return chunk

    def on_answer(self, answer: Json) -> Json:
        """Return what holds the choices or the response of an answer that is no stream, in another form."""
        return answer
