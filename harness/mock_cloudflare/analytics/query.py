"""A `SELECT` made into one that SQLite understands: the types of its columns, and which columns of points it reads.

The one rule: an answer is ordered by its own columns. Cloudflare finds no other column there, and says so.
Source: Cloudflare docs, Analytics Engine, SQL reference, statements; the texts of refusals as people have met them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from harness.mock_cloudflare.analytics.aliases import Aliases
from harness.mock_cloudflare.analytics.expressions import Scope, quoted
from harness.mock_cloudflare.analytics.functions import Typed
from harness.mock_cloudflare.analytics.kinds import COLUMNS, INTERVAL, Kind, is_number, refuse
from harness.mock_cloudflare.analytics.nodes import is_of_many_rows, text_of

POINTS: Final = "points"
"""The name of SQLite's table of points."""
_KNOWN: Final = frozenset(
    {"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "format", "kind", "hint"}
)
_MOST_NESTED: Final = 10
_POINTS: Final = {name: Typed(quoted(name), kind) for name, kind in COLUMNS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What SQLite is asked. `dataset` is the only one that it reads; empty where it reads none."""

    sql: str
    columns: tuple[tuple[str, Kind], ...]
    dataset: str
    used: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    sql: str
    columns: Mapping[str, Typed]
    dataset: str = ""
    used: frozenset[str] = frozenset()
    is_nested: bool = False


def translate(select: exp.Select, *, datasets: Collection[str], now_s: int, depth: int = 0) -> Query:
    """Return the query for SQLite, asked at `now_s` in Unix seconds, of datasets that have points.

    Raises:
        InvalidQueryError: it asks for what Analytics Engine does not have.
    """
    for name, value in select.args.items():
        if value and name not in _KNOWN:
            refuse(f"unsupported clause: {name.strip('_').upper()}")
    source = _source(select, datasets=datasets, now_s=now_s, depth=depth)
    aliases = Aliases(select)
    outputs = [(name, aliases.expanded(node)) for name, node in _outputs(select, source.columns)]
    scope = Scope(columns=source.columns, now_s=now_s)
    having = select.args.get("having")
    tested = None if having is None else aliases.expanded(having.this)
    groups = _groups(select, aliases, outputs)
    clauses = [_where(select, aliases, scope)]
    if groups:
        clauses.append(f"GROUP BY {', '.join(scope.compile(each).sql for each in groups)}")
    if groups or tested is not None or any(is_of_many_rows(node) for _, node in outputs):
        scope.groups = groups
    typed = [(name, _value(scope, node)) for name, node in outputs]
    if tested is not None:
        clauses.append(f"HAVING {_condition(scope, tested).sql}")
    columns = tuple((name, each.kind) for name, each in typed)
    listed = ", ".join(f"{each.sql} AS {_place(at)}" for at, (_, each) in enumerate(typed))
    inner = " ".join(filter(None, (f"SELECT {listed}", source.sql, *clauses)))
    order = _order(select, outputs, columns, now_s)
    return Query(
        sql=" ".join(filter(None, ("SELECT * FROM", f"({inner})", order, _limit(select)))),
        columns=columns,
        dataset=source.dataset,
        used=source.used if source.is_nested else frozenset(scope.used),
    )


def _place(at: int) -> str:
    """Return SQLite's name for a column of the answer: two of them may have the same name for the caller."""
    return quoted(f"c{at}")


def _source(select: exp.Select, *, datasets: Collection[str], now_s: int, depth: int) -> _Source:
    found = select.args.get("from_")
    if found is None:
        return _Source(sql="", columns={})
    match found.this:
        case exp.Table() as table if not table.args.get("db") and not table.args.get("joins"):
            if table.name not in datasets:
                refuse(f"unknown table: {table.name}")
            return _Source(sql=f"FROM {quoted(POINTS)}", columns=_POINTS, dataset=table.name)
        case exp.Subquery() as inside if isinstance(inside.this, exp.Select) and depth < _MOST_NESTED:
            query = translate(inside.this, datasets=datasets, now_s=now_s, depth=depth + 1)
            names = {name: Typed(_place(at), kind) for at, (name, kind) in enumerate(query.columns)}
            return _Source(
                sql=f"FROM ({query.sql})", columns=names, dataset=query.dataset, used=query.used, is_nested=True
            )
        case other:
            return refuse(f"unsupported source: {text_of(other)}")


def _outputs(select: exp.Select, columns: Mapping[str, Typed]) -> list[tuple[str, exp.Expr]]:
    """Return what is selected, with the name of each column."""
    outputs: list[tuple[str, exp.Expr]] = []
    for each in select.expressions:
        if isinstance(each, exp.Star):
            outputs += [(name, exp.column(name)) for name in columns]
        else:
            outputs.append((each.alias_or_name if isinstance(each, exp.Alias | exp.Column) else text_of(each), each))
    return outputs or refuse("sql parser error: Expected an expression:, found: EOF")


def _value(scope: Scope, node: exp.Expr) -> Typed:
    value = scope.compile(node)
    return value if value.kind != INTERVAL else refuse(f"unsupported expression type: {text_of(node)}")


def _condition(scope: Scope, node: exp.Expr) -> Typed:
    value = scope.compile(node)
    return value if is_number(value.kind) else refuse(f"cannot use the {value.kind} type as a condition")


def _where(select: exp.Select, aliases: Aliases, scope: Scope) -> str:
    found = select.args.get("where")
    return "" if found is None else f"WHERE {_condition(scope, aliases.expanded(found.this)).sql}"


def _groups(select: exp.Select, aliases: Aliases, outputs: list[tuple[str, exp.Expr]]) -> list[exp.Expr]:
    found = select.args.get("group")
    if found is None:
        return []
    return [_at(each, outputs) or aliases.expanded(each) for each in found.expressions] or refuse(
        "unsupported GROUP BY"
    )


def _at(node: exp.Expr, outputs: list[tuple[str, exp.Expr]]) -> exp.Expr | None:
    """Return the output that a bare number names, from 1 on."""
    if not isinstance(node, exp.Literal) or not node.is_int:
        return None
    place = int(node.name)
    return outputs[place - 1][1] if 0 < place <= len(outputs) else refuse(f"there is no column {place}")


def _order(
    select: exp.Select, outputs: list[tuple[str, exp.Expr]], columns: tuple[tuple[str, Kind], ...], now_s: int
) -> str:
    found = select.args.get("order")
    if found is None:
        return ""
    named = {name: Typed(_place(at), kind) for at, (name, kind) in enumerate(columns)}
    scope = Scope(columns=named, now_s=now_s)
    keys = (
        f"{_key(each.this, outputs, scope)}{' DESC' if each.args.get('desc') else ''}" for each in found.expressions
    )
    return f"ORDER BY {', '.join(keys)}"


def _key(node: exp.Expr, outputs: list[tuple[str, exp.Expr]], scope: Scope) -> str:
    if _at(node, outputs) is not None:
        return node.name
    same = next((at for at, (_, each) in enumerate(outputs) if each == node), None)
    if same is not None and not isinstance(node, exp.Column):
        return _place(same)
    return f"({scope.compile(node).sql})"


def _limit(select: exp.Select) -> str:
    most, skipped = _count(select, "limit"), _count(select, "offset")
    return f"LIMIT {-1 if most is None else most} OFFSET {skipped or 0}" if (most, skipped) != (None, None) else ""


def _count(select: exp.Select, clause: str) -> int | None:
    found = select.args.get(clause)
    if found is None:
        return None
    told = found.expression
    if clause == "limit" and isinstance(told, exp.Column) and told.name.upper() == "ALL":
        return None
    if isinstance(told, exp.Literal) and told.is_int and len(told.name) < 16:
        return int(told.name)
    return refuse(f"unsupported {clause.upper()}: {text_of(told)}")
