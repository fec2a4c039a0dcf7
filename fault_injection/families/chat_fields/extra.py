"""Fields that not every upstream sends: filled, empty or null, at each level of a chunk or an answer.

The one rule: a reader either has a use for the field or must ignore it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fault_injection.chat import Json, bare, brings, choice_of, chunk_event, edit_choice, edit_part, index_of, is_native
from fault_injection.fault import param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event

_CITED: Final[Json] = {
    "type": "url_citation",
    "url_citation": {"start_index": 0, "end_index": 2, "title": "Zürich", "url": "https://example.org/a?b=c"},
}
_DETAILS: Final[Json] = {
    "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 1,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
_IN_MESSAGE: Final[dict[str, tuple[Any, Any]]] = {
    "refusal": ("I will say no more.", ""),
    "annotations": ([_CITED], []),
    "audio": ({"id": "audio_1", "data": "UklGRg==", "expires_at": 1_900_000_000, "transcript": "hm"}, {}),
}
"""Fields of a delta and of a message: what is in them, and what is when they are empty."""
_ON_TOP: Final[dict[str, tuple[Any, Any]]] = {
    "system_fingerprint": ("fp_44709d6fcb", ""),
    "service_tier": ("default", ""),
}
"""Fields of a chunk and of an answer."""


@dataclass(frozen=True, kw_only=True)
class Fields(FormFault):
    """The answer has a field that not every upstream sends, filled, empty or null."""

    id: ClassVar[str] = "chat.fields"
    which: str = param(
        "unknown",
        "which field; unknown ones stand at every level, details within the token usage",
        choices=("unknown", *_IN_MESSAGE, *_ON_TOP, "usage_details"),
    )
    value: str = param("full", "what is in it", choices=("full", "empty", "null"))

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        if self.which not in _IN_MESSAGE or self.value != "full":
            yield from super().on_stream(said)
            return
        # As far as it can come in pieces it does: behind the text, each piece in a chunk of its own.
        open_choices: dict[int, bool] = {}
        for item, chunk in said:
            index = index_of(chunk) if chunk else 0
            ends = chunk is not None and not brings(chunk) and open_choices.get(index, False)
            if chunk is not None and ends and choice_of(chunk) is not None:
                yield from (chunk_event(bare(chunk, {self.which: piece})) for piece in self._pieces())
                open_choices[index] = False
            elif chunk is not None and choice_of(chunk) is not None and brings(chunk):
                open_choices.setdefault(index, True)
            yield item

    def _pieces(self) -> tuple[Any, ...]:
        match self.which:
            case "refusal":
                return "I will ", "say no more."
            case "annotations":
                return [_CITED], [{**_CITED, "url_citation": {**_CITED["url_citation"], "end_index": 4}}]
            case _:
                return {"id": "audio_1"}, {"data": "UklG"}, {"data": "Rg=="}, {"expires_at": 1_900_000_000}

    def on_chunk(self, chunk: Json) -> Json:
        return self._everywhere(chunk, "delta")

    def on_answer(self, answer: Json) -> Json:
        return self._everywhere(answer, "message")

    def _everywhere(self, value: Json, said: str) -> Json:
        if self.which in _IN_MESSAGE:
            return edit_choice(value, lambda choice: edit_part(choice, said, self._with(_IN_MESSAGE)))
        if self.which in _ON_TOP:
            return value if is_native(value) else self._with(_ON_TOP)(value)
        if self.which == "usage_details":
            return edit_part(value, "usage", lambda usage: {**usage, **self._details()})
        extra = {"x_upstream": {"full": {"since": 2027, "why": None}, "empty": {}, "null": None}[self.value]}

        def told(part: Json) -> Json:
            return {**extra, **part}

        marked = edit_choice(value, lambda choice: told(edit_part(choice, said, told)))
        return told(edit_part(marked, "usage", told))

    def _with(self, fields: dict[str, tuple[Any, Any]]) -> Callable[[Json], Json]:
        full, empty = fields[self.which]
        value = {"full": full, "empty": empty, "null": None}[self.value]
        return lambda part: {**part, self.which: value}

    def _details(self) -> Json:
        return {
            "full": _DETAILS,
            "empty": {name: {} for name in _DETAILS},
            "null": dict.fromkeys(_DETAILS),
        }[self.value]
