"""What an answer says besides its text: reasoning, log probabilities, and every other field of a delta or a message.

The one rule: each field is one that OpenAI's reference has, that Workers AI or vLLM sends, or that a reader must
ignore (OpenAI API reference: the chat completion object, the chat completion chunk object; vLLM: reasoning outputs).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from fault_injection.chat import (
    Json,
    bare,
    brings,
    choice_of,
    chunk_event,
    delta_of,
    edit_choice,
    index_of,
    is_native,
    with_chunk,
    with_delta,
)
from fault_injection.fault import Fault, param
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


@dataclass(frozen=True, kw_only=True)
class Logprobs(FormFault):
    """The answer has the log probability of every token of its text."""

    id: ClassVar[str] = "chat.logprobs"
    top: int = param(2, "how many likely tokens come with each", unit="tokens", low=0, high=20)

    def on_chunk(self, chunk: Json) -> Json:
        return edit_choice(chunk, self._with_odds)

    def on_answer(self, answer: Json) -> Json:
        return edit_choice(answer, self._with_odds)

    def _with_odds(self, choice: Json) -> Json:
        said = choice.get("delta") or choice.get("message")
        text = said.get("content") if isinstance(said, dict) else None
        if not isinstance(text, str) or not text:
            return choice
        # A chunk is one token; a whole text is taken apart at its white space.
        tokens = [text] if "delta" in choice else re.findall(r"\s*\S+|\s+\Z", text)
        return {**choice, "logprobs": {"content": [odds(token, self.top) for token in tokens], "refusal": None}}


def odds(token: str, top: int) -> Json:
    """Return what OpenAI tells of one token and of `top` likely ones, as a function of the token alone."""
    likely = [_odd(token, at) for at in range(top)]
    return {**_odd(token, 0), "top_logprobs": likely}


def _odd(token: str, at: int) -> Json:
    drawn = hashlib.sha256(f"{at} {token}".encode("utf-8", "replace")).digest()
    # Certain, next to impossible (OpenAI's own -9999.0), very small, or of many digits: numbers as JSON may have them.
    logprob = (-0.0, -9999.0, -1e-07, -drawn[1] / 256 - at)[min(drawn[0] % 8, 3)]
    other = token if not at else f"{token}{at}"
    return {"token": other, "logprob": logprob, "bytes": list(other.encode("utf-8", "replace"))}


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
            return edit_choice(value, lambda choice: _on(choice, said, self._with(_IN_MESSAGE)))
        if self.which in _ON_TOP:
            return value if is_native(value) else self._with(_ON_TOP)(value)
        if self.which == "usage_details":
            return _on(value, "usage", lambda usage: {**usage, **self._details()})
        extra = {"x_upstream": {"full": {"since": 2027, "why": None}, "empty": {}, "null": None}[self.value]}

        def told(part: Json) -> Json:
            return {**extra, **part}

        marked = edit_choice(value, lambda choice: told(_on(choice, said, told)))
        return told(_on(marked, "usage", told))

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


@dataclass(frozen=True, kw_only=True)
class Usage(FormFault):
    """The token usage comes at another place: on every chunk, on the last ones, or before the finish reason.

    Only an answer that tells its usage is struck: what was not asked for is not made up.
    """

    id: ClassVar[str] = "chat.usage"
    looks_ahead: ClassVar[bool] = True
    place: str = param(
        "every",
        "on every chunk and growing, as null or zeros on all but the last, on the chunk with the finish reason, or "
        "before that one",
        choices=("every", "nulls", "zeros", "finish", "early"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        chunks = [chunk for _, chunk in said]
        last = max((at for at, chunk in enumerate(chunks) if chunk and chunk.get("usage")), default=None)
        finish = max((at for at, chunk in enumerate(chunks) if chunk and _finishes(chunk)), default=None)
        if last is None:
            yield from (item for item, _ in said)
            return
        usage = (chunks[last] or {})["usage"]
        alone = choice_of(chunks[last] or {}) is None and not is_native(chunks[last] or {})
        moves = self.place in ("finish", "early") and finish is not None and alone and finish < last
        so_far = 0
        for at, (item, chunk) in enumerate(said):
            if (
                chunk is None
                or (moves and at not in (finish, last))
                or (self.place in ("finish", "early") and not moves)
            ):
                yield item
            elif moves and at == finish:
                if self.place == "early":
                    yield chunk_event({**chunk, "choices": [], "usage": usage})
                yield item if self.place == "early" else with_chunk(item, {**chunk, "usage": usage})
            elif not moves:
                so_far += brings(chunk)
                yield item if at >= last else with_chunk(item, {**chunk, "usage": self._running(usage, so_far)})

    def _running(self, usage: Json, so_far: int) -> Json | None:
        if self.place == "nulls":
            return None
        if self.place == "zeros":
            return {name: 0 for name, count in usage.items() if isinstance(count, int)}
        prompt = usage.get("prompt_tokens")
        prompt = prompt if isinstance(prompt, int) else 0
        return {"prompt_tokens": prompt, "completion_tokens": so_far, "total_tokens": prompt + so_far}


@dataclass(frozen=True, kw_only=True)
class Role(FormFault):
    """The role of the message comes late, repeatedly, with no text beside it, or not at all."""

    id: ClassVar[str] = "chat.role"
    kind: str = param(
        "no-content",
        "alone and without the key of the text, with a null or an empty text, in every chunk, empty or null in all but "
        "the first, in the second chunk, or never",
        choices=("no-content", "null-content", "empty-content", "every", "empty", "null", "late", "never"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        seen: dict[int, int] = {}
        for item, chunk in said:
            if chunk is None or choice_of(chunk) is None:
                yield item
                continue
            index = index_of(chunk)
            number = seen[index] = seen.get(index, 0) + 1
            if number == 1 and self.kind.endswith("-content"):
                if brings(chunk):
                    yield chunk_event(bare(chunk, self._opening()))
                    yield item
                else:
                    opening = {**_less(delta_of(chunk), "content"), **self._opening()}
                    yield with_chunk(item, with_delta(chunk, opening))
            else:
                yield with_chunk(item, with_delta(chunk, self._named(delta_of(chunk), number)))

    def _opening(self) -> Json:
        if self.kind == "no-content":
            return {"role": "assistant"}
        return {"role": "assistant", "content": None if self.kind == "null-content" else ""}

    def _named(self, delta: Json, number: int) -> Json:
        match self.kind:
            case "every":
                return {"role": "assistant", **delta}
            case "empty" | "null" if number > 1:
                return {**delta, "role": "" if self.kind == "empty" else None}
            case "late":
                return {**_less(delta, "role"), **({"role": "assistant"} if number == 2 else {})}
            case "never":
                return _less(delta, "role")
            case _:
                return delta


@dataclass(frozen=True, kw_only=True)
class EmptyDelta(FormFault):
    """Chunks that add nothing come between those with text: without the text's key, with a null, or with no delta."""

    id: ClassVar[str] = "chat.empty_delta"
    kind: str = param(
        "empty",
        "what the chunk has where the text belongs: an empty text, null, no key at all, a null delta, or no delta",
        choices=("empty", "null", "missing", "null-delta", "no-delta"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        number = 0
        for item, chunk in said:
            yield item
            if chunk is None or not brings(chunk):
                continue
            number += 1
            if number % 2:
                yield chunk_event(self._empty(chunk))

    def _empty(self, chunk: Json) -> Json:
        key = "response" if is_native(chunk) else "content"
        told: Json = {key: "" if self.kind == "empty" else None} if self.kind in ("empty", "null") else {}
        if is_native(chunk):
            return {**told, "tool_calls": [], "p": "abdef"}
        new = bare(chunk, told)
        if self.kind not in ("null-delta", "no-delta"):
            return new
        return edit_choice(
            new, lambda choice: {**_less(choice, "delta"), **({"delta": None} if self.kind == "null-delta" else {})}
        )


def _on_messages(answer: Json, edit: Callable[[Json], Json]) -> Json:
    return edit_choice(answer, lambda choice: _on(choice, "message", edit))


def _on(value: Json, name: str, edit: Callable[[Json], Json]) -> Json:
    """Edit a part that is an object; what is none is left as it is."""
    part = value.get(name)
    return {**value, name: edit(part)} if isinstance(part, dict) else value


def _less(value: Json, name: str) -> Json:
    return {key: item for key, item in value.items() if key != name}


def _finishes(chunk: Json) -> bool:
    return bool((choice_of(chunk) or {}).get("finish_reason"))


FAULTS: tuple[type[Fault], ...] = (Reasoning, Logprobs, Fields, Usage, Role, EmptyDelta)
