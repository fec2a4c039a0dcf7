"""The memory tier and the seal: what is stored, for how long, and how a damaged copy is known.

The one rule: an entry that is not exactly as it was sealed, for exactly this key, is a miss.
"""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from cachetools import TTLCache

from harness.reference_proxy import jsontext

_VERSION = 1
_MAX_SKEW_S = 300.0  # clocks of two machines may differ; an entry from further in the future is not believed


def seal(key: str, answer: bytes, created_s: float) -> bytes:
    """The stored form of an answer's JSON: version, key, time of creation, checksum and the answer itself."""
    payload = answer.decode("utf-8")
    return jsontext.canonical(
        {
            "version": _VERSION,
            "key": key,
            "created_s": created_s,
            "sha256": _checksum(key, created_s, payload),
            "payload": payload,
        }
    )


def unseal(key: str, sealed: bytes, *, now_s: float, max_age_s: float) -> dict[str, Any] | None:
    """The answer in a stored form; None when it is damaged, of another version or key, or too old."""
    try:
        entry = jsontext.loads(sealed.decode("ascii"))
        if not isinstance(entry, dict) or entry["version"] != _VERSION or entry["key"] != key:
            return None
        created_s, payload = entry["created_s"], entry["payload"]
        if isinstance(created_s, bool) or not isinstance(created_s, int | float) or not isinstance(payload, str):
            return None
        if entry["sha256"] != _checksum(key, created_s, payload):
            return None
        if not -_MAX_SKEW_S <= now_s - created_s < max_age_s:
            return None
        completion = jsontext.loads(payload)
    except (ValueError, KeyError):
        return None
    return completion if isinstance(completion, dict) else None


def _checksum(key: str, created_s: float, payload: str) -> str:
    return hashlib.sha256(f"{_VERSION}\n{key}\n{json.dumps(created_s)}\n{payload}".encode()).hexdigest()


class MemoryCache:
    """Sealed answers by key: least recently used go first, bounded in count, bytes and time."""

    def __init__(
        self,
        *,
        ttl_s: float,
        max_entries: int,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._entries: TTLCache[str, bytes] = TTLCache(max_bytes, ttl_s, timer=clock, getsizeof=len)

    def get(self, key: str) -> bytes | None:
        """The sealed answer, if it is still alive."""
        return self._entries.get(key)

    def put(self, key: str, sealed: bytes) -> None:
        """Store a sealed answer, if it fits at all."""
        if len(sealed) > self._entries.maxsize:
            return
        self._entries.pop(key, None)
        self._entries.expire()
        while len(self._entries) >= self._max_entries:
            self._entries.popitem()
        self._entries[key] = sealed

    def drop(self, key: str) -> None:
        """Forget one answer."""
        self._entries.pop(key, None)

    def clear(self, start: str = "") -> int:
        """Forget every answer whose key begins so; returns how many there were."""
        names = [key for key in self._entries if key.startswith(start)]
        for key in names:
            self._entries.pop(key, None)
        return len(names)

    @property
    def entries(self) -> int:
        """Answers held."""
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """Size of the answers held."""
        return int(self._entries.currsize)
