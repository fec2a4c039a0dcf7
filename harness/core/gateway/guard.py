"""Whom a gateway may fault, and until when: everything that keeps an experiment from hurting anybody else.

The one rule: whatever is in doubt is transparent. Faults need a plan with a lifetime, a mark on the exchange, room
under every cap, a controller that lives, and nobody who has said stop; when any of it is gone they stop at once and do
not come back by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from fault_injection.plan import ExchangeFacts, Plan
from fault_injection.plans.deciding import NO_COUNTERS, Counters, Decision, decide
from fault_injection.reply import Headers, header_of

RUN_HEADER: Final = "X-Edgeproof-Run"
BAGGAGE_KEY: Final = "edgeproof"
MOST_TTL_S: Final = 24 * 3600.0
MOST_REQUESTS: Final = 1_000_000
MOST_FAULTED: Final = 100_000
MOST_TOKENS: Final = 10_000_000
SILENCE_S: Final = 5.0
"""How long a controller may be silent before it counts as dead."""
_MEMBER = re.compile(r"\s*([^\s=;,]+)\s*=\s*([^\s;,]*)")


class State(StrEnum):
    """What the gateway does with what bears a mark."""

    TRANSPARENT = "transparent"
    ARMED = "armed"
    REVERTING = "reverting"
    """No exchange is struck any more, and those that were are coming to their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much an experiment may touch at the most; each is a whole number, and counts exchanges that bear the mark."""

    requests: int = 10_000
    faulted: int = 1_000
    tokens: int = 1_000_000

    def __post_init__(self) -> None:
        """Refuse what no experiment may have."""
        for name, most in (("requests", MOST_REQUESTS), ("faulted", MOST_FAULTED), ("tokens", MOST_TOKENS)):
            if not 0 <= getattr(self, name) <= most:
                message = f"a cap of {getattr(self, name)} {name} is out of bounds; at most {most}"
                raise ValueError(message)

    def within(self, other: Caps) -> Caps:
        """Return the lower of each two."""
        return Caps(
            requests=min(self.requests, other.requests),
            faulted=min(self.faulted, other.faulted),
            tokens=min(self.tokens, other.tokens),
        )


class GuardError(ValueError):
    """An experiment cannot be begun; the message says what is missing."""


@dataclass(slots=True, kw_only=True)
class Guard:
    """The state of one gateway. Times are seconds on one monotonic clock, given by the caller.

    `run` is the value that marks its exchanges, `why` the last reason for which faults stopped. `all_is_ours` says that
    nobody but a target that was started for the run can reach the gateway: whatever comes is the run's then, such as
    what a target asks of a store, which passes no mark on.
    """

    caps: Caps = field(default_factory=Caps)
    state: State = State.TRANSPARENT
    why: str = "no plan is in force"
    run: str = ""
    plan: Plan = field(default_factory=Plan)
    by_nonce: bool = False
    all_is_ours: bool = False
    requests: int = 0
    faulted: int = 0
    tokens: int = 0
    struck: dict[str, int] = field(default_factory=dict)
    """How many exchanges were struck in each phase; the key is empty outside of every phase."""
    _since_s: float = 0.0
    _heard_s: float | None = None
    _counters: Counters = field(default_factory=lambda: NO_COUNTERS)  # no hash before Python 3.12
    _running: int = 0

    def arm(
        self,
        plan: Plan,
        *,
        run: str,
        now_s: float,
        caps: Caps | None = None,
        by_nonce: bool = False,
        watched: bool = True,
    ) -> None:
        """Put a plan in force from now on, all counters at their start; a plan that is in force is replaced at once.

        `watched` wants a sign of life from a controller, `by_nonce` takes edgeproof's nonce in a prompt for a mark.

        Raises:
            GuardError: the plan has no lifetime or a longer one than any may have, or nothing marks the exchanges.
        """
        if plan.ttl_s is None:
            raise GuardError("the plan has no ttl_s; a plan without a lifetime is not put in front of a real upstream")
        if plan.ttl_s > MOST_TTL_S:
            raise GuardError(f"ttl_s={plan.ttl_s:g} is longer than {MOST_TTL_S:g} seconds")
        if not run:
            raise GuardError(f"nothing marks the run's exchanges; name the value of {RUN_HEADER}")
        self.plan, self.run, self.by_nonce = plan, run, by_nonce
        self.caps = caps or self.caps
        self.requests = self.faulted = self.tokens = 0
        self.struck = {}
        self._since_s, self._heard_s, self._counters = now_s, now_s if watched else None, NO_COUNTERS
        self.state, self.why = State.ARMED, ""

    def beat(self, now_s: float) -> None:
        """Take a controller's sign of life."""
        if self._heard_s is not None:
            self._heard_s = now_s

    def revert(self, why: str) -> None:
        """Stop every fault from now on."""
        if self.state is State.ARMED:
            self.state = State.REVERTING if self._running else State.TRANSPARENT
            self.why = why

    def look(self, now_s: float) -> State:
        """Return the state at a moment; a lifetime that is over and a controller that is silent end the experiment."""
        if self.state is State.ARMED:
            if now_s - self._since_s >= (self.plan.ttl_s or 0.0):
                self.revert("the plan's lifetime is over")
            elif self._heard_s is not None and now_s - self._heard_s > SILENCE_S:
                self.revert(f"nothing was heard of the controller for {SILENCE_S:g} s")
        return self.state

    def elapsed_s(self, now_s: float) -> float:
        """Return how long the plan has been in force."""
        return now_s - self._since_s

    def may_strike(self, now_s: float) -> bool:
        """Whether any rule has a chance at all at this moment."""
        at_s = self.elapsed_s(now_s)
        return self.look(now_s) is State.ARMED and any(self.plan.chance(rule, at_s) > 0 for rule in self.plan.rules)

    def decide(self, facts: ExchangeFacts, *, now_s: float) -> Decision | None:
        """Decide on an exchange; None when it must not be touched. Whoever is told faults calls `over` at its end."""
        if self.look(now_s) is not State.ARMED or not self.marks(facts.headers, facts.nonce):
            return None
        if self.requests >= self.caps.requests:
            self.revert(f"{self.caps.requests} requests have borne the mark, and no more may")
            return None
        self.requests += 1
        decision = decide(self.plan, self._counters, replace(facts, at_s=self.elapsed_s(now_s)))
        if decision.strikes and self.faulted >= self.caps.faulted:
            self.revert(f"{self.caps.faulted} requests have been faulted, and no more may")
            return None
        self._counters = decision.counters
        if decision.strikes:
            self.faulted += 1
            self._running += 1
        return decision

    def over(self, *, struck_at_s: float | None) -> None:
        """Take note that an exchange with faults is over, and when it was struck, if it was after all."""
        self._running -= 1
        if struck_at_s is not None:
            phase = self.plan.phase_at(self.elapsed_s(struck_at_s))
            self.struck[phase] = self.struck.get(phase, 0) + 1
        if self.state is State.REVERTING and not self._running:
            self.state = State.TRANSPARENT

    def spend(self, tokens: int) -> None:
        """Count tokens that upstream made for marked exchanges."""
        self.tokens += tokens
        if self.tokens > self.caps.tokens:
            self.revert(f"more than {self.caps.tokens} tokens have been asked for")

    def marks(self, headers: Headers, nonce: str) -> bool:
        """Whether an exchange bears the run's mark: its own header, W3C baggage, or edgeproof's nonce in the prompt."""
        if not self.run:
            return False
        if self.all_is_ours or header_of(headers, RUN_HEADER) == self.run:
            return True
        members = (
            _MEMBER.match(member) for name, value in headers if name.lower() == "baggage" for member in value.split(",")
        )
        if any(found and found[1] == BAGGAGE_KEY and found[2] == self.run for found in members):
            return True
        return self.by_nonce and bool(nonce)
