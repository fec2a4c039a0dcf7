"""Analytics Engine's functions: what each takes, what type it gives, and how SQLite is to be asked for it.

The one rule: one row a function. What is not in the table is refused, as Cloudflare refuses what it does not document.
Source: Cloudflare docs, Analytics Engine, SQL reference, the pages of functions; its bit and encoding functions are not
here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from harness.mock_cloudflare.analytics.kinds import (
    BOOL,
    DATE,
    DATETIME,
    FLOAT,
    INTERVAL,
    STRING,
    Kind,
    common,
    is_moment,
    is_number,
    is_whole,
    refuse,
)
from harness.mock_cloudflare.analytics.scalars import PARTS

_Test: TypeAlias = Callable[[Kind], bool]


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression as SQLite reads it, and its type. An interval is written as two arguments: how many, of what."""

    sql: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function: a test an argument, how many of them are needed, its type, and its SQL."""

    takes: tuple[_Test, ...]
    needs: int
    gives: Kind | Callable[[Sequence[Typed]], Kind]
    sql: str | Callable[[Sequence[Typed]], str]
    """SQLite's own name for it, or what writes the whole call."""
    endless: bool = False
    """Whether the last test holds for any number of arguments."""

    def call(self, name: str, given: Sequence[Typed], *, text: str) -> Typed:
        """Return the call, or refuse it; `text` is how the query has it."""
        most = len(given) if self.endless else len(self.takes)
        if not self.needs <= len(given) <= most:
            refuse(f"wrong number of arguments in {text}")
        for at, each in enumerate(given):
            if not self.takes[min(at, len(self.takes) - 1)](each.kind):
                refuse(f"cannot use the {each.kind} type as argument {at + 1} in {text}")
        kind = self.gives if isinstance(self.gives, str) else self.gives(given)
        if not callable(self.sql):
            return Typed(f"{self.sql}({', '.join(each.sql for each in given)})", kind)
        return Typed(self.sql(given), kind)


def _string(kind: Kind) -> bool:
    return kind == STRING


def _interval(kind: Kind) -> bool:
    return kind == INTERVAL


def _any(kind: Kind) -> bool:
    return kind != INTERVAL


def _text_or_number(kind: Kind) -> bool:
    return is_number(kind) or kind == STRING


def _function(
    *takes: _Test,
    gives: Kind | Callable[[Sequence[Typed]], Kind],
    sql: str | Callable[[Sequence[Typed]], str],
    needs: int | None = None,
    endless: bool = False,
) -> Function:
    return Function(takes=takes, needs=len(takes) if needs is None else needs, gives=gives, sql=sql, endless=endless)


def _first(given: Sequence[Typed]) -> Kind:
    return given[0].kind


def _either(given: Sequence[Typed]) -> Kind:
    return common(given[1].kind, given[2].kind) or refuse("the 2nd and 3rd arguments to IF() must have the same type")


def _to_datetime(given: Sequence[Typed]) -> str:
    return given[0].sql if is_moment(given[0].kind) else f"ae_read({', '.join(each.sql for each in given)})"


def _written(given: Sequence[Typed]) -> str:
    return f"ae_format({', '.join(shown(each) for each in given)})"


def shown(each: Typed) -> str:
    """Return the SQL of a value as an answer shows it."""
    if each.kind == DATE:
        return f"substr(ae_shown({each.sql}), 1, 10)"
    return f"ae_shown({each.sql})" if each.kind == DATETIME else each.sql


def _part(part: str) -> Function:
    return _function(is_moment, gives=PARTS[part], sql=lambda given: f"ae_part({given[0].sql}, '{part}')")


def _start(count: int, unit: str) -> Function:
    return _function(is_moment, gives=DATETIME, sql=lambda given: f"ae_start({given[0].sql}, {count}, '{unit}')")


def _rounded(name: str) -> Function:
    return _function(is_number, is_whole, needs=1, gives=_first, sql=name)


SCALARS: Final[dict[str, Function]] = {
    "if": _function(is_number, _any, _any, gives=_either, sql="iif"),
    "todatetime": _function(lambda kind: _any(kind), _string, needs=1, gives=DATETIME, sql=_to_datetime),
    "formatdatetime": _function(is_moment, _string, _string, needs=2, gives=STRING, sql="ae_formatted"),
    "tounixtimestamp": _function(is_moment, gives="UInt32", sql=lambda given: given[0].sql),
    "tostartofinterval": _function(is_moment, _interval, _string, needs=2, gives=DATETIME, sql="ae_start"),
    "tostartofyear": _start(1, "YEAR"),
    "tostartofmonth": _start(1, "MONTH"),
    "tostartofweek": _start(1, "WEEK"),
    "tostartofday": _start(1, "DAY"),
    "tostartofhour": _start(1, "HOUR"),
    "tostartoffifteenminutes": _start(15, "MINUTE"),
    "tostartoftenminutes": _start(10, "MINUTE"),
    "tostartoffiveminutes": _start(5, "MINUTE"),
    "tostartofminute": _start(1, "MINUTE"),
    "toyear": _part("YEAR"),
    "tomonth": _part("MONTH"),
    "todayofweek": _part("WEEKDAY"),
    "todayofmonth": _part("DAY"),
    "tohour": _part("HOUR"),
    "tominute": _part("MINUTE"),
    "tosecond": _part("SECOND"),
    "toyyyymm": _part("YEARMONTH"),
    "length": _function(_string, gives="UInt64", sql="length"),
    "empty": _function(_string, gives=BOOL, sql=lambda given: f"({given[0].sql} = '')"),
    "lower": _function(_string, gives=STRING, sql="lower"),
    "upper": _function(_string, gives=STRING, sql="upper"),
    **dict.fromkeys(("lowerutf8", "tolower"), _function(_string, gives=STRING, sql="ae_lower")),
    **dict.fromkeys(("upperutf8", "toupper"), _function(_string, gives=STRING, sql="ae_upper")),
    "startswith": _function(_string, _string, gives=BOOL, sql="ae_starts"),
    "endswith": _function(_string, _string, gives=BOOL, sql="ae_ends"),
    "position": _function(_string, _string, gives="UInt64", sql="instr"),
    "substring": _function(_string, is_whole, is_whole, needs=2, gives=STRING, sql="ae_substring"),
    "format": _function(_string, _any, needs=1, gives=STRING, sql=_written, endless=True),
    "intdiv": _function(
        is_number,
        is_number,
        gives=lambda given: common(given[0].kind, given[1].kind) if is_whole(given[0].kind) else "Int64",  # type: ignore[arg-type,return-value]  # both are numbers
        sql="ae_floor_div",
    ),
    **dict.fromkeys(("log", "ln"), _function(is_number, gives=FLOAT, sql="ae_log")),
    "pow": _function(is_number, is_number, gives=FLOAT, sql="ae_pow"),
    "round": _rounded("ae_round"),
    "floor": _rounded("ae_floor"),
    "ceil": _rounded("ae_ceil"),
    "touint8": _function(_text_or_number, gives="UInt8", sql="ae_uint8"),
    "touint32": _function(_text_or_number, gives="UInt32", sql="ae_uint32"),
}
"""Functions of one row, by their names in lower case."""


def _sum(given: Sequence[Typed]) -> Kind:
    return given[0].kind if given[0].kind in (FLOAT, "Int64") else "UInt64"


def _measured(kind: Kind) -> bool:
    return is_number(kind) or is_moment(kind)


def _top(given: Sequence[Typed]) -> Kind:
    return f"Array({given[1].kind})"


AGGREGATES: Final[dict[str, Function]] = {
    "count": _function(gives="UInt64", sql=lambda _: "count(*)"),
    "sum": _function(is_number, gives=_sum, sql="sum"),
    "avg": _function(is_number, gives=FLOAT, sql="avg"),
    "min": _function(_measured, gives=_first, sql="min"),
    "max": _function(_measured, gives=_first, sql="max"),
    **dict.fromkeys(
        ("quantileexactweighted", "quantileweighted"),
        _function(is_number, _measured, is_number, gives=lambda given: given[1].kind, sql="ae_quantile"),
    ),
    "argmax": _function(_any, _any, gives=_first, sql="ae_arg_max"),
    "argmin": _function(_any, _any, gives=_first, sql="ae_arg_min"),
    "first_value": _function(_any, gives=_first, sql="ae_first"),
    "last_value": _function(_any, gives=_first, sql="ae_last"),
    "topk": _function(is_whole, _any, gives=_top, sql="ae_top"),
    "topkweighted": _function(is_whole, _any, is_number, gives=_top, sql="ae_top"),
}
"""Functions of many rows, by their names in lower case; what stands in a pair of brackets of its own comes first."""
DISTINCT: Final = frozenset({"count", "sum", "avg"})
"""Those that take `DISTINCT`."""
NOT_OF_NOTHING: Final = frozenset({"avg", "quantileexactweighted", "quantileweighted"})
"""Those that are not a number when there are no rows, and null in JSON."""
USUAL_MOST: Final = 10
"""How many values `topK` gives when nobody says."""
