"""The mock's memory of what reached it and what it did, while it happens.

The one rule: memory is bounded, and the oldest exchanges go first.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import TypeAlias

from fault_injection.reply import Headers
from harness.core.observed.history import Bypassed, UpstreamEnd, UpstreamExchange
from harness.shell.upstream.record import Record

LONGEST_BODY_BYTES = 65_536
"""A longer body is told to others by its size and its hash alone."""
LONGEST_REQUEST_BYTES = 262_144
"""Request bodies over this are kept as a size and a hash."""
LONGEST_ANSWER_BYTES = 16 * 1024 * 1024
"""Sent bytes over this, in one exchange, are counted but not kept."""
MOST_BYTES = 256 * 1024 * 1024
"""More than twice what the heaviest case leaves, with all that is played before it on the same lane."""

Snapshot: TypeAlias = tuple[UpstreamExchange, ...]


class Journal:
    """Every exchange that reached a mock, in order of arrival, up to `most_exchanges` and `most_bytes`."""

    def __init__(self, *, most_exchanges: int = 20_000, most_bytes: int = MOST_BYTES) -> None:
        self._most_exchanges = most_exchanges
        self._most_bytes = most_bytes
        self._records: deque[Record] = deque()
        self._by_nonce: dict[str, list[Record]] = {}
        self._numbers = 0
        self._kept_bytes = 0
        self._watchers: list[Callable[[], None]] = []
        self._at_ends: list[Callable[[Record], None]] = []

    def exchanges(
        self, nonce: str | None = None, surface: str | None = None, since: int | None = None
    ) -> tuple[UpstreamExchange, ...]:
        """Return the exchanges so far; of one nonce, of one surface (`ai` covers `ai.chat`), after one number."""
        return tuple(record.snapshot() for record in self.records(nonce, surface, since))

    def records(
        self, nonce: str | None = None, surface: str | None = None, since: int | None = None
    ) -> Iterator[Record]:
        """Iterate over the same as they stand in the journal; not to be changed."""
        if nonce is not None:
            chosen: Iterable[Record] = self._by_nonce.get(nonce, ())
        elif since is not None:
            chosen = reversed(list(takewhile(lambda record: record.number > since, reversed(self._records))))
        else:
            chosen = self._records
        for record in chosen:
            if surface is not None and record.surface != surface and not record.surface.startswith(f"{surface}."):
                continue
            if since is None or record.number > since:
                yield record

    @property
    def last_number(self) -> int:
        """The number of the newest exchange, 0 before the first; pass it as `since` to see only what comes later."""
        return self._numbers

    @property
    def running(self) -> int:
        """How many exchanges are not over yet."""
        return sum(record.end is UpstreamEnd.RUNNING for record in self._records)

    def clear(self) -> None:
        """Forget every exchange; numbers go on counting."""
        for record in self._records:
            record.forgotten = True
        self._records.clear()
        self._by_nonce.clear()
        self._kept_bytes = 0
        self._changed()

    def forget(self, number: int) -> None:
        """Forget every exchange up to a number."""
        while self._records and self._records[0].number <= number:
            self._forget_oldest()
        self._changed()

    def subscribe(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call `on_change` after every change from now on; returns what ends that."""
        self._watchers.append(on_change)

        def unsubscribe() -> None:
            if on_change in self._watchers:
                self._watchers.remove(on_change)

        return unsubscribe

    def subscribe_to_ends(self, on_end: Callable[[Record], None]) -> Callable[[], None]:
        """Call `on_end` with every exchange that is over from now on; returns what ends that."""
        self._at_ends.append(on_end)
        return lambda: self._at_ends.remove(on_end)

    async def wait_for(
        self,
        predicate: Callable[[Snapshot], bool],
        timeout_s: float,
        *,
        nonce: str | None = None,
        surface: str | None = None,
        since: int | None = None,
    ) -> bool:
        """Return True as soon as the predicate holds for the exchanges chosen, False once `timeout_s` has passed."""
        changed = asyncio.Event()
        unsubscribe = self.subscribe(changed.set)
        try:
            async with asyncio.timeout(timeout_s):
                while not predicate(self.exchanges(nonce, surface, since)):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            return predicate(self.exchanges(nonce, surface, since))
        finally:
            unsubscribe()
        return True

    # What follows is for the server that keeps the journal.

    def open(
        self,
        *,
        connection: int,
        method: str,
        path: str,
        query: str = "",
        headers: Headers = (),
        body: bytes = b"",
        arrived_s: float,
    ) -> Record:
        """Begin the record of an exchange."""
        self._numbers += 1
        kept = len(body) <= LONGEST_REQUEST_BYTES
        record = Record(
            number=self._numbers,
            connection=connection,
            method=method,
            path=path,
            query=query,
            request_headers=headers,
            body=body if kept else b"",
            body_bytes=len(body),
            arrived_s=arrived_s,
            digest="" if kept else hashlib.sha256(body).hexdigest(),
        )
        self._records.append(record)
        self._keep(record, len(record.body))
        self._changed()
        return record

    def asked(self, record: Record, body: bytes, *, body_bytes: int, body_sha256: str) -> None:
        """Say what the request's body was, where it was still coming when the record was opened; empty: not kept."""
        record.body, record.body_bytes, record.digest = body, body_bytes, body_sha256
        if not record.forgotten:
            self._keep(record, len(body))
        self._changed()

    def told(self, record: Record, *, faults: tuple[str, ...], bypassed: tuple[Bypassed, ...]) -> None:
        """Say which faults struck the exchange after all, where that shows only as its answer comes."""
        record.faults, record.bypassed = faults, bypassed
        self._changed()

    def describe(
        self,
        record: Record,
        *,
        surface: str,
        model: str = "",
        nonce: str = "",
        faults: tuple[str, ...] = (),
        bypassed: tuple[Bypassed, ...] = (),
        struck_byte: int | None = None,
    ) -> None:
        """Say what the exchange turned out to be about, which faults strike it, as specs, where, and which cannot."""
        record.surface, record.model, record.nonce = surface, model, nonce
        record.faults, record.bypassed, record.struck_byte = faults, bypassed, struck_byte
        if nonce and not record.forgotten:
            self._by_nonce.setdefault(nonce, []).append(record)
        self._changed()

    def sent(self, record: Record, data: bytes, at_s: float) -> None:
        """Say that these bytes were handed to the system."""
        size_bytes = len(data)
        record.sent_bytes += size_bytes
        record.taken_s = None
        if record.sent_bytes <= LONGEST_ANSWER_BYTES and not record.forgotten:
            record.sent.append(data)
            record.sent_at_s.append(at_s)
            record.kept_bytes += size_bytes
            self._kept_bytes += size_bytes
            if self._kept_bytes > self._most_bytes:
                self._forget_oldest_ones()
        else:
            record.note_unkept(size_bytes, at_s)
        if self._watchers:
            self._changed()

    def taken(self, record: Record, at_s: float) -> None:
        """Say that the system has all that was handed to it."""
        record.taken_s = at_s

    def close(self, record: Record, *, end: UpstreamEnd, whole: bool, at_s: float) -> None:
        """Say that the exchange is over."""
        record.end, record.whole, record.end_s = end, whole, at_s
        self._changed()
        for on_end in self._at_ends:
            on_end(record)

    def _keep(self, record: Record, size: int) -> None:
        record.kept_bytes += size
        self._kept_bytes += size
        self._forget_oldest_ones()

    def _forget_oldest_ones(self) -> None:
        while len(self._records) > self._most_exchanges or (
            self._kept_bytes > self._most_bytes and len(self._records) > 1
        ):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = self._records.popleft()
        oldest.forgotten = True
        self._kept_bytes -= oldest.kept_bytes
        same_nonce = self._by_nonce.get(oldest.nonce)
        if same_nonce:
            same_nonce.remove(oldest)
            if not same_nonce:
                del self._by_nonce[oldest.nonce]

    def _changed(self) -> None:
        for watcher in tuple(self._watchers):
            watcher()
