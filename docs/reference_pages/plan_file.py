"""The plan file: every table and key of a plan of faults."""

from __future__ import annotations

from typing import Final

from fault_injection.plan import SURFACES
from fault_injection.plan_file import TABLES
from fault_injection.stop import METRICS
from reference_pages.markdown import MADE, anchor, code, table

_HEAD: Final = """# Plan file

{made}

A plan says which faults strike which exchanges, and when. It is TOML, for `--plan` of `edgeproof mock`, `load`, `chaos`
and `gateway`. `edgeproof plan check FILE` shows in words what a plan would do; `edgeproof plan presets` lists plans to
begin with. A key that is not listed here is refused.

All rules that match give an exchange their faults, in order, up to the first with `stop = true`.
"""
_TITLES: Final = {
    "": "The top of the file",
    "phase": "[[phase]]",
    "rule": "[[rule]]",
    "rule.match": "match, in a rule",
    "stop": "[[stop]]",
}
_ABOUT: Final = {
    "phase": "A stretch of the plan's time. Phases follow one another unless they say when they start.",
    "rule": "Faults, and the exchanges that they strike.",
    "rule.match": "Which exchanges a rule is about; all that is set must hold.",
    "stop": "When a chaos run ends its plan early. It is looked at every second, and names one thing to look at.",
}
_MEANINGS: Final = {
    "plan.seed": "Decides every draw; 0 when left out.",
    "plan.ttl_s": "After this many seconds nothing is faulted. A gateway takes no plan without it.",
    "plan.rule": "The rules, in order.",
    "plan.phase": "The phases, in order.",
    "plan.stop": "Conditions that end the plan early.",
    "phase.name": "What rules call it.",
    "phase.start_s": "When it starts; when the one before ends, if left out.",
    "phase.end_s": "When it ends.",
    "phase.lasts_s": "How long it lasts, instead of `end_s`.",
    "phase.p": "What the chance of its rules is multiplied by; 1 when left out.",
    "phase.p_from": "The same at its start, for a ramp.",
    "phase.p_to": "The same at its end; in between it changes evenly.",
    "rule.match": "Which exchanges it is about; every exchange when left out.",
    "rule.fault": "One or more faults: `sse.truncate(after=3) + tcp.latency(delay_s=0.1)`, or a list.",
    "rule.p": "The chance that it strikes, from 0 to 1; 1 when left out.",
    "rule.count": "How often it strikes at most.",
    "rule.ttl_s": "For how long it is in force.",
    "rule.stop": "No later rule adds to what this one strikes.",
    "rule.name": "What the journal and reports call it.",
    "rule.match.surface": "The service that is asked, a glob.",
    "rule.match.model": "The model that is asked for, a glob.",
    "rule.match.method": "The method, a glob.",
    "rule.match.path": "The path without its query, a glob; `*` takes in slashes.",
    "rule.match.nonce": "The nonce in the prompt.",
    "rule.match.header": "Headers and globs for their values.",
    "rule.match.nth": "One exchange, counted from 1 among those that match.",
    "rule.match.first": "The first N exchanges.",
    "rule.match.after": "All exchanges but the first N.",
    "rule.match.every": "Every Nth exchange.",
    "rule.match.between": "A range of exchanges with both its ends, as `[3, 5]`.",
    "rule.match.phase": "The phase it is in force in.",
    "stop.metric": f"What edgeproof's own clients saw: {', '.join(map(code, METRICS))}.",
    "stop.probe": "A URL that no longer answers below 500.",
    "stop.command": "A command that ends with another exit code than 0.",
    "stop.prometheus": "A Prometheus server to ask `query` of.",
    "stop.query": "The query.",
    "stop.above": "The bound of a metric or a query.",
    "stop.over_s": "The stretch of time that a metric is taken over; 10 when left out.",
}


def places() -> dict[str, str]:
    """Return every key by its whole name, and what it means; empty for one that nobody has put into words yet."""
    names = (f"{table_name or 'plan'}.{key}" for table_name, keys in TABLES.items() for key in keys)
    return {name: _MEANINGS.get(name, "") for name in names}


def page() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD.format(made=MADE)]
    said = places()
    for name, keys in TABLES.items():
        lines += [f"## {_TITLES.get(name, f'[[{name}]]')}", "", *([_ABOUT[name]] if name in _ABOUT else [])]
        whole = {key: f"{name or 'plan'}.{key}" for key in keys}
        lines += table(("key", "meaning"), [(f"{anchor(whole[key])}`{key}`", said[whole[key]]) for key in keys])
    lines += [
        "## Surfaces",
        "",
        "What `match.surface` can name, besides `fetch.HOST` for a host that a Worker calls:",
        "",
    ]
    return "\n".join([*lines, ", ".join(f"{anchor(f'surface.{each}')}`{each}`" for each in SURFACES) + ".", ""])
