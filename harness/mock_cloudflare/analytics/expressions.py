"""An expression of Analytics Engine's SQL made into SQLite's, with its type.

The one rule: types are known before a row is read, and what is of many rows stands neither inside itself nor beside a
column that nothing groups by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from sqlglot import exp

from harness.mock_cloudflare.analytics import functions, moments
from harness.mock_cloudflare.analytics.functions import Typed
from harness.mock_cloudflare.analytics.kinds import (
    BOOL,
    DATE,
    DATETIME,
    FLOAT,
    INT64,
    INTERVAL,
    STRING,
    Kind,
    common,
    empty,
    is_moment,
    is_number,
    is_whole,
    refuse,
    wider,
)
from harness.mock_cloudflare.analytics.literals import LITERALS
from harness.mock_cloudflare.analytics.nodes import call_of, misfit, text_of
from harness.mock_cloudflare.analytics.scalars import PARTS

_COMPARISONS: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_SUMS: Final[dict[type[exp.Expr], str]] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}


@dataclass(slots=True, kw_only=True)
class Scope:
    """What names mean where an expression stands.

    `groups` are the expressions that rows are grouped by; None where rows are not grouped and nothing of many rows may
    stand. `used` gathers the columns that were asked for.
    """

    columns: Mapping[str, Typed]
    """What each name is for SQLite, with its type."""
    now_s: int
    groups: list[exp.Expr] | None = None
    used: set[str] = field(default_factory=set)
    _inside: bool = False
    """Whether it stands inside a function of many rows."""

    def compile(self, node: exp.Expr) -> Typed:
        """Return the expression for SQLite.

        Raises:
            InvalidQueryError: Analytics Engine does not have it, or its types do not fit.
        """
        if self.groups and not self._inside and node.unnest() in self.groups:
            return self._apart(node)
        return self._compile(node)

    def _apart(self, node: exp.Expr) -> Typed:
        """Compile what rows are grouped by: its columns may stand by themselves."""
        groups, self.groups = self.groups, None
        try:
            return self._compile(node)
        finally:
            self.groups = groups

    def _compile(self, node: exp.Expr) -> Typed:
        if type(node) in LITERALS:
            return LITERALS[type(node)](node)
        made = next((made for kinds, made in self._MADE if isinstance(node, kinds)), None)
        return self._called(node) if made is None else made(self, node)

    def _inner(self, node: exp.Expr) -> Typed:
        return self.compile(node.this)

    def _negative(self, node: exp.Expr) -> Typed:
        value = self._number(node, node.this)
        return Typed(f"(-{value.sql})", FLOAT if value.kind == FLOAT else INT64)

    def _not(self, node: exp.Expr) -> Typed:
        return Typed(f"(NOT {self._number(node, node.this).sql})", BOOL)

    def _both(self, node: exp.Expr) -> Typed:
        left, right = self._number(node, node.this), self._number(node, node.args["expression"])
        return Typed(f"({left.sql} {'AND' if isinstance(node, exp.And) else 'OR'} {right.sql})", BOOL)

    def _compared(self, node: exp.Expr) -> Typed:
        left, right = self._alike(node, node.this, node.args["expression"])
        return Typed(f"({left.sql} {_COMPARISONS[type(node)]} {right.sql})", BOOL)

    def _named(self, node: exp.Expr) -> Typed:
        name = node.name
        if node.text("table") or name not in self.columns:
            refuse(f"unable to find type of column: {text_of(node)}")
        if self.groups is not None and not self._inside:
            refuse(f"column {name} is not under aggregate function and not in GROUP BY")
        self.used.add(name)
        return self.columns[name]

    def _number(self, whole: exp.Expr, node: exp.Expr) -> Typed:
        value = self.compile(node)
        return value if is_number(value.kind) else misfit(whole, value.kind)

    def _alike(self, whole: exp.Expr, *nodes: exp.Expr) -> list[Typed]:
        """Compile what is compared: numbers, texts, or moments, where a text may be read as a moment."""
        values = [self.compile(node) for node in nodes]
        if any(is_moment(value.kind) for value in values):
            values = [_as_moment(value) for value in values]
        kind = values[0].kind
        for value in values:
            if value.kind == INTERVAL or common(kind, value.kind) is None:
                misfit(whole, value.kind)
        return values

    def _between(self, node: exp.Expr) -> Typed:
        value, low, high = self._alike(node, node.this, node.args["low"], node.args["high"])
        return _negated(node, f"({value.sql} BETWEEN {low.sql} AND {high.sql})")

    def _in(self, node: exp.Expr) -> Typed:
        if not node.expressions:
            refuse("sql parser error: Expected an expression:, found: )")
        value, *listed = self._alike(node, node.this, *node.expressions)
        return _negated(node, f"({value.sql} IN ({', '.join(each.sql for each in listed)}))")

    def _like(self, node: exp.Expr) -> Typed:
        value, pattern = self.compile(node.this), self.compile(node.args["expression"])
        for each in (value, pattern):
            if each.kind != STRING:
                misfit(node, each.kind)
        return _negated(node, f"ae_like({value.sql}, {pattern.sql}, {int(isinstance(node, exp.ILike))})")

    def _sum(self, node: exp.Expr) -> Typed:
        left, right = self.compile(node.this), self.compile(node.args["expression"])
        if isinstance(node, exp.Add) and INTERVAL in (left.kind, right.kind):
            moment, interval = (left, right) if right.kind == INTERVAL else (right, left)
            return self._moved(node, moment, interval, sign="")
        if isinstance(node, exp.Sub) and right.kind == INTERVAL:
            return self._moved(node, left, right, sign="-")
        if isinstance(node, exp.Sub) and is_moment(left.kind) and is_moment(right.kind):
            return Typed(f"({left.sql} - {right.sql})", INT64)
        if not isinstance(node, exp.Mul) and is_moment(left.kind) and is_whole(right.kind):
            return Typed(f"ae_within({left.sql} {_SUMS[type(node)]} {right.sql})", DATETIME)
        for each in (left, right):
            if not is_number(each.kind):
                misfit(node, each.kind)
        kind = wider(left.kind, right.kind)
        if isinstance(node, exp.Sub) and kind != FLOAT:
            kind = INT64
        return Typed(f"({left.sql} {_SUMS[type(node)]} {right.sql})", kind)

    def _moved(self, node: exp.Expr, moment: Typed, interval: Typed, *, sign: str) -> Typed:
        if not is_moment(moment.kind):
            misfit(node, moment.kind)
        return Typed(f"ae_moved({moment.sql}, {sign}{interval.sql})", DATETIME)

    def _divided(self, node: exp.Expr) -> Typed:
        left, right = self._number(node, node.this), self._number(node, node.args["expression"])
        if isinstance(node, exp.Div):
            return Typed(f"ae_div({left.sql}, {right.sql})", FLOAT)
        kind = common(left.kind, right.kind) or FLOAT
        return Typed(f"{'ae_mod' if kind == FLOAT else 'ae_int_mod'}({left.sql}, {right.sql})", kind)

    def _called(self, node: exp.Expr) -> Typed:
        called = call_of(node)
        if called is None:
            refuse(f"unsupported expression type: {text_of(node)}")
        name, arguments = called
        lower = name.lower()
        if lower in functions.AGGREGATES:
            return self._of_many_rows(node, lower, arguments)
        if lower in ("now", "today") and not arguments:
            midnight = self.now_s - self.now_s % moments.UNITS_S["DAY"]
            return Typed(str(self.now_s), DATETIME) if lower == "now" else Typed(str(midnight), DATE)
        if lower == "extract":
            return Typed(*self._extracted(node))
        if lower not in functions.SCALARS:
            refuse(f"unknown function call: {text_of(node)}")
        values = [self.compile(each) for each in arguments]
        return functions.SCALARS[lower].call(name, values, text=text_of(node))

    def _extracted(self, node: exp.Expr) -> tuple[str, Kind]:
        unit, moment = node.this.name.upper(), self.compile(node.args["expression"])
        if unit not in PARTS or not is_moment(moment.kind):
            refuse(f"cannot extract {unit} in {text_of(node)}")
        return f"ae_part({moment.sql}, '{unit}')", PARTS[unit]

    def _of_many_rows(self, node: exp.Expr, name: str, arguments: list[exp.Expr]) -> Typed:
        if self.groups is None or self._inside:
            refuse(f"aggregate function {text_of(node)} is not allowed here")
        if name.startswith("topk") and not isinstance(node, exp.ParameterizedAgg):
            arguments = [exp.Literal.number(functions.USUAL_MOST), *arguments]
        distinct = arguments[0].expressions if arguments and isinstance(arguments[0], exp.Distinct) else None
        if distinct is not None and (name not in functions.DISTINCT or len(distinct) != 1):
            refuse(f"cannot use DISTINCT in {text_of(node)}")
        self._inside = True
        try:
            values = [self.compile(each) for each in distinct or arguments]
        finally:
            self._inside = False
        if distinct is not None and name == "count":
            return Typed(f"count(DISTINCT {values[0].sql})", "UInt64")
        called = functions.AGGREGATES[name].call(name, values, text=text_of(node))
        if distinct is not None:
            called = Typed(f"{name}(DISTINCT {values[0].sql})", called.kind)
        if name in functions.NOT_OF_NOTHING:
            return called
        return Typed(f"coalesce({called.sql}, {empty(called.kind)})", called.kind)

    _MADE: ClassVar[tuple[tuple[tuple[type[exp.Expr], ...], Callable[[Scope, exp.Expr], Typed]], ...]] = (
        ((exp.Column,), _named),
        ((exp.Paren,), _inner),
        ((exp.Neg,), _negative),
        ((exp.Not,), _not),
        ((exp.And, exp.Or), _both),
        (tuple(_COMPARISONS), _compared),
        ((exp.Between,), _between),
        ((exp.In,), _in),
        ((exp.Like, exp.ILike), _like),
        (tuple(_SUMS), _sum),
        ((exp.Div, exp.Mod), _divided),
    )
    """What compiles each kind of expression that is no literal; everything else is a call of a function, or refused."""


def quoted(name: str) -> str:
    """Return a name for SQLite."""
    return '"' + name.replace('"', '""') + '"'


def _as_moment(value: Typed) -> Typed:
    return Typed(f"ae_read({value.sql})", DATETIME) if value.kind == STRING or is_number(value.kind) else value


def _negated(node: exp.Expr, sql: str) -> Typed:
    return Typed(f"(NOT {sql})" if node.args.get("negate") else sql, BOOL)
