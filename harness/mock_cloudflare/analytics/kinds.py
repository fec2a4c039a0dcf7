"""The types of Analytics Engine's columns and expressions, by the names that an answer tells them by.

The one rule: an expression's type is known before a row is read. Cloudflare refuses what does not fit, as `max` of a
text, where SQLite would answer something.
Sources: Cloudflare docs, Analytics Engine, SQL API, table structure; ClickHouse docs, data types.
"""

from __future__ import annotations

from typing import Final, NoReturn, TypeAlias

Kind: TypeAlias = str
"""One of the names below, or `Array(NAME)`."""

STRING: Final = "String"
FLOAT: Final = "Float64"
DATETIME: Final = "DateTime"
DATE: Final = "Date"
INT64: Final = "Int64"
INTERVAL: Final = "Interval"
"""Never in an answer: it is only added to a DateTime or taken from one."""
UNSIGNED: Final = ("UInt8", "UInt16", "UInt32", "UInt64")
"""Whole numbers from the narrowest on."""
BOOL: Final = "UInt8"
AS_TEXT: Final = frozenset({"UInt64", "Int64"})
"""Whole numbers of 64 bits stand in JSON as texts, as ClickHouse writes them."""

MOST_BLOBS: Final = 20
MOST_DOUBLES: Final = 20
COLUMNS: Final[dict[str, Kind]] = {
    "dataset": STRING,
    "timestamp": DATETIME,
    "_sample_interval": "UInt32",
    "index1": STRING,
    **{f"blob{number}": STRING for number in range(1, MOST_BLOBS + 1)},
    **{f"double{number}": FLOAT for number in range(1, MOST_DOUBLES + 1)},
}
"""The columns of every dataset, in the order of `SELECT *`."""


class InvalidQueryError(Exception):
    """A query is refused; the message is the text that the API answers."""


def refuse(what: str) -> NoReturn:
    """Refuse a query in Cloudflare's words."""
    raise InvalidQueryError(f"Input was invalid: {what}")


def is_whole(kind: Kind) -> bool:
    """Whether it is a whole number."""
    return kind in UNSIGNED or kind == INT64


def is_number(kind: Kind) -> bool:
    """Whether it can be reckoned with."""
    return is_whole(kind) or kind == FLOAT


def is_moment(kind: Kind) -> bool:
    """Whether it is a point in time, which is kept as whole Unix seconds."""
    return kind in (DATETIME, DATE)


def of_whole(value: int) -> Kind:
    """Return the narrowest type that holds a whole number that is not negative."""
    return next((kind for kind, bits in zip(UNSIGNED, (8, 16, 32), strict=False) if value < 1 << bits), "UInt64")


def wider(left: Kind, right: Kind) -> Kind:
    """Return the type of a sum or product of two numbers: ClickHouse makes whole ones one step wider."""
    if FLOAT in (left, right):
        return FLOAT
    if INT64 in (left, right):
        return INT64
    widest = max(UNSIGNED.index(left), UNSIGNED.index(right))
    return UNSIGNED[min(widest + 1, len(UNSIGNED) - 1)]


def common(left: Kind, right: Kind) -> Kind | None:
    """Return the type that two expressions share; None where they share none."""
    if left == right:
        return left
    if is_moment(left) and is_moment(right):
        return DATETIME
    if not (is_number(left) and is_number(right)):
        return None
    if is_whole(left) and is_whole(right):
        return INT64 if INT64 in (left, right) else max(left, right, key=UNSIGNED.index)
    return FLOAT


def empty(kind: Kind) -> str:
    """Return what an aggregate of no rows is, as SQLite writes it."""
    return "''" if kind == STRING else "'[]'" if kind.startswith("Array(") else "0"
