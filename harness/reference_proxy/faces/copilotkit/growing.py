"""A list that is read while it grows.

The one rule: whoever reads it gets all of it from its start, and asks for more only when there is nothing left.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_NOT_BEGUN: Final = -1


class Growing(Generic[T]):
    """The list. `more` is awaited for it to grow, or to end; `moved` is told whenever a reader has gone on or left."""

    def __init__(self, *, more: Callable[[], Awaitable[None]], moved: Callable[[], None]) -> None:
        self._more = more
        self._moved = moved
        self._items: list[T] = []
        self._ended = False
        self._places: list[list[int]] = []  # how far each reader is

    def add(self, item: T) -> None:
        """Put an item at the end."""
        self._items.append(item)

    def end(self) -> None:
        """Say that nothing follows."""
        self._ended = True

    @property
    def behind(self) -> bool:
        """Whether a reader has not read all that there is."""
        return any(_NOT_BEGUN < place[0] < len(self._items) for place in self._places)

    @property
    def to_begin(self) -> bool:
        """Whether there is a reader that has not begun to read."""
        return any(place[0] == _NOT_BEGUN for place in self._places)

    def read(self) -> AsyncIterator[T]:
        """Return a reader of the items from the first on, and of those to come."""
        place = [_NOT_BEGUN]
        self._places.append(place)
        return self._from(place)

    async def _from(self, place: list[int]) -> AsyncIterator[T]:
        place[0] = 0
        try:
            while True:
                while place[0] < len(self._items):
                    place[0] += 1
                    self._moved()
                    yield self._items[place[0] - 1]
                if self._ended:
                    return
                await self._more()
        finally:
            self._places.remove(place)
            self._moved()
