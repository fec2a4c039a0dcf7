"""What each function of one row does, as SQLite calls it.

The one rule: no value makes one of them raise; what has no answer is NULL, as SQLite has it for a division by zero.
Source: Cloudflare docs, Analytics Engine, SQL reference, the pages of functions.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from harness.mock_cloudflare.analytics import moments

_MOST_DIGITS: Final = 15
_WHOLE: Final = re.compile(r"\s*(\d{1,20})(?:\.\d*)?\s*")
PARTS: Final[dict[str, str]] = {
    "YEAR": "UInt16",
    "MONTH": "UInt8",
    "DAY": "UInt8",
    "HOUR": "UInt8",
    "MINUTE": "UInt8",
    "SECOND": "UInt8",
    "WEEKDAY": "UInt8",
    "YEARMONTH": "UInt32",
}
"""What can be taken out of a moment, each with its type."""


def register(connection: sqlite3.Connection) -> None:
    """Teach SQLite the functions."""
    for name, function in FUNCTIONS.items():
        connection.create_function(name, -1, _total(function), deterministic=True)


def _total(function: Callable[..., Any]) -> Callable[..., Any]:
    def called(*values: Any) -> Any:  # noqa: ANN401 - SQLite's
        try:
            return None if None in values[:1] else function(*values)
        except (ArithmeticError, ValueError, TypeError, InvalidOperation):
            return None

    return called


def _read(value: str | float, zone: str | None = None) -> int | None:
    where = moments.zone(zone)
    if where is None:
        return None
    return moments.read(value, where) if isinstance(value, str) else moments.within(value)


def _start(seconds: float, count: int, unit: str, zone: str | None = None) -> int | None:
    where = moments.zone(zone)
    return None if where is None else moments.start(seconds, count, unit, where)


def _formatted(seconds: float, form: str, zone: str | None = None) -> str | None:
    where = moments.zone(zone)
    return None if where is None else moments.formatted(seconds, form, where)


def _part(seconds: float, part: str) -> int:
    at = moments.at(seconds)
    match part:
        case "WEEKDAY":
            return at.isoweekday()
        case "YEARMONTH":
            return at.year * 100 + at.month
        case _:
            return int(getattr(at, part.lower()))


def _substring(text: str, offset: int, length: int | None = None) -> str:
    begin = max(0, int(offset) - 1)
    return text[begin:] if length is None else text[begin : begin + max(0, int(length))]


def _format(form: str, *values: object) -> str:
    pieces = form.split("{}")
    told = [str(value) for value in values[: len(pieces) - 1]]
    told += [""] * (len(pieces) - 1 - len(told))
    return "".join(piece + value for piece, value in zip(pieces, [*told, ""], strict=True))


def _rounded(rounding: str) -> Callable[..., float]:
    def to(value: float, digits: int = 0) -> float:
        if not math.isfinite(value):
            return value
        step = Decimal(1).scaleb(-max(-_MOST_DIGITS, min(int(digits), _MOST_DIGITS)))
        # Half of a float goes to the even digit, half of a whole number up, as in ClickHouse.
        way = ROUND_HALF_UP if rounding == ROUND_HALF_EVEN and isinstance(value, int) else rounding
        exact = (Decimal(str(value)) / step).to_integral_value(way) * step
        return int(exact) if isinstance(value, int) else float(exact)

    return to


def _whole(bits: int) -> Callable[[str | float], int | None]:
    def to(value: str | float) -> int | None:
        if isinstance(value, str):
            found = _WHOLE.fullmatch(value)
            return None if found is None else int(found[1]) & ((1 << bits) - 1)
        return int(value) & ((1 << bits) - 1)

    return to


def _like(text: str, pattern: str, any_case: int) -> int:
    form = "".join(".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern)
    flags = re.DOTALL | (re.IGNORECASE if any_case else 0)
    return int(re.fullmatch(form, text, flags) is not None)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "ae_read": _read,
    "ae_moved": moments.moved,
    "ae_within": moments.within,
    "ae_start": _start,
    "ae_formatted": _formatted,
    "ae_shown": moments.shown,
    "ae_part": _part,
    "ae_lower": str.lower,
    "ae_upper": str.upper,
    "ae_starts": lambda text, start: int(text.startswith(start)),
    "ae_ends": lambda text, end: int(text.endswith(end)),
    "ae_substring": _substring,
    "ae_format": _format,
    "ae_like": _like,
    "ae_floor_div": lambda left, right: int(left // right),
    "ae_mod": math.fmod,
    "ae_int_mod": lambda left, right: int(math.fmod(left, right)),
    "ae_div": lambda left, right: left / right,
    "ae_log": math.log,
    "ae_pow": math.pow,
    "ae_round": _rounded(ROUND_HALF_EVEN),
    "ae_floor": _rounded(ROUND_FLOOR),
    "ae_ceil": _rounded(ROUND_CEILING),
    "ae_uint8": _whole(8),
    "ae_uint32": _whole(32),
}
