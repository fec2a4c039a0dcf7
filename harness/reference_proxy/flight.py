"""One answer under way, and everybody who waits for it.

The one rule: a flight lives exactly as long as somebody waits for it. The last to leave ends the upstream call; one
who leaves earlier, even the one who started it, disturbs nobody.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.eventlog import EventLog, LogReader
from harness.reference_proxy.requests import ChatRequest


class Flight:
    """The shared state of one upstream answer, or of one found in Workers KV on the way there.

    A stream's chunks are in `log`, as JSON without the opening brace and the id; a whole answer is in `completion`.
    """

    def __init__(
        self,
        request: ChatRequest,
        *,
        window_bytes: int,
        keep_bytes: int,
        on_attempt: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.request = request
        self.log = EventLog(window_bytes=window_bytes, keep_bytes=keep_bytes)
        self.completion: dict[str, Any] | None = None
        self.from_kv = False
        """Whether it was found in a store, be it Workers KV or R2."""
        self.began_from_cache = False
        self.attempts = 0
        self.served_by = request.model
        self.usage: object = None
        self._on_attempt = on_attempt
        self._begun = asyncio.Event()
        self._error: ProxyError | None = None
        self._waiting = 0
        self._task: asyncio.Task[None] | None = None
        self._abandoned: Callable[[], None] = lambda: None

    def start(self, task: asyncio.Task[None], on_abandoned: Callable[[], None]) -> None:
        """Name the task that performs this flight, and who is to know when nobody wants it any more."""
        self._task, self._abandoned = task, on_abandoned

    @contextmanager
    def waiting(self) -> Iterator[LogReader]:
        """Count as somebody who waits, until the block is left in whatever way; gives a place in the log.

        The place is taken now, so that nothing is dropped from the log before it has been read from here.
        """
        self._waiting += 1
        reader = self.log.reader()
        try:
            yield reader
        finally:
            reader.close()
            self._waiting -= 1
            if self._waiting == 0 and self._task is not None and not self._task.done():
                self._abandoned()
                self._task.cancel()

    async def begun(self) -> None:
        """Wait until there is something to send; raises the ProxyError when there never will be."""
        await self._begun.wait()
        if self._error is not None:
            raise self._error

    def begin(self) -> None:
        """The first chunk, or the whole answer, is here."""
        self._begun.set()

    def note_beginning(self) -> None:
        """The known beginning of the answer went out before upstream had said it."""
        self.began_from_cache = True

    def fail(self, error: ProxyError) -> None:
        """The answer will not come, or not to its end. Does nothing to an answer that has ended."""
        if not self._begun.is_set():
            self._error = error
            self._begun.set()
        self.log.end(error)

    def attempted(self, model: str, outcome: str) -> None:
        """Note one upstream attempt."""
        self.attempts += 1
        self.served_by = model
        self._on_attempt(outcome)
