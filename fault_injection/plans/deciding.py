"""What a plan does to one exchange: the faults that hit it, and how the rules' counters stand behind it.

The one rule: a draw depends on the seed, the rule and the request (its nonce, and for the how many-th time it comes),
never on what arrived before it; so two runs in which requests overtake one another still fault alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from fault_injection.apply import Strike
from fault_injection.dice import chance, seed_of
from fault_injection.fault import Fault
from fault_injection.plan import ExchangeFacts, Plan, Rule


@dataclass(frozen=True, slots=True)
class Count:
    """What one rule has seen: exchanges it accepted, and those it struck."""

    seen: int = 0
    struck: int = 0


Counters: TypeAlias = Mapping[int, Count]
NO_COUNTERS: Counters = MappingProxyType({})
"""The counters of a plan that has just come into force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to happen to one exchange.

    `rules` are the places of the rules that strike it, `nth` which exchange it is for each of them.
    """

    strikes: tuple[Strike, ...] = ()
    rules: tuple[int, ...] = ()
    nth: tuple[int, ...] = ()
    counters: Counters = field(default_factory=lambda: NO_COUNTERS)  # no hash before Python 3.12

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults, in the order in which they apply."""
        return tuple(strike.fault for strike in self.strikes)


def decide(plan: Plan, counters: Counters, facts: ExchangeFacts) -> Decision:
    """Decide which faults hit an exchange, and how the counters stand behind it."""
    strikes: list[Strike] = []
    rules: list[int] = []
    nths: list[int] = []
    changed: dict[int, Count] = {}
    identity = facts.identity or facts.nonce
    for index in plan.candidates(facts.nonce):
        rule = plan.rules[index]
        if not plan.is_on(rule, facts.at_s) or not rule.match.accepts(facts):
            continue
        count = counters.get(index, Count())
        nth = count.seen + 1
        key = seed_of(plan.seed, rule.name or index, identity, facts.occurrence)
        spent = rule.count is not None and count.struck >= rule.count
        p = plan.chance(rule, facts.at_s)
        strikes_now = not spent and rule.match.takes(nth) and (p >= 1 or chance(key, "p") < p)
        changed[index] = Count(nth, count.struck + strikes_now)
        if not strikes_now:
            continue
        strikes += _strikes(rule, nth, key)
        rules.append(index)
        nths.append(nth)
        if rule.stop:
            break
    after = MappingProxyType({**counters, **changed}) if changed else counters
    return Decision(strikes=tuple(strikes), rules=tuple(rules), nth=tuple(nths), counters=after)


def _strikes(rule: Rule, nth: int, key: int) -> list[Strike]:
    met: Counter[str] = Counter()
    out: list[Strike] = []
    for fault in rule.faults:
        met[fault.id] += 1
        out.append(Strike(fault=fault, nth=nth, seed=seed_of(key, fault.id, met[fault.id])))
    return out
