"""Pieces of tool calls in the order in which an API can word them: one call is over before the next one begins.

The one rule: a call is held back until its id and its name are known, and as long as the arguments of the one before it
are no whole JSON. Nothing else waits, so a single call flows as it comes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.faces.face import Json


@dataclass(slots=True)
class _Call:
    """One call as far as it came. `waiting` are arguments that were not given on yet."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    waiting: str = ""
    begun: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are an object, to which nothing can be added."""
        try:
            return isinstance(jsontext.loads(self.arguments), dict)
        except ValueError:
            return False


class OneByOne:
    """The calls of one answer. `mark` is the answer's own, for the id of a call to which upstream gives none."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._calls: dict[int, _Call] = {}

    def accept(self, piece: Mapping[str, Any]) -> Iterator[Json]:
        """Take a piece; yield the pieces whose turn it is: a call's first one has its id and its name, no other has."""
        function = piece.get("function") or {}
        call = self._calls.setdefault(piece["index"], _Call())
        call.id, call.name = call.id or piece.get("id") or "", call.name or function.get("name") or ""
        more = function.get("arguments") or ""
        call.arguments, call.waiting = call.arguments + more, call.waiting + more
        yield from self._due(is_over=False)

    def end(self) -> Iterator[Json]:
        """Yield what has waited until now."""
        yield from self._due(is_over=True)

    def _due(self, *, is_over: bool) -> Iterator[Json]:
        for index in sorted(self._calls):
            call = self._calls[index]
            if not (is_over or (call.id and call.name)):
                return
            if not call.begun or call.waiting:
                names = {} if call.begun else {"id": call.id or f"call_{self._mark}_{index}"}
                function = {} if call.begun else {"name": call.name}
                yield {"index": index, **names, "function": {**function, "arguments": call.waiting}}
            call.begun, call.waiting = True, ""
            if not (is_over or call.is_whole):
                return
