"""Mutants that do not understand an answer in another form than the usual one.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.forms`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.answers.chunks import Chunk, Translator
from harness.reference_proxy.answers.sse import SseEvent, SseParser
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.upstream.sources import ChunkSource

_REASONING = ("reasoning_content", "reasoning")


def _delta(choice: Chunk) -> Chunk:
    return choice.get("delta") or {}


def _without_text(choice: Chunk) -> Chunk:
    return {**choice, "delta": {name: value for name, value in _delta(choice).items() if name != "content"}}


@mutant
def text_beside_the_finish_lost(openai_choice: Original) -> object:
    def bare(self: Translator, choice: Chunk, position: int) -> object:
        return openai_choice(self, _without_text(choice) if choice.get("finish_reason") else choice, position)

    return bare


@mutant
def text_beside_reasoning_lost(openai_choice: Original) -> object:
    def bare(self: Translator, choice: Chunk, position: int) -> object:
        thinks = any(_delta(choice).get(name) for name in _REASONING)
        return openai_choice(self, _without_text(choice) if thinks else choice, position)

    return bare


@mutant
def reasoning_known_by_its_key(openai_choice: Original) -> object:
    def bare(self: Translator, choice: Chunk, position: int) -> object:
        thinks = any(name in _delta(choice) for name in _REASONING)
        return openai_choice(self, _without_text(choice) if thinks else choice, position)

    return bare


@mutant
def whole_call_unnamed(deltas: Original) -> object:
    def later(raw: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = deltas(raw)
        for call in found:
            if call["function"].get("arguments"):
                call.pop("id", None)
                call["function"].pop("name", None)
        return found

    return later


@mutant
def late_name_lost(openai_choice: Original) -> object:
    def first(self: Translator, choice: Chunk, position: int) -> object:
        made = openai_choice(self, choice, position)
        opened: set[int] = self.__dict__.setdefault("opened", set())
        for call in made["delta"].get("tool_calls", []) if made else []:
            if call["index"] in opened:
                call.pop("id", None)
                call["function"].pop("name", None)
            opened.add(call["index"])
        return made

    return first


@mutant
def pieces_go_to_the_last_call(openai_choice: Original) -> object:
    def last(self: Translator, choice: Chunk, position: int) -> object:
        made = openai_choice(self, choice, position)
        for call in made["delta"].get("tool_calls", []) if made else []:
            if call["function"].get("name"):
                self.__dict__["opened_last"] = call["index"]
            call["index"] = self.__dict__.get("opened_last", call["index"])
        return made

    return last


@mutant
def usage_is_the_end(from_openai: Original) -> object:
    def final(self: Translator, payload: Chunk) -> list[Chunk]:
        over = self._usage is not None
        chunks: list[Chunk] = from_openai(self, payload)
        ends = any(choice["finish_reason"] for each in chunks for choice in each["choices"])
        return chunks if ends or not over else []

    return final


@mutant
def last_read_forgotten(feed: Original) -> object:
    def hasty(self: SseParser, block: bytes) -> Iterator[SseEvent]:
        events = list(feed(self, block))
        ends = [event for event in events if event.data == "[DONE]"]
        yield from ends or events

    return hasty


@mutant
def null_text_refused(openai_choice: Original) -> object:
    def strict(self: Translator, choice: Chunk, position: int) -> object:
        if _delta(choice).get("content", "") is None and not _delta(choice).get("tool_calls"):
            raise TypeError("there is a null where a text belongs")
        return openai_choice(self, choice, position)

    return strict


@mutant
def role_awaited(openai_choice: Original) -> object:
    def awaiting(self: Translator, choice: Chunk, position: int) -> object:
        if _delta(choice).get("role"):
            self.__dict__["role_came"] = True
        return openai_choice(self, choice if self.__dict__.get("role_came") else _without_text(choice), position)

    return awaiting


@mutant
def json_known_by_its_start(accept: Original) -> object:
    return lambda self, event: accept(self, event) if event.data.startswith(('{"', "[DONE]")) else []


@mutant
def comment_ends_an_event(take: Original) -> object:
    return lambda self, line: take(self, b"" if line.startswith(b":") else line)


@mutant
def unreadable_arguments_skipped(accept: Original) -> object:
    def lenient(self: Translator, event: SseEvent) -> list[Chunk]:
        self.__dict__["calls"] = self.__dict__.get("calls", False) or '"tool_calls":[' in event.data
        try:
            chunks: list[Chunk] = accept(self, event)
        except UpstreamError as failure:
            if failure.code != "upstream_malformed_event" or not self.__dict__["calls"]:
                raise
            return []
        return chunks

    return lenient


@mutant
def kept_only_with_content(add: Original) -> object:
    def picky(self: Capture, chunk: Chunk, size_bytes: int) -> None:
        if not self._choices and any("content" not in choice["delta"] for choice in chunk["choices"]):
            self._left_bytes = -1
        add(self, chunk, size_bytes)

    return picky


@mutant
def names_added_up(add_call: Original) -> object:
    def adding(self: Any, fragment: Chunk) -> None:  # noqa: ANN401 - one choice of a capture, which is private
        known = self._calls.get(fragment["index"])
        name = known["function"]["name"] if known else ""
        add_call(self, fragment)
        if known and fragment["function"].get("name"):
            known["function"]["name"] = name + fragment["function"]["name"]

    return adding


@mutant
def first_event_is_the_answer(collect: Original) -> object:
    class First:
        """The source up to the first chunk with text, and the finish of the rest."""

        def __init__(self, source: ChunkSource) -> None:
            self._source = source
            self._had_text = False

        async def next(self) -> Chunk | None:
            while (chunk := await self._source.next()) is not None:
                has_text = any(choice["delta"].get("content") for choice in chunk["choices"])
                if not (has_text and self._had_text):
                    self._had_text = self._had_text or has_text
                    return chunk
            return None

    async def hasty(source: ChunkSource, *, max_bytes: int) -> object:
        return await collect(source if hasattr(source, "completion") else First(source), max_bytes=max_bytes)

    return hasty
