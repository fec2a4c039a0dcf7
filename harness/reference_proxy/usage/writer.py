"""Writes points one after another, behind the answers.

The one rule: bounded in every direction. So many points wait; one that does not fit, or whose write does not succeed
in time, is dropped and counted, and never tried again: nobody knows whether it was written, and it may count but once.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import httpx

from harness.reference_proxy import jsontext
from harness.reference_proxy.http.answered import Answered
from harness.reference_proxy.usage.points import Point, point_of, wire

_LEAVE_S = 1.0  # for points that wait when the proxy stops


class PointWriter:
    """The queue and its one writer. `header` goes with each write, as `Name: value`; `wall` is the time since the epoch
    in seconds."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        url: str,
        header: str,
        dataset: str,
        account: str,
        most_waiting: int,
        timeout_s: float,
        token_price: float,
        wall: Callable[[], float],
    ) -> None:
        self._client = client
        self._url = url
        name, _, value = header.partition(":")
        self._headers = {"Content-Type": "application/json"} | ({name.strip(): value.strip()} if name else {})
        self._dataset = dataset
        self._account = account
        self._most_waiting = most_waiting
        self._timeout_s = timeout_s
        self._token_price = token_price
        self._wall = wall
        self._queue: deque[tuple[Point, float]] = deque()
        self._news = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None
        self.written = 0
        self.dropped = 0
        """How many points were not written, as far as is known."""
        self._in_hand = 0

    @property
    def waiting(self) -> int:
        """How many points are still to be written."""
        return len(self._queue) + self._in_hand

    def tell(self, answered: Answered) -> None:
        """Take the point of an answer."""
        self.offer(point_of(answered, token_price=self._token_price))

    def offer(self, point: Point) -> None:
        """Take a point, or drop it where too many wait; never waits itself."""
        if not self._has_room():
            self._drop()
            return
        self._queue.append((point, self._wall()))
        self._empty.clear()
        self._news.set()

    def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        """Give the points that wait a little time, then end; what is left is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await self._empty.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _has_room(self) -> bool:
        return self.waiting < self._most_waiting

    def _drop(self) -> None:
        self.dropped += 1

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._queue:
                point, at_s = self._queue.popleft()
                self._in_hand = 1
                if await self._write(wire(point, dataset=self._dataset, account=self._account, at_s=at_s)):
                    self.written += 1
                else:
                    self._drop()
                self._in_hand = 0
            self._empty.set()

    async def _write(self, told: dict[str, object]) -> bool:
        """Write one point; whether it is known to be written."""
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.post(self._url, content=jsontext.dumps(told), headers=self._headers)
        except (TimeoutError, httpx.HTTPError, OSError):
            return False
        return response.is_success
