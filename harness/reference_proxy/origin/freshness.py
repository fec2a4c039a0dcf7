"""For how long an answer may be given again, by what its origin says of that.

The one rule: what an origin forbids is not done, and a life that it sets is never made longer.
Source: RFC 9111 §3 (storing), §4.1 (`Vary: *`), §4.2 (freshness), §5.2.2 (directives of answers), §5.3 (`Expires`).
Beyond it, answers to POST are kept, because a request's body is part of its key.
"""

import math
from collections.abc import Iterable
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.request import parse_http_list

from harness.reference_proxy.origin.detection import TYPES, kind_of
from harness.reference_proxy.origin.entry import Fields

_FORBIDS: Final = frozenset({"no-store", "private"})
_MOST_S: Final = 2.0**31
"""What any longer time counts as (RFC 9111 §1.2.2)."""
_FOR_ONE_CLIENT: Final = frozenset({"set-cookie", "content-encoding", "content-range"})


def life_of(status: int, fields: Fields, *, now_s: float) -> float:
    """Return the seconds, from when it was made, for which an answer with this head may be given again.

    0 where it may not be, infinity where its origin sets no bound. `now_s` is Unix time, for an `Expires` without a
    `Date`. `no-cache` does not forbid keeping a stream: by custom, event streams come with it so that they are passed
    at once, and they are what is to be kept. It forbids keeping anything else, for nothing is validated here.
    """
    control = directives(_all(fields, "cache-control"))
    streams = kind_of(", ".join(_all(fields, "content-type"))) in TYPES
    forbidden = _FORBIDS if streams else _FORBIDS | {"no-cache"}
    if (
        status != 200
        or forbidden & control.keys()
        or _FOR_ONE_CLIENT & {name.lower() for name, _ in fields}
        or "*" in varies(fields)
    ):
        return 0.0
    for name in ("s-maxage", "max-age"):
        if name in control:
            return _seconds(control[name])
    expires = _all(fields, "expires")
    return _until(expires[0], _all(fields, "date"), now_s) if expires else math.inf


def age_of(fields: Fields) -> float:
    """Return how old an answer was when it came, in seconds, by the caches behind us (RFC 9111 §5.1)."""
    told = _all(fields, "age")
    return _seconds(told[0]) if told else 0.0


def varies(fields: Fields) -> tuple[str, ...]:
    """Return the names of the request's fields that an answer was chosen by, in small letters and sorted."""
    named = {name.strip().lower() for value in _all(fields, "vary") for name in value.split(",")}
    return tuple(sorted(named - {""}))


def directives(values: Iterable[str]) -> dict[str, str]:
    """Return the directives of a `Cache-Control` with their arguments; of two that are alike, the first one counts."""
    read: dict[str, str] = {}
    for part in filter(None, parse_http_list(", ".join(values))):
        name, _, argument = part.partition("=")
        read.setdefault(name.strip().lower(), argument.strip().strip('"'))
    return read


def _all(fields: Fields, wanted: str) -> list[str]:
    return [value for name, value in fields if name.lower() == wanted]


def _seconds(text: str) -> float:
    """Read a number of seconds; what is none is over at once (RFC 9111 §4.2.1)."""
    return min(float(text), _MOST_S) if text.isascii() and text.isdecimal() else 0.0


def _until(expires: str, date: list[str], now_s: float) -> float:
    try:
        ends_s = parsedate_to_datetime(expires).timestamp()
        began_s = parsedate_to_datetime(date[0]).timestamp() if date else now_s
    except (ValueError, OverflowError):  # such as the usual "0", or a year of twenty digits
        return 0.0
    return max(0.0, ends_s - began_s)
