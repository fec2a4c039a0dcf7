"""Plans as TOML text, in and out.

The one rule: `read_plan(show_plan(plan)) == plan`, and a key that is not understood is refused, never skipped: a
misspelt `nth` would fault every exchange.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any, TypeAlias

from fault_injection.fault import Fault, InvalidFaultError
from fault_injection.plan import Match, Phase, Plan, PlanError, Rule
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError, parse_all, show_all
from fault_injection.stop import Stop

Table: TypeAlias = dict[str, Any]

_PLAN_KEYS = ("seed", "ttl_s", "rule", "phase", "stop")
_RULE_KEYS = ("match", "fault", "p", "count", "ttl_s", "stop", "name")
_MATCH_KEYS = tuple(item.name for item in fields(Match))
_PHASE_KEYS = ("name", "start_s", "end_s", "lasts_s", "p", "p_from", "p_to")
_STOP_KEYS = tuple(item.name for item in fields(Stop))
TABLES = {"": _PLAN_KEYS, "phase": _PHASE_KEYS, "rule": _RULE_KEYS, "rule.match": _MATCH_KEYS, "stop": _STOP_KEYS}
"""Every table of a plan and its keys; the empty name stands for the top of the file."""
_NUMBERS = ("nth", "first", "after", "every")
_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", dict: "a table", list: "a list"}


def read_plan(text: str) -> Plan:
    """Read a plan.

    Raises:
        PlanError: naming the rule, counted from 1, the key, and the nearest key that would do.
    """
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # among them that of a number with thousands of digits
        raise PlanError(f"the plan is no TOML: {error}") from None
    except RecursionError:
        raise PlanError("the plan nests too deeply to be read") from None
    _refuse_unknown("the plan", table, _PLAN_KEYS)
    phases: list[Phase] = []
    for number, item in _tables("phase", table):
        phases.append(_phase(f"phase {number}", item, after_s=phases[-1].end_s if phases else 0.0))
    rules = [_rule(f"rule {number}", item) for number, item in _tables("rule", table)]
    return Plan(
        seed=_get("the plan", table, "seed", int, 0),
        ttl_s=_get("the plan", table, "ttl_s", float, None),
        phases=tuple(phases),
        rules=tuple(rules),
        stops=tuple(_stop(f"stop {number}", item) for number, item in _tables("stop", table)),
    )


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


def _rule(place: str, table: Table) -> Rule:
    _refuse_unknown(place, table, _RULE_KEYS)
    try:
        return Rule(
            faults=_faults(place, table),
            match=_match(place, _get(place, table, "match", dict, {})),
            p=_get(place, table, "p", float, 1.0),
            count=_get(place, table, "count", int, None),
            ttl_s=_get(place, table, "ttl_s", float, None),
            stop=_get(place, table, "stop", bool, False),
            name=_get(place, table, "name", str, ""),
        )
    except PlanError as error:
        raise _placed(place, error) from None


def _faults(place: str, table: Table) -> tuple[Fault, ...]:
    value = table.get("fault", ())
    specs = [value] if isinstance(value, str) else value
    if not isinstance(specs, (list, tuple)) or not all(isinstance(spec, str) for spec in specs):
        raise PlanError(f"{place}: fault wants a spec such as 'sse.truncate(after=3)', or a list of them")
    try:
        return tuple(fault for spec in specs for fault in parse_all(spec))
    except (SpecError, UnknownFaultError, InvalidFaultError) as error:
        raise PlanError(f"{place}: fault: {error}") from None


def _match(place: str, table: Table) -> Match:
    place = f"{place}: match"
    _refuse_unknown(place, table, _MATCH_KEYS)
    headers = _get(place, table, "header", dict, {})
    between = _get(place, table, "between", list, None)
    if between is not None and (len(between) != 2 or not all(type(end) is int for end in between)):
        raise PlanError(f"{place}: between wants two whole numbers, such as [3, 5]")
    return Match(
        surface=_get(place, table, "surface", str, "*"),
        model=_get(place, table, "model", str, "*"),
        method=_get(place, table, "method", str, "*"),
        path=_get(place, table, "path", str, "*"),
        nonce=_get(place, table, "nonce", str, ""),
        header=tuple((name, _get(f"{place}: header", headers, name, str, "*")) for name in headers),
        between=None if between is None else (between[0], between[1]),
        phase=_get(place, table, "phase", str, ""),
        **{name: _get(place, table, name, int, None) for name in _NUMBERS},
    )


def _phase(place: str, table: Table, *, after_s: float) -> Phase:
    """Read a phase; one without a start begins where the one before it ends."""
    _refuse_unknown(place, table, _PHASE_KEYS)
    start_s = _get(place, table, "start_s", float, after_s)
    lasts_s = _get(place, table, "lasts_s", float, None)
    p = _get(place, table, "p", float, 1.0)
    if lasts_s is not None and "end_s" in table:
        raise PlanError(f"{place}: lasts_s and end_s both say when it is over; leave one out")
    if "p" in table and ("p_from" in table or "p_to" in table):
        raise PlanError(f"{place}: p is for a chance that stays; a ramp has p_from and p_to alone")
    if start_s == inf:
        raise PlanError(f"{place}: the phase before it has no end; give that one lasts_s or end_s")
    try:
        return Phase(
            name=_get(place, table, "name", str, ""),
            start_s=start_s,
            end_s=_get(place, table, "end_s", float, inf) if lasts_s is None else start_s + lasts_s,
            p_from=_get(place, table, "p_from", float, p),
            p_to=_get(place, table, "p_to", float, p),
        )
    except PlanError as error:
        raise _placed(place, error) from None


def _stop(place: str, table: Table) -> Stop:
    _refuse_unknown(place, table, _STOP_KEYS)
    command = _get(place, table, "command", list, [])
    if not all(isinstance(word, str) for word in command):
        raise PlanError(f"{place}: command wants a list of words, such as ['./check', '--fast']")
    words = {name: _get(place, table, name, str, "") for name in ("metric", "probe", "prometheus", "query")}
    return Stop(
        **words,
        command=tuple(command),
        above=_get(place, table, "above", float, None),
        over_s=_get(place, table, "over_s", float, Stop().over_s),
    )


def _tables(key: str, table: Table) -> list[tuple[int, Table]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise PlanError(f"the plan: {key} wants tables, each under [[{key}]]")
    return list(enumerate(value, start=1))


def _get(place: str, table: Table, key: str, kind: type, default: object) -> Any:  # noqa: ANN401 - of the kind asked for
    if key not in table:
        return default
    value = table[key]
    fits = type(value) is kind or (kind is float and type(value) is int)
    if not fits:
        raise PlanError(f"{place}: {key}={value!r} wants {_WORDS[kind]}")
    return value


def _refuse_unknown(place: str, table: Mapping[str, object], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise PlanError(f"{place}: {key!r} is unknown; {hint}")


def _placed(place: str, error: PlanError) -> PlanError:
    """Name the rule in front of what is wrong with it, once."""
    return error if str(error).startswith(place) else PlanError(f"{place}: {error}")


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
    for item in fields(Stop):
        value = getattr(stop, item.name)
        if value == item.default:
            continue
        match value:
            case tuple():
                lines.append(f"{item.name} = [{', '.join(map(_text, value))}]")
            case str():
                lines.append(f"{item.name} = {_text(value)}")
            case _:
                lines.append(f"{item.name} = {value!r}")
    return lines


def _match_pairs(match: Match) -> list[str]:
    pairs = []
    for item in fields(Match):
        value = getattr(match, item.name)
        if value == item.default:
            continue
        match item.name:
            case "header":
                inner = ", ".join(f"{_text(name)} = {_text(glob)}" for name, glob in value)
                pairs.append(f"header = {{ {inner} }}")
            case "between":
                pairs.append(f"between = [{value[0]}, {value[1]}]")
            case name:
                pairs.append(f"{name} = {_text(value) if isinstance(value, str) else value}")
    return pairs


def _text(value: str) -> str:
    """Write a TOML basic string: JSON's, but for DEL, which TOML wants escaped (TOML 1.0, String)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
