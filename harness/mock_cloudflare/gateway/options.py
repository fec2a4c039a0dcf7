"""What a caller wants of AI Gateway: the `cf-aig-*` fields of a request, or `options.gateway` of the AI binding.

The one rule: a field that cannot be read counts as not sent. A step's own fields come before the request's.
Sources: Cloudflare docs, AI Gateway, request handling, caching, universal endpoint, custom metadata.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.mock_cloudflare import json_text

MOST_ATTEMPTS: Final = 5
LONGEST_DELAY_MS: Final = 5_000
SHORTEST_TTL_S: Final = 60
LONGEST_TTL_S: Final = 2_592_000
KEYED_TTL_S: Final = 300
"""How long an answer is kept under a key of the caller's own when nobody says."""
MOST_METADATA: Final = 5
_WHOLE: Final = re.compile(r"\d{1,9}")
_OLD_NAMES: Final = {"cf-cache-ttl": "cf-aig-cache-ttl", "cf-skip-cache": "cf-aig-skip-cache"}
_OF_BINDING: Final = {
    "cacheKey": "cf-aig-cache-key",
    "cacheTtl": "cf-aig-cache-ttl",
    "skipCache": "cf-aig-skip-cache",
    "metadata": "cf-aig-metadata",
    "collectLog": "cf-aig-collect-log",
    "eventId": "cf-aig-event-id",
    "requestTimeoutMs": "cf-aig-request-timeout",
}
_OF_RETRIES: Final = {
    "maxAttempts": "cf-aig-max-attempts",
    "retryDelayMs": "cf-aig-retry-delay",
    "backoff": "cf-aig-backoff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How one step is to be carried out. Times are in seconds."""

    cache_ttl_s: int = 0
    """How long an answer is kept; 0 for not at all."""
    cache_key: str = ""
    skip_cache: bool = False
    timeout_s: float | None = None
    """How long the first byte may take."""
    attempts: int = 1
    delay_s: float = 0.0
    backoff: str = "constant"
    event_id: str = ""
    collect_log: bool = True
    metadata: Mapping[str, object] = field(default_factory=dict)

    def delays_s(self) -> tuple[float, ...]:
        """Return the pauses between the attempts."""
        tries = range(self.attempts - 1)
        match self.backoff:
            case "linear":
                return tuple(self.delay_s * (at + 1) for at in tries)
            case "exponential":
                return tuple(self.delay_s * 2**at for at in tries)
            case _:
                return tuple(self.delay_s for _ in tries)


def read(*levels: Mapping[str, str]) -> Options:
    """Read fields by their names in lower case; the first level that has one decides."""
    told: dict[str, str] = {}
    for level in reversed(levels):
        told.update({_OLD_NAMES.get(name, name): value for name, value in level.items()})
    ttl_s, key = _whole(told.get("cf-aig-cache-ttl")), told.get("cf-aig-cache-key", "")
    timeout_ms = _whole(told.get("cf-aig-request-timeout"))
    kept_s = KEYED_TTL_S if ttl_s is None and key else ttl_s or 0
    return Options(
        cache_ttl_s=min(max(kept_s, SHORTEST_TTL_S), LONGEST_TTL_S) if kept_s else 0,
        cache_key=key,
        skip_cache=told.get("cf-aig-skip-cache", "").lower() == "true",
        timeout_s=timeout_ms / 1000 if timeout_ms else None,
        attempts=min(max(_whole(told.get("cf-aig-max-attempts")) or 1, 1), MOST_ATTEMPTS),
        delay_s=min(_whole(told.get("cf-aig-retry-delay")) or 0, LONGEST_DELAY_MS) / 1000,
        backoff=told.get("cf-aig-backoff", "constant").lower(),
        event_id=told.get("cf-aig-event-id", ""),
        collect_log=told.get("cf-aig-collect-log", "").lower() != "false",
        metadata=metadata(told.get("cf-aig-metadata", "")),
    )


def of_binding(gateway: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that `options.gateway` of the AI binding stands for."""
    retries = gateway.get("retries")
    rows = [(name, gateway.get(key)) for key, name in _OF_BINDING.items()]
    rows += [(name, retries.get(key)) for key, name in _OF_RETRIES.items()] if isinstance(retries, dict) else []
    return {name: _told(value) for name, value in rows if value is not None}


def metadata(text: str) -> dict[str, object]:
    """Read metadata: no more than five entries, and none at all where one is null or no plain value."""
    try:
        told = json_text.load_object(text.encode("utf-8", "replace"))
    except json_text.BadJsonError:
        return {}
    if not all(isinstance(value, str | int | float | bool) for value in told.values()):
        return {}
    return dict(list(told.items())[:MOST_METADATA])


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_text.dump(value).decode() if isinstance(value, dict | list) else str(value)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and _WHOLE.fullmatch(text.strip()) else None
