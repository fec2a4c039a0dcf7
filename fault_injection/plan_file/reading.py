"""A plan from its TOML text.

The one rule: a plan that can never do what its text says is refused, with the rule, the key and what would do.
"""

from __future__ import annotations

from dataclasses import fields
from math import inf

from fault_injection.fault import Fault, InvalidFaultError
from fault_injection.plan import Match, Phase, Plan, PlanError, Rule
from fault_injection.registry import UnknownFaultError
from fault_injection.spec import SpecError, parse_all
from fault_injection.stop import Stop
from fault_injection.toml_table import TomlTable, read_table

_PLAN_KEYS = ("seed", "ttl_s", "rule", "phase", "stop")
_RULE_KEYS = ("match", "fault", "p", "count", "ttl_s", "stop", "name")
_MATCH_KEYS = tuple(item.name for item in fields(Match))
_PHASE_KEYS = ("name", "start_s", "end_s", "lasts_s", "p", "p_from", "p_to")
_STOP_KEYS = tuple(item.name for item in fields(Stop))
TABLES = {"": _PLAN_KEYS, "phase": _PHASE_KEYS, "rule": _RULE_KEYS, "rule.match": _MATCH_KEYS, "stop": _STOP_KEYS}
"""Every table of a plan and its keys; the empty name stands for the top of the file."""
_NUMBERS = ("nth", "first", "after", "every")


def read_plan(text: str) -> Plan:
    """Read a plan.

    Raises:
        PlanError: naming the rule, counted from 1, the key, and the nearest key that would do.
    """
    table = read_table(
        text,
        place="the plan",
        error=PlanError,
        not_toml="the plan is no TOML",
        too_deep="the plan nests too deeply to be read",
    )
    table.refuse_unknown(_PLAN_KEYS)
    phases: list[Phase] = []
    for item in table.each("phase"):
        phases.append(_phase(item, after_s=phases[-1].end_s if phases else 0.0))
    rules = [_rule(item) for item in table.each("rule")]
    return Plan(
        seed=table.get("seed", int, 0),
        ttl_s=table.get("ttl_s", float, None),
        phases=tuple(phases),
        rules=tuple(rules),
        stops=tuple(_stop(item) for item in table.each("stop")),
    )


def _rule(table: TomlTable) -> Rule:
    table.refuse_unknown(_RULE_KEYS)
    try:
        return Rule(
            faults=_faults(table),
            match=_match(table.inner("match")),
            p=table.get("p", float, 1.0),
            count=table.get("count", int, None),
            ttl_s=table.get("ttl_s", float, None),
            stop=table.get("stop", bool, False),
            name=table.get("name", str, ""),
        )
    except PlanError as error:
        raise _placed(table, error) from None


def _faults(table: TomlTable) -> tuple[Fault, ...]:
    value = table.values.get("fault", ())
    specs = [value] if isinstance(value, str) else value
    if not isinstance(specs, (list, tuple)) or not all(isinstance(spec, str) for spec in specs):
        raise table.refusal("fault wants a spec such as 'sse.truncate(after=3)', or a list of them")
    try:
        return tuple(fault for spec in specs for fault in parse_all(spec))
    except (SpecError, UnknownFaultError, InvalidFaultError) as error:
        raise table.refusal(f"fault: {error}") from None


def _match(table: TomlTable) -> Match:
    table.refuse_unknown(_MATCH_KEYS)
    headers = table.inner("header")
    between = table.get("between", list, None)
    if between is not None and (len(between) != 2 or not all(type(end) is int for end in between)):
        raise table.refusal("between wants two whole numbers, such as [3, 5]")
    return Match(
        surface=table.get("surface", str, "*"),
        model=table.get("model", str, "*"),
        method=table.get("method", str, "*"),
        path=table.get("path", str, "*"),
        nonce=table.get("nonce", str, ""),
        header=tuple((name, headers.get(name, str, "*")) for name in headers.values),
        between=None if between is None else (between[0], between[1]),
        phase=table.get("phase", str, ""),
        **{name: table.get(name, int, None) for name in _NUMBERS},
    )


def _phase(table: TomlTable, *, after_s: float) -> Phase:
    """Read a phase; one without a start begins where the one before it ends."""
    table.refuse_unknown(_PHASE_KEYS)
    start_s = table.get("start_s", float, after_s)
    lasts_s = table.get("lasts_s", float, None)
    p = table.get("p", float, 1.0)
    if lasts_s is not None and "end_s" in table.values:
        raise table.refusal("lasts_s and end_s both say when it is over; leave one out")
    if "p" in table.values and ("p_from" in table.values or "p_to" in table.values):
        raise table.refusal("p is for a chance that stays; a ramp has p_from and p_to alone")
    if start_s == inf:
        raise table.refusal("the phase before it has no end; give that one lasts_s or end_s")
    try:
        return Phase(
            name=table.get("name", str, ""),
            start_s=start_s,
            end_s=table.get("end_s", float, inf) if lasts_s is None else start_s + lasts_s,
            p_from=table.get("p_from", float, p),
            p_to=table.get("p_to", float, p),
        )
    except PlanError as error:
        raise _placed(table, error) from None


def _stop(table: TomlTable) -> Stop:
    table.refuse_unknown(_STOP_KEYS)
    command = table.get("command", list, [])
    if not all(isinstance(word, str) for word in command):
        raise table.refusal("command wants a list of words, such as ['./check', '--fast']")
    words = {name: table.get(name, str, "") for name in ("metric", "probe", "prometheus", "query")}
    return Stop(
        **words,
        command=tuple(command),
        above=table.get("above", float, None),
        over_s=table.get("over_s", float, Stop().over_s),
    )


def _placed(table: TomlTable, error: PlanError) -> ValueError:
    """Name the rule in front of what is wrong with it, once."""
    return error if str(error).startswith(table.place) else table.refusal(str(error))
