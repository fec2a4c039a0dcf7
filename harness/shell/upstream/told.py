"""A mock's requests told as they end, one line each, to whoever watches a mock at work.

The one rule: it reads the journal and changes nothing; what is told is decided in `core.observed.access_log`.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.core.observed.access_log import line
from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.journal import Journal, Record


class Told:
    """Says a line for every request of a journal that ends from now on; `say` takes it.

    `finish` ends that, and says which requests have not ended.
    """

    def __init__(self, journal: Journal, say: Callable[[str], None]) -> None:
        self._journal = journal
        self._say = say
        self._seen = journal.last_number
        self._running: list[Record] = []
        self._unsubscribe = journal.subscribe(self._look)

    def finish(self) -> None:
        """Tell of what still runs, and of nothing more."""
        self._unsubscribe()
        self._look()
        for record in self._running:
            self._say(line(record.snapshot()))
        self._running.clear()

    def _look(self) -> None:
        self._running += self._journal.records(since=self._seen)
        self._seen = self._journal.last_number
        ended = [record for record in self._running if record.end is not UpstreamEnd.RUNNING]
        if ended:
            self._running = [record for record in self._running if record.end is UpstreamEnd.RUNNING]
        for record in ended:
            self._say(line(record.snapshot()))
