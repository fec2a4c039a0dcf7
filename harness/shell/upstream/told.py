"""A mock's requests told as they end, one line each, to whoever watches a mock at work.

The one rule: it reads the journal and changes nothing; what is told is decided in `core.observed.access_log`.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.core.observed.access_log import line
from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record

_STATUS_LINE_BYTES = 12


class Told:
    """Says a line for every request of a journal that comes and ends from now on; `say` takes it.

    `finish` ends that, and says which requests have not ended.
    """

    def __init__(self, journal: Journal, say: Callable[[str], None]) -> None:
        self._journal = journal
        self._say = say
        self._before = journal.last_number
        self._unsubscribe = journal.subscribe_to_ends(self._tell)

    def finish(self) -> None:
        """Tell of what still runs, and of nothing more."""
        self._unsubscribe()
        for record in self._journal.records(since=self._before):
            if record.end is UpstreamEnd.RUNNING:
                self._tell(record)

    def _tell(self, record: Record) -> None:
        if record.number <= self._before:
            return
        start = b""
        for piece in record.sent:
            start += piece
            if len(start) >= _STATUS_LINE_BYTES:
                break
        self._say(line(record, start=start, sent_bytes=record.sent_bytes))
