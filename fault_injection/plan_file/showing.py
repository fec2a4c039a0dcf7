"""A plan as TOML text, as short as it can be.

The one rule: what has its default is left out, and nothing else is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from math import isfinite
from typing import Any

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import show_all
from fault_injection.stop import Stop


def show_plan(plan: Plan) -> str:
    """Write a plan, leaving out whatever has its default."""
    lines = [f"seed = {plan.seed}"]
    lines += [f"ttl_s = {plan.ttl_s!r}"] if plan.ttl_s is not None else []
    for phase in plan.phases:
        lines += ["", "[[phase]]", f"name = {_text(phase.name)}", f"start_s = {phase.start_s!r}"]
        lines += [f"end_s = {phase.end_s!r}"] if isfinite(phase.end_s) else []
        lines += [f"{name} = {value!r}" for name in ("p_from", "p_to") if (value := getattr(phase, name)) != 1]
    for rule in plan.rules:
        lines += ["", "[[rule]]", *_rule_lines(rule)]
    for stop in plan.stops:
        lines += ["", "[[stop]]", *_stop_lines(stop)]
    return "\n".join(lines) + "\n"


def _rule_lines(rule: Rule) -> list[str]:
    lines = [f"name = {_text(rule.name)}"] if rule.name else []
    match = _match_pairs(rule.match)
    if match:
        lines.append(f"match = {{ {', '.join(match)} }}")
    lines.append(f"fault = {_text(show_all(rule.faults))}")
    lines += [f"p = {rule.p!r}"] if rule.p != 1 else []
    lines += [f"count = {rule.count}"] if rule.count is not None else []
    lines += [f"ttl_s = {rule.ttl_s!r}"] if rule.ttl_s is not None else []
    lines += ["stop = true"] if rule.stop else []
    return lines


def _stop_lines(stop: Stop) -> list[str]:
    lines = []
    for name, value in _changed(stop):
        match value:
            case tuple():
                lines.append(f"{name} = [{', '.join(map(_text, value))}]")
            case str():
                lines.append(f"{name} = {_text(value)}")
            case _:
                lines.append(f"{name} = {value!r}")
    return lines


def _match_pairs(match: Match) -> list[str]:
    pairs = []
    for name, value in _changed(match):
        match name:
            case "header":
                inner = ", ".join(f"{_text(key)} = {_text(glob)}" for key, glob in value)
                pairs.append(f"header = {{ {inner} }}")
            case "between":
                pairs.append(f"between = [{value[0]}, {value[1]}]")
            case _:
                pairs.append(f"{name} = {_text(value) if isinstance(value, str) else value}")
    return pairs


def _changed(whole: Match | Stop) -> Iterator[tuple[str, Any]]:
    for item in fields(whole):
        value = getattr(whole, item.name)
        if value != item.default:
            yield item.name, value


def _text(value: str) -> str:
    """Write a TOML basic string: JSON's, but for DEL, which TOML wants escaped (TOML 1.0, String)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
