"""Mutants that word an answer wrongly in another API than chats.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.faces`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.face import Json
from harness.reference_proxy.faces.messages_stream import MessageStream
from harness.reference_proxy.faces.responses_stream import ResponseStream


@mutant
def message_stops_at_a_break(fail: Original) -> object:
    del fail

    def stops(self: MessageStream, error: ProxyError) -> Iterator[bytes]:
        del error
        yield from self.end()

    return stops


@mutant
def response_completed_at_a_break(fail: Original) -> object:
    del fail

    def completed(self: ResponseStream, error: ProxyError) -> Iterator[bytes]:
        del error
        yield from self.end()

    return completed


@mutant
def message_stops_twice(end: Original) -> object:
    def twice(self: MessageStream) -> Iterator[bytes]:
        last = b""
        for last in end(self):
            yield last
        yield last

    return twice


@mutant
def first_text_of_a_block_lost(delta: Original) -> object:
    """A client that is told of a block takes its first text from there, where this wording has none."""

    def later(self: MessageStream, told: Json) -> bytes:
        known: set[int] = self.__dict__.setdefault("told", set())
        is_first = told["type"] == "text_delta" and self._at not in known
        known.add(self._at)
        return b"" if is_first else bytes(delta(self, told))

    return later


@mutant
def max_tokens_told_as_an_end(stop_of: Original) -> object:
    def ended(finish: object) -> object:
        return stop_of("stop" if finish == "length" else finish)

    return ended


@mutant
def blocks_left_open(stopped: Original) -> object:
    del stopped

    def left(self: MessageStream) -> Iterator[bytes]:
        self._open = None
        yield from ()

    return left


@mutant
def response_numbers_start_again(numbered: Original) -> object:
    def again(self: ResponseStream, kind: str, **told: Any) -> bytes:  # noqa: ANN401 - as the seam has it
        if kind.startswith("response.output_item."):
            self._made = 0
        return bytes(numbered(self, kind, **told))

    return again


@mutant
def response_counts_no_tokens(usage: Original) -> object:
    def none(told: object) -> object:
        counted: Mapping[str, Any] | None = usage(told)
        return counted and {**counted, "output_tokens": 0, "total_tokens": counted["input_tokens"]}

    return none
