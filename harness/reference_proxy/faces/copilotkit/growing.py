"""A list that is read while it grows.

The one rule: whoever reads it gets all of it from its start, and asks for more only when there is nothing left.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


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
        return any(place[0] < len(self._items) for place in self._places)

    async def read(self) -> AsyncIterator[T]:
        """Yield the items from the first on, and those to come."""
        place = [0]
        self._places.append(place)
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
