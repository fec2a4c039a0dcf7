"""A node of a query as Analytics Engine's SQL has it: its text, and the function that it calls.

The one rule: sqlglot has a node of its own for some functions; here each has the name that a query calls it by.
"""

from __future__ import annotations

from typing import NoReturn

from sqlglot import exp

from harness.mock_cloudflare.analytics import functions
from harness.mock_cloudflare.analytics.dialect import AnalyticsEngine
from harness.mock_cloudflare.analytics.kinds import Kind, refuse


def is_of_many_rows(node: exp.Expr) -> bool:
    """Whether a function of many rows stands anywhere in an expression."""
    return any((called := call_of(each)) and called[0].lower() in functions.AGGREGATES for each in node.walk())


def call_of(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    """Return a function's name and its arguments, those in a pair of brackets of their own first."""
    match node:
        case exp.ParameterizedAgg():
            return node.name, [*node.expressions, *node.args["params"]]
        case exp.Anonymous() | exp.AnonymousAggFunc():
            return node.name, list(node.expressions)
        case exp.If() if node.args.get("false") is not None:
            return "if", [node.this, node.args["true"], node.args["false"]]
        case exp.ArgMax() | exp.ArgMin():
            return ("argMax" if isinstance(node, exp.ArgMax) else "argMin"), [node.this, node.expression]
        case exp.StrPosition() if not node.args.get("position"):
            return "position", [node.this, node.args["substr"]]
        case exp.Substring() if node.args.get("start") is not None:
            return "substring", [each for each in (node.this, node.args["start"], node.args.get("length")) if each]
        case exp.Floor() | exp.Ceil():
            named = "floor" if isinstance(node, exp.Floor) else "ceil"
            return named, [each for each in (node.this, node.args.get("decimals")) if each]
        case exp.Extract():
            return "extract", []
        case exp.CurrentTimestamp():
            return "now", []
        case _:
            return None


def text_of(node: exp.Expr) -> str:
    """Return an expression as a query has it."""
    return node.sql(dialect=AnalyticsEngine)


def misfit(node: exp.Expr, kind: Kind) -> NoReturn:
    """Refuse an expression of a kind that cannot stand there."""
    refuse(f"cannot use the {kind} type in {text_of(node)}")
