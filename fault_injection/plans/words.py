"""A plan told to people: what it would do in words, and when as a picture.

The one rule: every word and every bar is computed by what decides exchanges, `Plan.chance`, so that the two agree.
"""

from __future__ import annotations

from dataclasses import fields
from math import inf

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import show_all

_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 60
"""Columns of the picture's time."""
_OPEN_END = 1.25
"""How much longer than what has an end a picture goes on that has none."""
_WITHOUT_TIME_S = 60.0
"""How much is shown of a plan that knows no time at all."""


def words(plan: Plan) -> list[str]:
    """Say what a plan would do: one line for the whole, and one for each phase, rule and stop."""
    lines = [_whole(plan)]
    for phase in plan.phases:
        end = f"{phase.end_s:g} s" if phase.end_s < inf else "the end"
        lines.append(f"phase {phase.name}: from {phase.start_s:g} s to {end}{_ramp(phase.p_from, phase.p_to)}")
    lines += [f"rule {_name(plan, index)}: {_rule(plan, rule)}" for index, rule in enumerate(plan.rules)]
    return [*lines, *(f"stop when {stop}" for stop in plan.stops)]


def idle(plan: Plan) -> list[str]:
    """Name what can never strike: rules without a chance, and rules whose time is over before it begins."""
    moments = _moments(plan, _WIDTH * 4)
    return [
        f"rule {_name(plan, index)} never strikes"
        for index, rule in enumerate(plan.rules)
        if not any(plan.chance(rule, at_s) for at_s in moments)
    ]


def picture(plan: Plan) -> list[str]:
    """Draw a plan over its time: seconds, phases, and a line for each rule with its chance as the height of a bar."""
    labels = [f"rule {_name(plan, index)}" for index in range(len(plan.rules))]
    margin = max((len(label) for label in (*labels, "phases")), default=0)
    moments = _moments(plan, _WIDTH)
    lines = [f"{'':{margin}}  {_scale(plan)}"]
    if plan.phases:
        lines.append(f"{'phases':{margin}}  {_phases(plan, moments)}")
    for label, rule in zip(labels, plan.rules, strict=True):
        bars = "".join(_bar(plan.chance(rule, at_s)) for at_s in moments)
        lines.append(f"{label:{margin}}  {bars.rstrip() or '(never)'}")
    return lines


def shown_s(plan: Plan) -> float:
    """Return how many seconds a picture of the plan shows."""
    ends = [phase.end_s for phase in plan.phases] + [phase.start_s for phase in plan.phases]
    ends += [ttl_s for ttl_s in (plan.ttl_s, *(rule.ttl_s for rule in plan.rules)) if ttl_s]
    last_s = max((end_s for end_s in ends if end_s < inf), default=0.0) or _WITHOUT_TIME_S
    return last_s if plan.ends_s < inf else last_s * _OPEN_END


def _whole(plan: Plan) -> str:
    counts = f"{_count(len(plan.rules), 'rule')}, {_count(len(plan.phases), 'phase')}"
    life = "without a lifetime" if plan.ttl_s is None else f"over after {plan.ttl_s:g} s"
    return f"{counts}, {life}; seed {plan.seed or 'of the run'}"


def _rule(plan: Plan, rule: Rule) -> str:
    when = [f"in phase {rule.match.phase}"] if rule.match.phase else []
    when += [f"for {rule.ttl_s:g} s"] if rule.ttl_s is not None else []
    chances = [plan.chance(rule, at_s) for at_s in _moments(plan, _WIDTH * 4)]
    met = [chance for chance in chances if chance] or [0.0]
    low, high = min(met), max(met)
    chance = f"{high:.0%}" if high - low < 0.01 else f"{low:.0%} to {high:.0%}"
    often = [f"{rule.count} times at most"] if rule.count is not None else []
    ends = ["no later rule"] if rule.stop else []
    about = _match(rule.match)
    return f"{show_all(rule.faults)} for {chance} of {about}" + "".join(f", {each}" for each in (*when, *often, *ends))


def _match(match: Match) -> str:
    parts = [match.surface if match.surface != "*" else "every exchange"]
    for item in fields(Match)[1:]:
        value = getattr(match, item.name)
        if value == item.default or item.name == "phase":
            continue
        match item.name:
            case "header":
                parts += [f"with {name}: {glob}" for name, glob in value]
            case "nth":
                parts.append(f"number {value}")
            case "first":
                parts.append(f"the first {value}")
            case "after":
                parts.append(f"behind the first {value}")
            case "every":
                parts.append(f"each {value}th")
            case "between":
                parts.append(f"numbers {value[0]} to {value[1]}")
            case name:
                parts.append(f"{name} {value}")
    return ", ".join(parts)


def _name(plan: Plan, index: int) -> str:
    return plan.rules[index].name or str(index + 1)


def _ramp(p_from: float, p_to: float) -> str:
    if p_from == p_to == 1:
        return ""
    if p_from == p_to:
        return f", chances times {p_to:g}"
    return f", chances times {p_from:g} {'rising' if p_from < p_to else 'falling'} to {p_to:g}"


def _moments(plan: Plan, number: int) -> list[float]:
    """Return the middles of so many equal stretches of the time shown."""
    length_s = shown_s(plan) / number
    return [(index + 0.5) * length_s for index in range(number)]


def _bar(chance: float) -> str:
    """Return a bar of that height; whatever can strike at all can be seen."""
    return _BARS[0] if not chance else _BARS[max(1, round(chance * (len(_BARS) - 1)))]


def _scale(plan: Plan) -> str:
    whole_s = shown_s(plan)
    quarters = [f"{whole_s * quarter / 4:.3g}s" for quarter in range(5)]
    width = _WIDTH // 4
    return "".join(f"{text:{width}}" for text in quarters[:-1]) + quarters[-1]


def _phases(plan: Plan, moments: list[float]) -> str:
    """Return the phases' names, each where it begins and as far as there is room."""
    names = [plan.phase_at(at_s) for at_s in moments]
    out = ""
    start = 0
    for place in range(1, len(names) + 1):
        if place == len(names) or names[place] != names[start]:
            room = place - start
            label = f"|{names[start]}" if names[start] else ""
            out += f"{label[:room]:{room}}"
            start = place
    return out.rstrip()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
