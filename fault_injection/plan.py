"""Which faults hit which exchanges, and when: an ordered list of rules on a timeline, and the seed of every draw.

All rules that match an exchange give it their faults, in the order of the plan, up to and including the first that has
`stop=True`. A rule counts the exchanges that its surface, model, method, path, nonce, header, phase and lifetime
accept; `nth`, `first`, `after`, `every` and `between` look at that number, `count` at how often the rule has struck.

The one rule: a plan is data, and one that can never do what it says cannot be built. What it does to an exchange is
decided in `deciding`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import inf

from fault_injection.fault import Fault
from fault_injection.reply import Headers
from fault_injection.stop import Stop

SURFACES = (
    "ai.chat",
    "ai.run",
    "ai.embeddings",
    "ai.messages",
    "ai.responses",
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
    method: str = ""
    path: str = ""
    nonce: str = ""
    headers: Headers = ()
    identity: str = ""
    occurrence: int = 1
    at_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which exchanges a rule is about. All that is set must hold; surface, model, method, path and header values are
    globs. A path is matched without its query and as it stands on the wire; `*` takes in slashes.

    `nth` is one exchange, `first` so many, `after` all behind so many, `every` each so many-th, `between` a range with
    both its ends. `phase` names a stretch of the plan's timeline.
    """

    surface: str = "*"
    model: str = "*"
    method: str = "*"
    path: str = "*"
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
            and fnmatchcase(facts.method, self.method)
            and fnmatchcase(facts.path, self.path)
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
    """A stretch of the timeline: from `start_s` until before `end_s`, in seconds since the plan came into force.

    The chance of each of its rules is multiplied by a share that goes evenly from `p_from` to `p_to` while it lasts.
    """

    name: str
    start_s: float = 0.0
    end_s: float = inf
    p_from: float = 1.0
    p_to: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a stretch that holds no moment, and a ramp that goes nowhere."""
        if not 0 <= self.start_s < self.end_s:
            raise PlanError(f"phase {self.name!r} from {self.start_s} to {self.end_s} seconds is empty")
        for name in ("p_from", "p_to"):
            if not 0 <= getattr(self, name) <= 1:
                raise PlanError(
                    f"phase {self.name!r}: {name}={getattr(self, name)} is no share; it lies between 0 and 1"
                )
        if self.end_s == inf and self.p_from != self.p_to:
            raise PlanError(f"phase {self.name!r} has no end, so its chance has no time to change; give it an end")

    def holds(self, at_s: float) -> bool:
        """Whether the phase is on."""
        return self.start_s <= at_s < self.end_s

    def share(self, at_s: float) -> float:
        """Return what the chance of its rules is multiplied by at a moment of it."""
        if self.p_from == self.p_to:
            return self.p_to
        return self.p_from + (self.p_to - self.p_from) * (at_s - self.start_s) / (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An ordered list of rules and the seed of every draw. Behind `ttl_s` seconds none of its rules is in force.

    `stops` are what ends it earlier; whoever puts it in force looks at them.
    """

    rules: tuple[Rule, ...] = ()
    seed: int = 0
    phases: tuple[Phase, ...] = ()
    ttl_s: float | None = None
    stops: tuple[Stop, ...] = ()
    _by_nonce: dict[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)
    _general: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse names that are unknown or taken, and note which rules wait for a nonce of their own."""
        if self.ttl_s is not None and not 0 < self.ttl_s < inf:
            raise PlanError(f"ttl_s={self.ttl_s} is no lifetime; leave it out for no bound")
        for number, stop in enumerate(self.stops, start=1):
            if refusal := stop.refusal():
                raise PlanError(f"stop {number}: {refusal}")
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

    def chance(self, rule: Rule, at_s: float) -> float:
        """Return the rule's chance at a moment: 0 before and behind its time."""
        if not self.is_on(rule, at_s):
            return 0.0
        shares = [phase.share(at_s) for phase in self.phases if phase.name == rule.match.phase and phase.holds(at_s)]
        return rule.p * (shares[0] if shares else 1.0)

    def is_on(self, rule: Rule, at_s: float) -> bool:
        """Whether the timeline has the rule in force."""
        if any(ttl_s is not None and at_s >= ttl_s for ttl_s in (self.ttl_s, rule.ttl_s)):
            return False
        wanted = rule.match.phase
        return not wanted or any(phase.holds(at_s) for phase in self.phases if phase.name == wanted)

    def phase_at(self, at_s: float) -> str:
        """Return the name of the first phase that is on, or nothing."""
        return next((phase.name for phase in self.phases if phase.holds(at_s)), "")

    @property
    def ends_s(self) -> float:
        """When the last of it is over: its lifetime, or else the end of its last phase; `inf` where it has neither."""
        return self.ttl_s or max((phase.end_s for phase in self.phases), default=inf)


def _has_header(headers: Headers, name: str, glob: str) -> bool:
    return any(key.lower() == name.lower() and fnmatchcase(value, glob) for key, value in headers)


def _refuse_twins(kind: str, names: list[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise PlanError(f"{times} {kind}s are called {name!r}; a name is for one")
