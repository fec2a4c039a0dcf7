"""A kept case as TOML text, as short as it can be.

The one rule: what has its default is left out, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import tomli_w

from fault_injection.client import Manner
from fault_injection.spec import show_all
from scenarios.case import Step, Upstream
from scenarios.case_file.kept import PLAYS, KeptCase
from scenarios.deed import Deed
from scenarios.prompt import Prompt


def show_case(kept: KeptCase) -> str:
    """Write a case, leaving out whatever has its default."""
    case = kept.case
    head = {"id": case.id, "seed": kept.seed, "invariant": kept.invariant, "seen": kept.seen}
    table: dict[str, Any] = {name: value for name, value in head.items() if value != ""}
    if kept.plays != PLAYS:
        table["plays"] = kept.plays
    if case.fresh:
        table["fresh"] = True
    table["step"] = [dict(_step_pairs(step)) for step in case.steps]
    if case.upstream:
        table["upstream"] = [dict(_rule_pairs(rule)) for rule in case.upstream]
    return tomli_w.dumps(table)


def _step_pairs(step: Step) -> Iterator[tuple[str, Any]]:
    for item in fields(Step):
        value = getattr(step, item.name)
        match item.name:
            case "prompt" | "manner" | "deed":
                shown: Any = None if value is None else _changed(value)
            case "faults":
                shown = show_all(value)
            case "turns":
                shown = [list(turn) if isinstance(turn, tuple) else dict(turn) for turn in value]
            case "parts":
                shown = [_plain(part) for part in value]
            case "headers":
                shown = [list(pair) for pair in value]
            case "params":
                shown = _plain(value)
            case _:
                if value != item.default:
                    yield item.name, value
                continue
        if shown not in (None, [], {}, ""):
            yield item.name, shown


def _changed(whole: Prompt | Manner | Deed) -> dict[str, Any]:
    return {one.name: value for one in fields(whole) if (value := getattr(whole, one.name)) != one.default}


def _rule_pairs(rule: Upstream) -> Iterator[tuple[str, Any]]:
    yield "faults", show_all(rule.faults)
    for item in fields(Upstream)[1:]:
        value = getattr(rule, item.name)
        if item.name == "question" and value is None:
            yield "question", ""  # TOML has no null: no question stands for every one
        elif value != item.default:
            yield item.name, value


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON as lists and dictionaries of TOML, whatever mappings it was made of."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items() if each is not None}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value
