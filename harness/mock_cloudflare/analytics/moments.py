"""Moments as Analytics Engine reckons with them: whole Unix seconds, read and shown in UTC unless a zone is named.

The one rule: no clock is read here; `now()` is told with the query.
Sources: Cloudflare docs, Analytics Engine, SQL reference, date and time functions; ClickHouse docs, `formatDateTime`.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

ZONE: Final = "Etc/UTC"
LATEST_S: Final = 4_294_967_295
"""The last second that a DateTime of 32 bits has."""
UNITS_S: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400, "WEEK": 604_800}
"""The units of an interval that are always of one length."""
UNITS_MONTHS: Final = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_MARKS: Final = re.compile(r"%(.)", re.DOTALL)
_MARKED: Final[dict[str, Callable[[datetime], str]]] = {
    "Y": lambda at: f"{at:%Y}",
    "y": lambda at: f"{at:%y}",
    "m": lambda at: f"{at:%m}",
    "d": lambda at: f"{at:%d}",
    "e": lambda at: f"{at.day:2}",
    "j": lambda at: f"{at:%j}",
    "H": lambda at: f"{at:%H}",
    "I": lambda at: f"{at:%I}",
    "i": lambda at: f"{at:%M}",
    "M": lambda at: f"{at:%B}",
    "S": lambda at: f"{at:%S}",
    "s": lambda at: f"{at:%S}",
    "p": lambda at: f"{at:%p}",
    "F": lambda at: f"{at:%Y-%m-%d}",
    "T": lambda at: f"{at:%H:%M:%S}",
    "R": lambda at: f"{at:%H:%M}",
    "D": lambda at: f"{at:%m/%d/%y}",
    "u": lambda at: str(at.isoweekday()),
    "w": lambda at: str(at.isoweekday() % 7),
    "a": lambda at: f"{at:%a}",
    "b": lambda at: f"{at:%b}",
    "G": lambda at: str(at.isocalendar().year),
    "V": lambda at: f"{at.isocalendar().week:02}",
    "Q": lambda at: str((at.month + 2) // 3),
    "z": lambda at: f"{at:%z}",
    "n": lambda _: "\n",
    "t": lambda _: "\t",
    "%": lambda _: "%",
}


def zone(name: str | None) -> tzinfo | None:
    """Return a time zone by its name, UTC where none is named; None for one that nobody knows."""
    if name in (None, "UTC", ZONE):
        return UTC
    try:
        return zoneinfo.ZoneInfo(str(name))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None


def read(text: str, where: tzinfo = UTC) -> int | None:
    """Read `YYYY-MM-DD hh:mm:ss`, `YYYY-MM-DD`, or whole Unix seconds; None for anything else."""
    told = text.strip()
    if told.isdecimal() and len(told) > 4:
        return min(int(told), LATEST_S)
    try:
        at = datetime.strptime(told, "%Y-%m-%d %H:%M:%S" if len(told) > 10 else "%Y-%m-%d").replace(tzinfo=where)
    except ValueError:
        return None
    return within(at.timestamp())


def within(seconds: float) -> int:
    """Return the moment, or the nearest one that a DateTime has."""
    return int(min(max(seconds, 0), LATEST_S))


def at(seconds: float, where: tzinfo = UTC) -> datetime:
    """Return the moment in a time zone."""
    return datetime.fromtimestamp(within(seconds), where)


def shown(seconds: float) -> str:
    """Write a moment as an answer does."""
    return f"{at(seconds):%Y-%m-%d %H:%M:%S}"


def formatted(seconds: float, form: str, where: tzinfo = UTC) -> str:
    """Write a moment in a form of ClickHouse's; a mark that it does not have stays as it is."""
    moment = at(seconds, where)
    return _MARKS.sub(lambda found: _MARKED[found[1]](moment) if found[1] in _MARKED else found[0], form)


def moved(seconds: float, count: int, unit: str) -> int:
    """Return the moment so many units later; a day that its month lacks is its last."""
    if unit in UNITS_S:
        return within(int(seconds) + count * UNITS_S[unit])
    moment = at(seconds)
    months = moment.year * 12 + moment.month - 1 + count * UNITS_MONTHS[unit]
    if not 12 * 1970 <= months < 12 * 2107:
        return within(LATEST_S if months > 0 and count > 0 else 0)
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    last = ((first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
    return within(first.replace(day=min(moment.day, last)).timestamp())


def start(seconds: float, count: int, unit: str, where: tzinfo = UTC) -> int:
    """Return where the interval begins that a moment lies in; weeks begin on Mondays, others at midnight or 1970."""
    moment = at(seconds, where)
    if unit in UNITS_MONTHS:
        months = moment.year * 12 + moment.month - 1
        months = max(months - (months - 12 * 1970) % (count * UNITS_MONTHS[unit]), 12 * 1969)
        began = datetime(months // 12, months % 12 + 1, 1, tzinfo=where)
        return within(began.timestamp())
    if unit in ("DAY", "WEEK"):
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        days = (midnight.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
        past = days % count if unit == "DAY" else (days + 3) % (7 * count)  # 1970 began on a Thursday
        return within((midnight - timedelta(days=past)).timestamp())
    length_s = count * UNITS_S[unit]
    off_s = int((moment.utcoffset() or timedelta()).total_seconds())
    return within((within(seconds) + off_s) // length_s * length_s - off_s)
