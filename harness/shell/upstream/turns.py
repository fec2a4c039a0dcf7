"""The turns of one connection: what arrived on it is answered one after the other, in the order in which it came.

The one rule: a turn is a task only as far as it has to wait, for most are over at once (RFC 9112 §9.3.2 on the order).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

_MOST_WAITING = 256
"""Pipelined requests kept while an answer runs; with more the connection is not read."""

T = TypeVar("T")


class Turns(Generic[T]):
    """Answers what is put in line; `answer` tells whether the connection takes another.

    `on_idle` is called when every answer is out and the connection goes on. Nothing is read from `transport` while too
    much waits.
    """

    def __init__(
        self,
        answer: Callable[[T], Coroutine[Any, Any, bool]],
        *,
        on_idle: Callable[[], None],
        transport: asyncio.Transport,
    ) -> None:
        self.task: asyncio.Task[None] | None = None
        """What answers, where that had to wait."""
        self.waiting: deque[T] = deque()
        self.is_busy = False
        """Whether an answer is under way, or was the last one."""
        self._answer = answer
        self._on_idle = on_idle
        self._transport = transport
        self._paused = False

    def put(self, arrival: T) -> None:
        """Put something in line; it is not answered before `go_on`."""
        self.waiting.append(arrival)
        if len(self.waiting) >= _MOST_WAITING and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Answer what waits, unless an answer is under way."""
        if self.is_busy or not self.waiting:
            return
        self.is_busy = True
        serving = self._serve()
        try:
            waits_for = serving.send(None)
        except StopIteration:
            return
        self.task = asyncio.get_running_loop().create_task(_Begun(serving, waits_for))

    async def _serve(self) -> None:
        goes_on = True
        while goes_on and self.waiting:
            arrival = self.waiting.popleft()
            if self._paused and len(self.waiting) < _MOST_WAITING // 2:
                self._paused = False
                self._transport.resume_reading()
            goes_on = await self._answer(arrival)
        self.task = None
        if goes_on:
            self.is_busy = False
            self._on_idle()


class _Begun(Coroutine[Any, Any, None]):
    """A coroutine that was begun outside of any task and now waits for something: a task can take it from there.

    An async function around it would not do: one that is cancelled before its first step is not even entered.
    """

    def __init__(self, begun: Coroutine[Any, Any, None], waits_for: object) -> None:
        self._begun = begun
        self._waits_for = [waits_for]

    def send(self, value: Any) -> Any:  # noqa: ANN401 - the loop's own
        """Go on."""
        return self._waits_for.pop() if self._waits_for else self._begun.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - see above
        """Go on with an error: a cancellation."""
        self._waits_for.clear()
        return self._begun.throw(*error)

    def close(self) -> None:
        """Give it up."""
        self._begun.close()

    def __await__(self) -> Generator[Any, Any, None]:
        """Be a coroutine to whoever asks by that; a task does not."""
        return (yield from self._begun.__await__())
