"""Mutants that read events wrongly, or hand on something else than what they say.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.answers`.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.answers.chunks import Chunk, Translator
from harness.reference_proxy.answers.sse import SseEvent, SseParser
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.eventlog import LogReader
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import Front
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.sources import LiveSource

_LARGE_BYTES = 256 * 1024
_TOILING_S = 3.0


@mutant
def lines_end_in_lf_alone(_: Original) -> object:
    return re.compile(rb"\n")


@mutant
def bare_cr_ends_no_line(_: Original) -> object:
    return re.compile(rb"\r\n|\n")


@mutant
def line_lost_at_a_read(feed: Original) -> object:
    def forgetful(self: SseParser, block: bytes) -> Iterator[SseEvent]:
        yield from feed(self, block)
        self._line.clear()

    return forgetful


@mutant
def order_mark_kept(_: Original) -> object:
    return lambda _, block: block


@mutant
def space_demanded(take: Original) -> object:
    def strict(self: SseParser, line: bytes) -> SseEvent | None:
        if line.startswith(b"data:") and not line.startswith(b"data: "):
            return None
        event: SseEvent | None = take(self, line)
        return event

    return strict


@mutant
def last_data_line_wins(take: Original) -> object:
    def last(self: SseParser, line: bytes) -> SseEvent | None:
        if line.startswith(b"data:"):
            self._data.clear()
        event: SseEvent | None = take(self, line)
        return event

    return last


@mutant
def comment_taken_for_data(take: Original) -> object:
    return lambda self, line: take(self, b"data" + line if line.startswith(b":") else line)


@mutant
def field_known_by_its_start(take: Original) -> object:
    return lambda self, line: take(self, re.sub(rb"^data\w*:", b"data:", line))


@mutant
def decoded_read_by_read(feed: Original) -> object:
    return lambda self, block: feed(self, block.decode("utf-8", "replace").encode())


@mutant
def events_of_16_kib(init: Original) -> object:
    def small(self: SseParser, *, max_event_bytes: int) -> None:
        init(self, max_event_bytes=min(max_event_bytes, 16 * 1024))

    return small


@mutant
def malformed_event_skipped(accept: Original) -> object:
    def lenient(self: Translator, event: SseEvent) -> list[Chunk]:
        try:
            chunks: list[Chunk] = accept(self, event)
        except UpstreamError as failure:
            if failure.code != "upstream_malformed_event":
                raise
            return []
        return chunks

    return lenient


@mutant
def empty_chunk_refused(from_openai: Original) -> object:
    def strict(self: Translator, payload: Chunk) -> list[Chunk]:
        if not payload["choices"]:
            raise TypeError("there is no choice in it")
        chunks: list[Chunk] = from_openai(self, payload)
        return chunks

    return strict


@mutant
def text_of_the_role_chunk_lost(openai_choice: Original) -> object:
    def without(self: Translator, choice: Chunk, position: int) -> object:
        delta = choice["delta"] if self._begun else {**choice["delta"], "content": ""}
        return openai_choice(self, {**choice, "delta": delta}, position)

    return without


@mutant
def tokens_trimmed(as_text: Original) -> object:
    return lambda value: value.strip() if isinstance(value, str) else as_text(value)


@mutant
def numeric_token_dropped(as_text: Original) -> object:
    return lambda value: as_text(value) if isinstance(value, str) else None


@mutant
def first_chunk_sent_twice(push_back: Original) -> object:
    def twice(self: LiveSource, chunk: Chunk) -> None:
        push_back(self, chunk)
        push_back(self, chunk)

    return twice


@mutant
def first_chunk_put_last(_: Original) -> object:
    return lambda self, chunk: self._ready.append(chunk)


@mutant
def characters_replaced(dumps: Original) -> object:
    return lambda value: dumps(value).decode("utf-8").encode("ascii", "replace")


@mutant
def always_stop(choice: Original) -> object:
    def stopped(self: Translator, index: int, delta: Chunk, finish: object, extra: Chunk | None = None) -> object:
        return choice(self, index, delta, None if finish is None else "stop", extra)

    return stopped


@mutant
def native_finish_made_up(from_native: Original) -> object:
    return lambda self, payload: from_native(self, {**payload, "finish_reason": None})


@mutant
def choices_merged(openai_choice: Original) -> object:
    return lambda self, choice, position: openai_choice(self, {**choice, "index": 0}, position)


@mutant
def arguments_of_the_first_fragment(deltas: Original) -> object:
    return lambda raw: [call for call in deltas(raw) if call["function"].get("name")]


@mutant
def parallel_calls_merged(deltas: Original) -> object:
    return lambda raw: [{**call, "index": 0} for call in deltas(raw)]


@mutant
def arguments_in_python(call: Original) -> object:
    def python(item: dict[str, Any], position: int) -> dict[str, Any]:
        made: dict[str, Any] = call(item, position)
        arguments = item.get("arguments", (item.get("function") or {}).get("arguments"))
        if isinstance(arguments, dict):
            made["function"]["arguments"] = str(arguments)
        return made

    return python


@mutant
def usage_forgotten(_: Original) -> object:
    return lambda *_, **__: None


@mutant
def one_id_for_all(new_answer_id: Original) -> object:
    made = new_answer_id()
    return lambda: made


@mutant
def pretty_printed_events(dumps: Original) -> object:
    return lambda value: dumps(value).replace(b',"', b',\n"')


@mutant
def whole_before_the_first(_: Original) -> object:
    return _in_lumps(sys.maxsize)


@mutant
def lumps_of_eight(_: Original) -> object:
    return _in_lumps(8)


@mutant
def first_held_for_good(pull: Original) -> object:
    async def greedy(self: LiveSource) -> None:
        await pull(self)
        while self._translator._native and not self._ended and self._failure is None:  # type: ignore[attr-defined]  # other providers have no such dialect
            await pull(self)

    return greedy


@mutant
def never_waits_for_readers(_: Original) -> object:
    return lambda _: False


@mutant
def parsing_on_the_loop(parse: Original) -> object:
    async def toiling(self: Front, body: bytes, caller: str) -> ChatRequest:
        if len(body) > _LARGE_BYTES:
            time.sleep(_TOILING_S)  # noqa: ASYNC251 - to block the loop is the defect
        request: ChatRequest = await parse(self, body, caller)
        return request

    return toiling


def _in_lumps(size: int) -> object:
    async def lumpy(
        request: web.Request, reader: LogReader, *, headers: dict[str, str], stall_s: float
    ) -> web.StreamResponse:
        held: list[bytes] = []

        async def next_item() -> bytes | None:
            while not held and (item := await reader.next()) is not None:
                held.append(item)
                while len(held) < size and (item := await reader.next()) is not None:
                    held.append(item)
            return held.pop(0) if held else None

        return await relay._stream(request, next_item, headers, stall_s)

    return lumpy
