"""Dynamic routes: a graph of elements that says which model answers a request to `dynamic/NAME`.

The one rule: which way a request goes is a function of the route, the request and what went before it, never of chance:
a share of the requests is drawn from the request's own digest.
Source: Cloudflare docs, AI Gateway, dynamic routing, JSON configuration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "dynamic/"
MOST_STEPS: Final = 100
"""No route is walked further; a graph may have a circle."""
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d+)?)%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One model on the way."""

    provider: str
    model: str
    timeout_s: float | None
    attempts: int
    number: int
    """How many models were asked before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a route is walked with: the request's fields, its draw from 0 to 1, and how often a key was met of late."""

    fields: Mapping[str, object]
    draw: float
    met: Callable[[str, float, float], int]
    """By a key, the Unix time of now in seconds and an interval in seconds."""
    now_s: float


def walk(
    elements: Sequence[Mapping[str, Any]], asked: Walk, ask: Callable[[Leg], bool]
) -> tuple[tuple[str, ...], bool]:
    """Walk a route from its start; `ask` asks a model and says whether it began to answer.

    Returns the keys of limits that were met on the way, and whether a limit ended it.
    """
    known = {str(each.get("id")): each for each in elements}
    here = next((each for each in elements if each.get("type") == "start"), None)
    keys: list[str] = []
    legs = 0
    for _ in range(MOST_STEPS):
        if here is None or here.get("type") == "end":
            return tuple(keys), False
        properties = here.get("properties")
        told = properties if isinstance(properties, dict) else {}
        match here.get("type"):
            case "start":
                way = "next"
            case "conditional":
                way = "true" if holds(told.get("condition"), asked.fields) else "false"
            case "percentage":
                way = _drawn(here.get("outputs"), asked.draw)
            case "rate_limit":
                key = f"{here.get('id')} {_field(asked.fields, str(told.get('key', '')))}"
                interval_s, limit = _number(told.get("interval")), _number(told.get("limit"))
                # The mock's answers cost nothing, so that a limit of cost is never reached.
                limited = told.get("limitType") != "cost" and asked.met(key, asked.now_s, interval_s) >= limit
                keys += [] if limited else [key]
                way = "fallback" if limited else "success"
                if limited and not _leads(here, way):
                    return tuple(keys), True
            case "model":
                leg = Leg(
                    provider=str(told.get("provider", "")),
                    model=str(told.get("model", "")),
                    timeout_s=_number(told.get("timeout")) / 1000 or None,
                    attempts=1 + int(_number(told.get("retries"))),
                    number=legs,
                )
                legs += 1
                way = "success" if ask(leg) else "fallback"
            case _:
                return tuple(keys), False
        here = known.get(_leads(here, way))
    return tuple(keys), False


def holds(condition: object, fields: Mapping[str, object]) -> bool:
    """Whether a condition in MongoDB's words holds; one that asks nothing does."""
    if not isinstance(condition, dict):
        return True
    return all(_holds(name, wanted, fields) for name, wanted in condition.items())


def _holds(name: str, wanted: object, fields: Mapping[str, object]) -> bool:
    parts = [each for each in wanted if isinstance(each, dict)] if isinstance(wanted, list) else []
    match name:
        case "$and":
            return all(holds(each, fields) for each in parts)
        case "$or":
            return any(holds(each, fields) for each in parts)
        case "$not":
            return not holds(wanted, fields)
        case _:
            found = _field(fields, name)
            tests = wanted if isinstance(wanted, dict) else {"$eq": wanted}
            return all(_test(operator, found, value) for operator, value in tests.items())


def _test(operator: str, found: object, wanted: object) -> bool:
    match operator:
        case "$eq":
            return found == wanted
        case "$ne":
            return found != wanted
        case "$in" | "$nin":
            return (isinstance(wanted, list) and found in wanted) == (operator == "$in")
        case "$exists":
            return (found is not None) == bool(wanted)
        case "$gt" | "$gte" | "$lt" | "$lte" if isinstance(found, int | float) and isinstance(wanted, int | float):
            return {"$gt": found > wanted, "$gte": found >= wanted, "$lt": found < wanted, "$lte": found <= wanted}[
                operator
            ]
        case _:
            return False


def _field(fields: Mapping[str, object], name: str) -> object:
    value: object = fields
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _drawn(outputs: object, draw: float) -> str:
    passed = 0.0
    for name in outputs if isinstance(outputs, dict) else ():
        share = _SHARE.fullmatch(name)
        passed += float(share[1]) / 100 if share else 0.0
        if share and draw < passed:
            return str(name)
    return "else"


def _leads(element: Mapping[str, Any], way: str) -> str:
    outputs = element.get("outputs")
    to = outputs.get(way) if isinstance(outputs, dict) else None
    return str(to.get("elementId", "")) if isinstance(to, dict) else ""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
