"""Ids and headers that every answer carries, derived from the request alone.

The one rule: two calls with the same seed, request and time give the same ids, so a transcript can be replayed; two
requests at different times get different ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from fault_injection.reply import Headers
from harness.mock_cloudflare.request import Request

LATEST_S = 253_402_300_799.0  # the last second of the year 9999, which is as far as a date goes


@dataclass(frozen=True, slots=True)
class Identity:
    """What one exchange is called: every id is a slice of one digest."""

    digest: bytes
    now_s: float

    @property
    def ray(self) -> str:
        """The 16 hexadecimal digits in front of the colo in `cf-ray`."""
        return self.digest[:8].hex()

    @property
    def hex32(self) -> str:
        """A 32 digit hexadecimal id."""
        return self.digest[8:24].hex()

    @property
    def uuid(self) -> str:
        """A UUID of version 4 in shape."""
        text = self.hex32
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    @property
    def uuid7(self) -> str:
        """A UUID of version 7: its first 48 bits are the time in milliseconds (RFC 9562 §5.7)."""
        text = f"{int(min(max(self.now_s, 0.0), LATEST_S) * 1000):012x}{self.hex32}"
        return f"{text[:8]}-{text[8:12]}-7{text[13:16]}-a{text[17:20]}-{text[20:32]}"

    @property
    def iso(self) -> str:
        """The time of the exchange as the API writes one (RFC 3339)."""
        when = datetime.fromtimestamp(min(max(self.now_s, 0.0), LATEST_S), UTC)
        return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def headers(self, colo: str) -> Headers:
        """The headers of every answer that passes Cloudflare's edge."""
        return (
            ("date", _http_date(int(min(max(self.now_s, 0.0), LATEST_S)))),
            ("server", "cloudflare"),
            ("cf-ray", f"{self.ray}-{colo}"),
        )


@lru_cache(maxsize=8)  # answers by the thousand bear the same one
def _http_date(unix_s: int) -> str:
    return format_datetime(datetime.fromtimestamp(unix_s, UTC), usegmt=True)


def identify(request: Request, *, seed: int, now_s: float) -> Identity:
    """Derive the identity of an exchange from the seed, the request's bytes and the time."""
    line = f"{seed}|{now_s!r}|{request.method}|{request.path}|{request.query}|"
    digest = hashlib.sha256(line.encode("utf-8", "replace"))
    digest.update(request.body)
    return Identity(digest.digest(), now_s)
