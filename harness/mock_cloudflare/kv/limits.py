"""The limits of Workers KV: what a key, a value, metadata and an expiry may be.

The one rule: every check returns what it was given in a usable form or raises `Refused`; limits are inclusive.
Source: Cloudflare docs, kv/platform/limits and kv/api; texts as workerd words them.
"""

from __future__ import annotations

from fault_injection.reply import Reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.errors import Kv, api_error

MAX_KEY_BYTES = 512
MAX_VALUE_BYTES = 25 * 1024 * 1024
MAX_METADATA_BYTES = 1024
MAX_BULK_PAIRS = 10_000
MAX_BULK_KEYS = 100
MAX_BULK_BYTES = 100 * 1000 * 1000
MIN_LIST = 10
MAX_LIST = 1000


class Refused(Exception):  # noqa: N818  # a refusal is an answer of the service, not an error of the mock
    """A request that KV refuses; `reply` is the refusal."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def refuse(row: Kv, **blanks: object) -> Refused:
    """Build the refusal of one row of the table."""
    return Refused(api_error(row, **blanks))


def check_key(raw: bytes) -> str:
    """Return a key from its bytes, or refuse it."""
    if len(raw) > MAX_KEY_BYTES:
        raise refuse(Kv.LONG_KEY, length=len(raw), limit=MAX_KEY_BYTES)
    try:
        key = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise refuse(Kv.BAD_KEY, what="Key names must be valid UTF-8") from None
    if not key:
        raise refuse(Kv.BAD_KEY, what="Key names must not be empty")
    if key in (".", ".."):
        raise refuse(Kv.BAD_KEY, what=f'Illegal key name "{key}". Please use a different name.')
    return key


def check_value(value: bytes) -> bytes:
    """Return a value of a lawful size, or refuse it."""
    if len(value) > MAX_VALUE_BYTES:
        raise refuse(Kv.BIG_VALUE, length=len(value), limit=MAX_VALUE_BYTES)
    return value


def check_metadata(metadata: object) -> object:
    """Return metadata of a lawful size as JSON, or refuse it."""
    length = len(json_text.dump(metadata)) if metadata is not None else 0
    if length > MAX_METADATA_BYTES:
        raise refuse(Kv.BIG_METADATA, length=length, limit=MAX_METADATA_BYTES)
    return metadata


def check_expiry(expiration: object, ttl: object, *, now_s: float, least_s: int) -> float | None:
    """Return when an entry expires, in Unix seconds; None for never. A ttl wins over an expiration."""
    now = int(now_s)
    if ttl is not None:
        seconds = _whole(ttl)
        if seconds is None or seconds <= 0:
            raise refuse(Kv.BAD_EXPIRY, name="expiration_ttl", value=ttl, why="Please specify integer greater than 0.")
        if seconds < least_s:
            raise refuse(
                Kv.BAD_EXPIRY, name="expiration_ttl", value=ttl, why=f"Expiration TTL must be at least {least_s}."
            )
        return float(now + seconds)
    if expiration is None:
        return None
    moment = _whole(expiration)
    if moment is None or moment <= now:
        why = "Please specify integer greater than the current number of seconds since the UNIX epoch."
        raise refuse(Kv.BAD_EXPIRY, name="expiration", value=expiration, why=why)
    if moment < now + least_s:
        why = f"Expiration times must be at least {least_s} seconds in the future."
        raise refuse(Kv.BAD_EXPIRY, name="expiration", value=expiration, why=why)
    return float(moment)


def check_limit(text: str | None) -> int:
    """Return how many keys a page of a list may have."""
    if text is None:
        return MAX_LIST
    limit = _whole(text)
    if limit is None or limit < 1:
        raise refuse(Kv.BAD_LIMIT, value=text, why="greater than 0")
    if limit < MIN_LIST:
        raise refuse(Kv.BAD_LIMIT, value=text, why=f"of at least {MIN_LIST}")
    if limit > MAX_LIST:
        raise refuse(Kv.BAD_LIMIT, value=text, why=f"less than {MAX_LIST}")
    return limit


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return int(value) if value == int(value) else None
