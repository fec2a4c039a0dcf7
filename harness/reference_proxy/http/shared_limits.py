"""The limit of requests where several processes serve the same clients: the buckets are in an SQLite file.

The one rule: a token is taken in one transaction, so that two processes never give out the same one. Where the file
cannot be asked at once, the process falls back to a bucket of its own, because a limit that fails is not to fail
requests.
"""

import sqlite3
from collections.abc import Callable

from harness.reference_proxy.http.limits import RateLimiter, drawn
from harness.reference_proxy.settings import SettingsError

_BUSY_S = 0.05
_SWEEP_EVERY = 1000
_FULL_AGAIN_S = 60.0
_TABLE = "CREATE TABLE IF NOT EXISTS buckets (client TEXT PRIMARY KEY, tokens REAL NOT NULL, seen_s REAL NOT NULL)"


class SharedRateLimiter(RateLimiter):
    """A bucket per client, shared by all who open the same file. `wall` is the time since the epoch in seconds."""

    def __init__(self, path: str, *, per_minute: int, wall: Callable[[], float]) -> None:
        super().__init__(per_minute=per_minute, clock=wall)
        self._wall = wall
        self._taken = 0
        self.failures = 0
        """How often the file could not be asked."""
        try:
            self._file = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.execute("PRAGMA synchronous=OFF")  # what a crash of the machine forgets is a minute old
            self._file.execute(_TABLE)
        except sqlite3.Error as error:
            raise SettingsError(f"rate_limit_database={path!r}: cannot be opened: {error}") from error

    def take(self, client: str) -> int:
        """Take one token of all processes' bucket; 0 when there was one, else whole seconds until there will be."""
        if not self._per_minute:
            return 0
        try:
            with self._file:
                self._file.execute("BEGIN IMMEDIATE")
                return self._take(client, self._wall())
        except sqlite3.Error:
            self.failures += 1
            return super().take(client)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _take(self, client: str, now_s: float) -> int:
        self._taken += 1
        if self._taken % _SWEEP_EVERY == 0:  # a bucket that is full again says no more than none
            self._file.execute("DELETE FROM buckets WHERE seen_s < ?", (now_s - _FULL_AGAIN_S,))
        found = self._file.execute("SELECT tokens, seen_s FROM buckets WHERE client = ?", (client,)).fetchone()
        tokens, seen_s = found or (float(self._per_minute), now_s)
        left, wait_s = drawn(tokens, max(0.0, now_s - seen_s), per_minute=self._per_minute)
        self._file.execute("REPLACE INTO buckets (client, tokens, seen_s) VALUES (?, ?, ?)", (client, left, now_s))
        return wait_s
