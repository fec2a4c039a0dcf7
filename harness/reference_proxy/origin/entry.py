"""One kept answer, and its form in a store.

The one rule: an entry that is not exactly as it was sealed, for exactly this key, is a miss.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Any

from harness.reference_proxy import jsontext

_VERSION = 2
_OVERHEAD_BYTES = 1024
_MAX_SKEW_S = 300.0  # clocks of two machines may differ

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An answer with status 200: the fields of its head that are kept, and its body.

    `created_s` is the Unix time at which it was made, or a little before; `life_s` is how long after that it may be
    given again, by its origin. `varies` and `variant` tell for which requests: see `Question`.
    """

    fields: Fields
    body: bytes
    created_s: float
    life_s: float = math.inf
    varies: tuple[str, ...] = ()
    variant: str = ""

    def left_s(self, now_s: float) -> float:
        """Return for how long it may still be given; 0 or less for one that is stale."""
        return self.life_s - (now_s - self.created_s)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, about."""
        return len(self.body) + _OVERHEAD_BYTES


def seal(key: str, entry: Entry) -> bytes:
    """Return the stored form: a line of JSON with a checksum, and the body."""
    told = {
        "version": _VERSION,
        "key": key,
        "created_s": entry.created_s,
        "life_s": None if math.isinf(entry.life_s) else entry.life_s,
        "varies": list(entry.varies),
        "variant": entry.variant,
        "fields": [list(e) for e in entry.fields],
    }
    return jsontext.canonical({**told, "sha256": _checksum(told, entry.body)}) + b"\n" + entry.body


def unseal(key: str, sealed: bytes, *, now_s: float, max_age_s: float) -> Entry | None:
    """Return the entry in a stored form; None when it is damaged, of another version or key, or too old."""
    head, separator, body = sealed.partition(b"\n")
    try:
        told: Any = jsontext.loads(head.decode("ascii"))
        checksum = told.pop("sha256")
        genuine = bool(separator) and checksum == _checksum(told, body)
        if not genuine or told["version"] != _VERSION or told["key"] != key:
            return None
        entry = Entry(
            fields=tuple((str(n), str(v)) for n, v in told["fields"]),
            body=body,
            created_s=told["created_s"],
            life_s=math.inf if told["life_s"] is None else told["life_s"],
            varies=tuple(map(str, told["varies"])),
            variant=told["variant"],
        )
        young = -_MAX_SKEW_S <= now_s - entry.created_s < max_age_s
        return entry if young and entry.left_s(now_s) > 0 else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _checksum(told: dict[str, Any], body: bytes) -> str:
    return hashlib.sha256(jsontext.canonical(told) + b"\n" + body).hexdigest()
