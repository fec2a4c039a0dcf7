"""The blocks of a UI message: text and reasoning, each begun, added to and ended under an id of its own.

The one rule: reasoning ends where text goes on without it, so that a page knows when the model has thought. Text stays
open while reasoning comes between, so that one text is one block.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from harness.reference_proxy.faces.face import Json

Kind: TypeAlias = Literal["text", "reasoning"]


class Blocks:
    """The blocks of one message."""

    def __init__(self) -> None:
        self._begun = 0
        self._open: dict[Kind, str] = {}  # their ids

    def take(self, thought: str, text: str) -> Iterator[Json]:
        """Yield the parts for the reasoning and the text of one chunk, either of which may be empty."""
        if thought:
            yield from self._say("reasoning", thought)
        elif text:
            yield from self._end("reasoning")
        if text:
            yield from self._say("text", text)

    def close(self) -> Iterator[Json]:
        """Yield what ends the blocks that are open."""
        for kind in list(self._open):
            yield from self._end(kind)

    def _say(self, kind: Kind, delta: str) -> Iterator[Json]:
        if kind not in self._open:
            self._open[kind] = str(self._begun)
            self._begun += 1
            yield {"type": f"{kind}-start", "id": self._open[kind]}
        yield {"type": f"{kind}-delta", "id": self._open[kind], "delta": delta}

    def _end(self, kind: Kind) -> Iterator[Json]:
        if kind in self._open:
            yield {"type": f"{kind}-end", "id": self._open.pop(kind)}
