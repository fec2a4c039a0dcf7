"""What Workers KV holds: namespaces, keys, and what a key held before.

The one rule: the store keeps what was lost (the value before the last write or delete, values that have expired), for
a fault may have to show it again; only `find` and `keys` know the time and hide it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class KvEntry:
    """A value, its metadata (any JSON, None for none), and its expiry in Unix seconds or None."""

    value: bytes
    metadata: object = None
    expires_s: float | None = None

    @property
    def expiration(self) -> int | None:
        """The expiry in whole Unix seconds, as Cloudflare tells it; None for an entry that stays."""
        if self.expires_s is None or not math.isfinite(self.expires_s):
            return None  # whoever seeds a store may say "never" with an infinite time
        return int(self.expires_s)

    def lives(self, now_s: float) -> bool:
        """Whether the entry has not expired."""
        return self.expires_s is None or now_s < self.expires_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a colo read, and until when it answers the same."""

    entry: KvEntry | None
    until_s: float


class KvStore:
    """Every namespace of one account. Titles and entries are plain dicts, open to inspection."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        self._first_titles = dict(titles)
        self.reset()

    def reset(self) -> None:
        """Empty every namespace and return to the titles of the start."""
        self.titles: dict[str, str] = dict(self._first_titles)
        self.namespaces: dict[str, dict[str, KvEntry]] = {namespace: {} for namespace in self.titles}
        self._previous: dict[tuple[str, str], bytes | None] = {}
        self._written_s: dict[tuple[str, str], float] = {}
        self._seen: dict[tuple[str, str, str], _Seen] = {}

    def find(self, namespace: str, key: str, *, now_s: float) -> KvEntry | None:
        """Return the entry of a key, unless it is missing or has expired."""
        entry = self.namespaces.get(namespace, {}).get(key)
        return entry if entry and entry.lives(now_s) else None

    def lapsed(self, namespace: str, key: str, *, now_s: float) -> bytes | None:
        """Return the value of a key that has expired; None for any other key."""
        entry = self.namespaces.get(namespace, {}).get(key)
        return entry.value if entry and not entry.lives(now_s) else None

    def previous(self, namespace: str, key: str) -> bytes | None:
        """Return the value a key had before its last write or delete; None where there was none."""
        return self._previous.get((namespace, key))

    def written_s(self, namespace: str, key: str) -> float | None:
        """Return when a key was last put, in Unix seconds; None for never."""
        return self._written_s.get((namespace, key))

    def keys(self, namespace: str, *, now_s: float) -> list[tuple[str, KvEntry]]:
        """Return the living keys of a namespace in the order of their UTF-8 bytes."""
        # Code point order is UTF-8 byte order, so str sorts as Cloudflare lists.
        return sorted(item for item in self.namespaces.get(namespace, {}).items() if item[1].lives(now_s))

    def put(self, namespace: str, key: str, entry: KvEntry, *, at_s: float = 0.0) -> None:
        """Write a key; a namespace that is not there is made."""
        self._remember(namespace, key)
        self._written_s[namespace, key] = at_s
        self.titles.setdefault(namespace, namespace)
        self.namespaces.setdefault(namespace, {})[key] = entry

    def delete(self, namespace: str, key: str) -> None:
        """Forget a key; a missing one is no error."""
        self._remember(namespace, key)
        self.namespaces.get(namespace, {}).pop(key, None)

    def name(self, namespace: str, title: str | None) -> None:
        """Create or rename a namespace; None for a title drops it with all it holds."""
        if title is None:
            self.titles.pop(namespace, None)
            self.namespaces.pop(namespace, None)
        else:
            self.titles[namespace] = title
            self.namespaces.setdefault(namespace, {})

    def see(self, colo: str, namespace: str, key: str, entry: KvEntry | None, *, until_s: float) -> None:
        """Let a colo answer reads of a key with what it has read, a miss included, for a while."""
        self._seen[colo, namespace, key] = _Seen(entry=entry, until_s=until_s)

    def seen(self, colo: str, namespace: str, key: str, *, now_s: float) -> tuple[KvEntry | None] | None:
        """Return what a colo remembers of a key, in a tuple because it may be a miss; None when it must look."""
        seen = self._seen.get((colo, namespace, key))
        if seen is None or now_s >= seen.until_s:
            return None
        return (seen.entry if seen.entry and seen.entry.lives(now_s) else None,)  # expiry beats the cache

    def _remember(self, namespace: str, key: str) -> None:
        entry = self.namespaces.get(namespace, {}).get(key)
        self._previous[namespace, key] = entry.value if entry else None
