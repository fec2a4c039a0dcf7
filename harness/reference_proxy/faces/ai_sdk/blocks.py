"""The blocks of a UI message: text and reasoning, each begun, added to and ended under an id of its own.

The one rule: one block is open at a time, so that what is said later never stands in what was said before.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from harness.reference_proxy.faces.face import Json

Kind: TypeAlias = Literal["text", "reasoning"]


class Blocks:
    """The blocks of one message."""

    def __init__(self) -> None:
        self._begun = 0
        self._open: tuple[Kind, str] | None = None

    def say(self, kind: Kind, delta: str) -> Iterator[Json]:
        """Yield the parts that add to the open block, or begin another one."""
        if self._open is None or self._open[0] != kind:
            yield from self.close()
            self._open = kind, str(self._begun)
            self._begun += 1
            yield {"type": f"{kind}-start", "id": self._open[1]}
        yield {"type": f"{kind}-delta", "id": self._open[1], "delta": delta}

    def close(self) -> Iterator[Json]:
        """Yield what ends the open block; nothing where none is open."""
        if self._open is not None:
            yield {"type": f"{self._open[0]}-end", "id": self._open[1]}
        self._open = None
