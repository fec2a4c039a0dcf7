"""Which faults hit which exchanges, and when: an ordered list of rules, decided by one seed.

All rules that match an exchange give it their faults, in the order of the plan, up to and including the first that has
`stop=True`. A rule counts the exchanges that its surface, model, nonce, header, phase and lifetime accept; `nth`,
`first`, `after`, `every` and `between` look at that number, `count` at how often the rule has struck.

The one rule: a draw depends on the seed, the rule and the request (its nonce, and for the how many-th time it comes),
never on what arrived before it; so two runs in which requests overtake one another still fault alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import inf
from types import MappingProxyType
from typing import TypeAlias

from fault_injection.apply import Strike
from fault_injection.dice import chance, seed_of
from fault_injection.fault import Fault
from fault_injection.reply import Headers

SURFACES = (
    "ai.chat",
    "ai.run",
    "ai.embeddings",
    "ai.messages",
    "ai.models",
    "kv.get",
    "kv.put",
    "kv.delete",
    "kv.list",
    "kv.metadata",
    "kv.bulk",
    "kv.namespaces",
    "cache.match",
    "cache.put",
    "cache.delete",
    "r2.head",
    "r2.get",
    "r2.put",
    "r2.delete",
    "r2.list",
    "r2.multipart",
    "r2.buckets",
    "d1.query",
    "queue.send",
    "queue.metrics",
    "analytics.write",
    "analytics.query",
    "gateway.run",
    "gateway.log",
    "gateway.url",
    "gateway.routes",
    "probe",
    "unknown",
)
"""Where faults can strike: the mock's services, health checks, and paths that nothing serves.

Besides, there is `fetch.HOST` for every host that a Worker calls and that the mock does not serve.
"""
_ELSEWHERE = "fetch."


class PlanError(ValueError):
    """A plan contradicts itself or cannot be read; the message names the rule, counted from 1, and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFacts:
    """What is known of an exchange when its faults are decided.

    `identity` says which request it is (see `dice.identity_of`; the nonce when left empty) and `occurrence` for the how
    many-th time that request comes. `at_s` is the time since the plan came into force, in seconds.
    """

    surface: str
    model: str = ""
    nonce: str = ""
    headers: Headers = ()
    identity: str = ""
    occurrence: int = 1
    at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which exchanges a rule is about. All that is set must hold; surface, model and header values are globs.

    `nth` is one exchange, `first` so many, `after` all behind so many, `every` each so many-th, `between` a range with
    both its ends. `phase` names a stretch of the plan's timeline.
    """

    surface: str = "*"
    model: str = "*"
    nonce: str = ""
    header: Headers = ()
    nth: int | None = None
    first: int | None = None
    after: int | None = None
    every: int | None = None
    between: tuple[int, int] | None = None
    phase: str = ""

    def __post_init__(self) -> None:
        """Refuse what can never match."""
        elsewhere = self.surface.startswith(_ELSEWHERE)
        if not elsewhere and not any(fnmatchcase(surface, self.surface) for surface in SURFACES):
            raise PlanError(f"match.surface={self.surface!r} matches no surface; they are {', '.join(SURFACES)}")
        for name in ("nth", "first", "every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise PlanError(f"match.{name}={value} never matches; exchanges count from 1")
        if self.after is not None and self.after < 0:
            raise PlanError(f"match.after={self.after} is less than none; use 0 for every exchange")
        if self.between and not 1 <= self.between[0] <= self.between[1]:
            raise PlanError(f"match.between={list(self.between)} is empty; exchanges count from 1, low end first")

    def accepts(self, facts: ExchangeFacts) -> bool:
        """Whether the rule is about such an exchange, leaving counts and the timeline aside."""
        return (
            (not self.nonce or facts.nonce == self.nonce)
            and fnmatchcase(facts.surface, self.surface)
            and fnmatchcase(facts.model, self.model)
            and all(_has_header(facts.headers, name, glob) for name, glob in self.header)
        )

    def takes(self, number: int) -> bool:
        """Whether the exchange of this number, from 1, is one of those meant."""
        low, high = self.between or (1, number)
        return (
            (self.nth is None or number == self.nth)
            and (self.first is None or number <= self.first)
            and (self.after is None or number > self.after)
            and (self.every is None or number % self.every == 0)
            and low <= number <= high
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Faults for the exchanges that match: with the chance `p` each, `count` times at most, for `ttl_s` seconds."""

    faults: tuple[Fault, ...]
    match: Match = Match()
    p: float = 1.0
    count: int | None = None
    ttl_s: float | None = None
    stop: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what can never strike."""
        if not self.faults:
            raise PlanError("fault is missing; a rule without one does nothing")
        if not 0 <= self.p <= 1:
            raise PlanError(f"p={self.p} is no chance; it lies between 0 and 1")
        if self.count is not None and self.count < 1:
            raise PlanError(f"count={self.count} never strikes; leave it out for no bound")
        if self.ttl_s is not None and not 0 < self.ttl_s < inf:
            raise PlanError(f"ttl_s={self.ttl_s} is no lifetime; leave it out for no bound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of the timeline: from `start_s` until before `end_s`, in seconds since the plan came into force."""

    name: str
    start_s: float = 0.0
    end_s: float = inf

    def __post_init__(self) -> None:
        """Refuse a stretch that holds no moment."""
        if not 0 <= self.start_s < self.end_s:
            raise PlanError(f"phase {self.name!r} from {self.start_s} to {self.end_s} seconds is empty")

    def holds(self, at_s: float) -> bool:
        """Whether the phase is on."""
        return self.start_s <= at_s < self.end_s


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An ordered list of rules and the seed of every draw."""

    rules: tuple[Rule, ...] = ()
    seed: int = 0
    phases: tuple[Phase, ...] = ()
    _by_nonce: dict[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)
    _general: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse names that are unknown or taken, and note which rules wait for a nonce of their own."""
        _refuse_twins("phase", [phase.name for phase in self.phases])
        _refuse_twins("rule", [rule.name for rule in self.rules if rule.name])
        known = {phase.name for phase in self.phases}
        waiting: dict[str, list[int]] = defaultdict(list)
        for index, rule in enumerate(self.rules):
            waiting[rule.match.nonce].append(index)
            if rule.match.phase and rule.match.phase not in known:
                hint = f"the phases are {', '.join(sorted(known))}" if known else "the plan has no phases"
                raise PlanError(f"rule {index + 1}: match.phase={rule.match.phase!r} is unknown; {hint}")
        object.__setattr__(self, "_general", tuple(waiting.pop("", ())))
        object.__setattr__(self, "_by_nonce", {nonce: tuple(places) for nonce, places in waiting.items()})

    def candidates(self, nonce: str) -> tuple[int, ...]:
        """Return the places of the rules that can be about that nonce, in order: quick with hundreds of rules."""
        own = self._by_nonce.get(nonce, ())
        return tuple(sorted((*self._general, *own))) if own else self._general

    def is_on(self, rule: Rule, at_s: float) -> bool:
        """Whether the timeline has the rule in force."""
        if rule.ttl_s is not None and at_s >= rule.ttl_s:
            return False
        wanted = rule.match.phase
        return not wanted or any(phase.holds(at_s) for phase in self.phases if phase.name == wanted)


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
        strikes_now = not spent and rule.match.takes(nth) and (rule.p >= 1 or chance(key, "p") < rule.p)
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


def _has_header(headers: Headers, name: str, glob: str) -> bool:
    return any(key.lower() == name.lower() and fnmatchcase(value, glob) for key, value in headers)


def _refuse_twins(kind: str, names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise PlanError(f"{times} {kind}s are called {name!r}; a name is for one")
