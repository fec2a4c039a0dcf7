"""What stands for itself in a query: numbers, texts, truth and intervals, made into SQLite's.

The one rule: a number keeps its type, and a whole one that no type holds becomes a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from harness.mock_cloudflare.analytics import moments
from harness.mock_cloudflare.analytics.functions import Typed
from harness.mock_cloudflare.analytics.kinds import BOOL, FLOAT, INTERVAL, STRING, of_whole, refuse
from harness.mock_cloudflare.analytics.nodes import text_of

_NUMBER: Final = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?")
_LONGEST_INTERVAL: Final = 100_000
_MOST_DIGITS: Final = 19
"""Those of the largest whole number of 64 bits."""


def _literal(node: exp.Expr) -> Typed:
    text = str(node.this)
    if node.args.get("is_string"):
        whole = text.replace("\0", "")
        return Typed("'" + whole.replace("'", "''") + "'", STRING)
    if not _NUMBER.fullmatch(text):
        refuse(f"unsupported literal: {text}")
    digits = text.lstrip("0") or "0"
    if text.isdecimal() and len(digits) <= _MOST_DIGITS and int(digits) < 1 << 63:
        return Typed(digits, of_whole(int(digits)))
    return Typed(repr(float(text)) if abs(float(text)) != float("inf") else "9e999", FLOAT)


def _boolean(node: exp.Expr) -> Typed:
    return Typed(str(int(bool(node.this))), BOOL)


def _interval(node: exp.Expr) -> Typed:
    count, unit = node.this, node.args.get("unit")
    told = count.name if isinstance(count, exp.Literal) else ""
    named = unit.name.upper() if unit is not None else ""
    known = named in moments.UNITS_S or named in moments.UNITS_MONTHS
    if not known or not told.isdecimal() or not 0 < int(told[:9]) <= _LONGEST_INTERVAL:
        refuse(f"unsupported interval: {text_of(node)}")
    return Typed(f"{int(told)}, '{named}'", INTERVAL)


LITERALS: Final[Mapping[type[exp.Expr], Callable[[exp.Expr], Typed]]] = {
    exp.Literal: _literal,
    exp.Boolean: _boolean,
    exp.Interval: _interval,
}
"""What compiles each; an interval becomes the two arguments that move a moment by it."""
