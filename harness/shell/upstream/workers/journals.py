"""One journal of what several processes saw: each worker hands its exchanges over, and the crew's ledger keeps them.

The one rule: an exchange gets its number when the ledger first hears of it, in the order of arrival among those that it
hears of at once, and keeps it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import fields

from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record


class Outbox(Journal):
    """A worker's journal: it keeps exchanges until they are over and handed over."""

    def hand_over(self) -> tuple[Record, ...]:
        """Return every exchange, and forget those that are over; the others come again, as they will be then."""
        records = tuple(self._records)
        self._records = deque(record for record in records if record.end is UpstreamEnd.RUNNING)
        self._kept_bytes = sum(record.kept_bytes for record in self._records)
        self._by_nonce.clear()
        for record in self._records:
            if record.nonce:
                self._by_nonce.setdefault(record.nonce, []).append(record)
        return records


class Ledger(Journal):
    """The journal of a crew, whose only source is `take`. Workers have to forget as well once it `wants_to_forget`."""

    def __init__(self, *, most_exchanges: int = 20_000) -> None:
        super().__init__(most_exchanges=most_exchanges)
        self.wants_to_forget = False
        self._running: dict[tuple[int, int], Record] = {}

    def take(self, handed_over: Sequence[Iterable[Record]]) -> None:
        """Take what each worker has handed over, in the order of workers, which stays the same."""
        new: list[tuple[float, int, int, Record]] = []
        for worker, records in enumerate(handed_over):
            for record in records:
                known = self._running.get((worker, record.number))
                if known is None:
                    new.append((record.arrived_s, worker, record.number, record))
                    continue
                self._renew(known, record)
                if known.end is not UpstreamEnd.RUNNING:
                    del self._running[worker, record.number]
        for _, worker, number, record in sorted(new, key=lambda each: each[:3]):
            self._adopt(record)
            if record.end is UpstreamEnd.RUNNING:
                self._running[worker, number] = record

    def clear(self) -> None:
        """Forget every exchange; numbers go on counting."""
        super().clear()
        self._running.clear()
        self.wants_to_forget = True

    def _adopt(self, record: Record) -> None:
        self._numbers += 1
        record.number = self._numbers
        self._records.append(record)
        self._enter(record)

    def _renew(self, known: Record, now: Record) -> None:
        if known.forgotten:
            known.end = now.end
            return
        number, was = known.number, (known.nonce, known.kept_bytes)
        for each in fields(Record):
            setattr(known, each.name, getattr(now, each.name))
        known.number = number
        self._enter(known, *was)

    def _enter(self, record: Record, nonce: str = "", kept_bytes: int = 0) -> None:
        if record.nonce and not nonce:
            self._by_nonce.setdefault(record.nonce, []).append(record)
        more_bytes, record.kept_bytes = record.kept_bytes - kept_bytes, kept_bytes
        self._keep(record, more_bytes)
