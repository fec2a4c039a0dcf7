"""The league as one self-contained page: no request leaves it, no script runs on it.

The one rule: a record holds bytes a hostile target chose. Everything passes through autoescape, and the policy in the
page's head lets nothing but the style run.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.invariants import GUIDES
from reports.league.matrix import Entry, Row, league
from reports.league.own import Own
from reports.record import Cause
from reports.visible import as_prose, on_one_line

_HERE: Final = Path(__file__).parent
_LIKELY: Final = 0.5
"""How well a product must look like a known mistake for it to be told."""


def render(entries: Iterable[Entry], own: Own) -> str:
    """Return the page."""
    given = tuple(entries)
    causes = {id(each.record): tuple(cause for cause in each.record.causes if cause.score >= _LIKELY) for each in given}
    by_key = {_key(each): causes[id(each.record)] for each in given}
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            league=league(given),
            own=own,
            causes=lambda row: _causes(row, by_key),
            guides=GUIDES,
            style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        )
    )


def _key(entry: Entry) -> tuple[str, object, int]:
    return entry.record.target.name, entry.record.started_at, entry.record.seed


def _causes(row: Row, by_key: dict[tuple[str, object, int], tuple[Cause, ...]]) -> tuple[Cause, ...]:
    return by_key[row.name, row.at, row.seed]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"line": on_one_line, "prose": as_prose, "percent": _percent, "amount": _amount}
    return environment


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %".replace(".0 %", " %")


def _amount(number: int) -> str:
    return f"{number:,}".replace(",", "\u2009")
