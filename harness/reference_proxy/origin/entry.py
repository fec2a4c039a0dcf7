"""One kept answer, and its form in a store.

The one rule: an entry that is not exactly as it was sealed, for exactly this key, is a miss.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from harness.reference_proxy import jsontext

_VERSION = 1
_OVERHEAD_BYTES = 1024
_MAX_SKEW_S = 300.0  # clocks of two machines may differ

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An answer with status 200: the fields of its head that are kept, and its body; `created_s` is Unix time."""

    fields: Fields
    body: bytes
    created_s: float

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, about."""
        return len(self.body) + _OVERHEAD_BYTES


def seal(key: str, entry: Entry) -> bytes:
    """Return the stored form: a line of JSON with a checksum, and the body."""
    told = {"version": _VERSION, "key": key, "created_s": entry.created_s, "fields": [list(e) for e in entry.fields]}
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
        entry = Entry(fields=tuple((str(n), str(v)) for n, v in told["fields"]), body=body, created_s=told["created_s"])
        return entry if -_MAX_SKEW_S <= now_s - entry.created_s < max_age_s else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _checksum(told: dict[str, Any], body: bytes) -> str:
    return hashlib.sha256(jsontext.canonical(told) + b"\n" + body).hexdigest()
