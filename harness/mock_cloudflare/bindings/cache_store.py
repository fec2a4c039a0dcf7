"""What the Cache API holds: answers as HTTP/1.1 writes them, under the URL that they were kept for.

The one rule: it knows neither HTTP nor what may be kept; `until_s` hides what is stale, and nothing else does.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.mock_cloudflare.request import CacheEffect


class _Kept(NamedTuple):
    answer: bytes
    until_s: float


class CacheStore:
    """One data centre's cache."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def reset(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def find(self, key: str, *, now_s: float) -> bytes | None:
        """Return the answer that is kept under a key and still fresh."""
        kept = self._kept.get(key)
        return kept.answer if kept is not None and now_s < kept.until_s else None

    def carry_out(self, effect: CacheEffect) -> None:
        """Do to the store what an answer decided."""
        if effect.kept is None:
            self._kept.pop(effect.key, None)
        else:
            self._kept[effect.key] = _Kept(effect.kept, effect.until_s)
