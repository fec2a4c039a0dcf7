"""A model's reasoning, in a field of its own beside the text (vLLM: reasoning outputs).

The one rule: the text stays where it was, and the reasoning is none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from fault_injection.chat import (
    Json,
    bare,
    brings,
    choice_of,
    chunk_event,
    delta_of,
    edit_choice,
    edit_part,
    index_of,
    with_chunk,
    with_delta,
)
from fault_injection.fault import param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event

_THOUGHTS: Final = ("Hm. The user ", "asks „so“, 東京 \U0001f98a, ", 'and wants "quotes".')
_NAMES: Final = {
    "reasoning_content": ("reasoning_content",),
    "reasoning": ("reasoning",),
    "both": ("reasoning_content", "reasoning"),
}


@dataclass(frozen=True, kw_only=True)
class Reasoning(FormFault):
    """The answer has its model's reasoning in a field of its own, or has that field empty."""

    id: ClassVar[str] = "chat.reasoning"
    place: str = param(
        "before",
        "chunks of their own before or between those with text, in the very chunks with text, or a field without any",
        choices=("before", "beside", "between", "null", "empty"),
    )
    name: str = param("reasoning_content", "which spelling of the field", choices=tuple(_NAMES))

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        told: dict[int, int] = {}
        for item, chunk in said:
            if chunk is None or choice_of(chunk) is None:
                yield item
                continue
            index, with_content = index_of(chunk), brings(chunk)
            number = told.get(index, 0)
            told[index] = number + with_content
            if self.place == "before" and with_content and not number:
                for at, thought in enumerate(_THOUGHTS):
                    content = {"content": None} if at % 2 else {}
                    thinking = bare(chunk, {**content, **self._field(thought)})
                    yield with_chunk(item, thinking) if not at else chunk_event(thinking)
                yield replace(item, wait_s=0.0)
            elif self.place == "between" and with_content and number % 2:
                yield with_chunk(item, bare(chunk, self._field(_THOUGHTS[number % len(_THOUGHTS)])))
                yield replace(item, wait_s=0.0)
            elif self.place == "beside" and with_content:
                field = self._field(_THOUGHTS[number % len(_THOUGHTS)])
                yield with_chunk(item, with_delta(chunk, {**field, **delta_of(chunk)}))
            elif self.place in ("null", "empty"):
                yield with_chunk(item, with_delta(chunk, {**delta_of(chunk), **self._nothing()}))
            else:
                yield item

    def on_answer(self, answer: Json) -> Json:
        field = self._nothing() if self.place in ("null", "empty") else self._field("".join(_THOUGHTS))
        return _on_messages(answer, lambda message: {**message, **field})

    def _field(self, text: str) -> Json:
        return dict.fromkeys(_NAMES[self.name], text)

    def _nothing(self) -> Json:
        return dict.fromkeys(_NAMES[self.name], None if self.place == "null" else "")


def _on_messages(answer: Json, edit: Callable[[Json], Json]) -> Json:
    return edit_choice(answer, lambda choice: edit_part(choice, "message", edit))
