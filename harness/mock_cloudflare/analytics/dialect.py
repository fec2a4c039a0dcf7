"""Analytics Engine's SQL as text: which statement it is, and in which format it wants its answer.

The one rule: sqlglot only parses. It is told to know no function, so that each reaches `functions` under its own name.
Source: Cloudflare docs, Analytics Engine, SQL reference, statements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeAlias, get_args

import sqlglot
from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.errors import SqlglotError
from sqlglot.parsers.clickhouse import ClickHouseParser

from harness.mock_cloudflare.analytics.kinds import refuse

Format: TypeAlias = Literal["JSON", "JSONEachRow", "TabSeparated"]
Listing: TypeAlias = Literal["TABLES", "TIMEZONES", "TIMEZONE"]

MOST_BYTES: Final = 64 * 1024
"""No query is longer; a limit of the mock's own, which keeps parsing short."""
_SHOW: Final = re.compile(r"\s*SHOW\s+(TABLES|TIMEZONES|TIMEZONE)(?:\s+FORMAT\s+(\w+))?\s*;?\s*", re.IGNORECASE)
_AT: Final = re.compile(r"Line (\d+), Col: (\d+)")


class _Parser(ClickHouseParser):
    """Takes every function for an unknown one."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}


class AnalyticsEngine(ClickHouse):
    """ClickHouse's grammar without its functions: Cloudflare has its own, fewer."""

    Parser = _Parser


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement: a `SELECT`, or the name of what a `SHOW` lists."""

    asked: exp.Select | Listing
    format: Format


def parse(text: str) -> Statement:
    """Read a statement.

    Raises:
        InvalidQueryError: it is none, or none that Analytics Engine has.
    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        refuse(f"the query is longer than {MOST_BYTES} bytes")
    shown = _SHOW.fullmatch(text)
    if shown is not None:
        listing: Listing = shown[1].upper()  # type: ignore[assignment]  # the pattern has no other word
        return Statement(asked=listing, format=_format(shown[2]))
    try:
        found = [each for each in sqlglot.parse(text, read=AnalyticsEngine) if each is not None]
    except (SqlglotError, RecursionError) as error:
        where = _AT.search(str(error))
        refuse(f"sql parser error: unexpected token{f' at Line: {where[1]}, Column: {where[2]}' if where else ''}")
    if len(found) != 1:
        refuse("sql parser error: Expected a single statement")
    select = found[0]
    if not isinstance(select, exp.Query | exp.Command | exp.DDL | exp.DML):
        refuse("sql parser error: Expected an SQL statement")
    if not isinstance(select, exp.Select):
        refuse(f"unsupported statement type: {select.key.upper()}")
    named = select.args.get("format")
    return Statement(asked=select, format=_format(named.name if isinstance(named, exp.Expr) else None))


def _format(name: str | None) -> Format:
    formats: tuple[Format, ...] = get_args(Format)
    known = next((each for each in formats if each.lower() == (name or "JSON").lower()), None)
    return known or refuse(f"unsupported format: {name}")
