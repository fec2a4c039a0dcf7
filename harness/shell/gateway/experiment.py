"""What a gateway does with marked requests: a plan put in force for one run, watched, and taken back.

The one rule: whatever begins or ends an experiment, or strikes somebody in it, is in the audit log before anything
follows; and who waits for a fault's sake is let go as soon as it is over.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fault_injection.apply import Strike
from fault_injection.plan import Plan
from fault_injection.plan_file import show_plan
from harness.core.gateway.guard import Caps, Guard, State
from harness.core.gateway.request_head import RequestHead
from harness.shell.gateway.audit import Audit
from harness.shell.gateway.facts import facts_of
from harness.shell.upstream.record import Record

_MOST_IDENTITIES: Final = 100_000
_REVERTS_WITHIN_S: Final = 2.0


class Experiment:
    """The guard of one gateway, with its audit log. `caps` are the highest that a plan may have, `seed` is that of a
    plan without one.

    `is_called_off` says why nobody may be faulted now, or nothing. `let_go` is called when an experiment is over.
    """

    def __init__(
        self,
        guard: Guard,
        audit: Audit,
        *,
        seed: int,
        caps: Caps,
        is_called_off: Callable[[], str],
        let_go: Callable[[], None],
    ) -> None:
        self.guard = guard
        self.audit = audit
        self._seed = seed
        self._caps = caps
        self._is_called_off = is_called_off
        self._let_go = let_go
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._told = State.TRANSPARENT

    @property
    def state(self) -> State:
        """What is done with marked requests now."""
        return self.guard.look(time.monotonic())

    @property
    def is_armed(self) -> bool:
        """Whether a plan is in force that nobody has called off."""
        return self.look() is State.ARMED

    @property
    def may_strike(self) -> bool:
        """Whether faults may strike anybody at this moment."""
        return self.guard.may_strike(time.monotonic())

    def arm(self, plan: Plan, *, run: str, caps: Caps | None = None, by_nonce: bool, watched: bool) -> None:
        """Put a plan in force from now on, under the lower of its caps and the gateway's own. See `Guard.arm`.

        Raises:
            GuardError: it may not be.
        """
        seeded = plan if plan.seed else replace(plan, seed=self._seed)
        bounded = (caps or self._caps).within(self._caps)
        self.guard.arm(seeded, run=run, now_s=time.monotonic(), caps=bounded, by_nonce=by_nonce, watched=watched)
        self._seen.clear()
        self._told = State.ARMED
        text = show_plan(seeded)
        self.audit.note(
            "armed",
            run=run,
            plan_sha256=hashlib.sha256(text.encode()).hexdigest(),
            plan=text,
            caps={name: getattr(self.guard.caps, name) for name in ("requests", "faulted", "tokens")},
        )
        self.look()

    def revert(self, why: str) -> None:
        """Stop every fault from now on; silences that faults have put in answers end."""
        self.guard.revert(why)
        self.look()

    async def reverted(self, why: str) -> None:
        """Revert, and return once no answer with faults is under way any more, or none should be."""
        self.revert(why)
        until_s = time.monotonic() + _REVERTS_WITHIN_S
        while self.guard.state is State.REVERTING and time.monotonic() < until_s:  # noqa: ASYNC110 - it raises no event
            await asyncio.sleep(0.02)
        self.look()

    def strikes(self, head: RequestHead, body: bytes) -> tuple[Strike, ...]:
        """Decide which faults hit a request; a decision with any is over when `over` is called."""
        if not self.is_armed:
            return ()
        facts = facts_of(head, body)
        decision = self.guard.decide(
            replace(facts, occurrence=self._occurrence(facts.identity)), now_s=time.monotonic()
        )
        self.look()
        return decision.strikes if decision else ()

    def over(self, record: Record, *, struck_at_s: float | None) -> None:
        """Take note that an exchange with faults is over; what struck it is written down before anything follows."""
        if record.faults:
            self.audit.note("struck", number=record.number, nonce=record.nonce, faults=list(record.faults))
            if self.audit.is_broken:
                self.revert("the audit log cannot be written")
        self.guard.over(struck_at_s=struck_at_s)
        self.look()

    def spent(self, head: RequestHead, record: Record) -> None:
        """Take note that an exchange is over, and count what it cost."""
        if self.guard.marks(head.headers, record.nonce):
            self.guard.spend(sum(piece.data.count(b"data:") for piece in record.pieces))
            self.look()

    def look(self) -> State:
        """See what has become of the experiment; whoever waits for a fault's sake is let go when it is over."""
        if self.guard.state is State.ARMED and (why := self._is_called_off()):
            self.guard.revert(why)
        state = self.guard.look(time.monotonic())
        if state is not self._told:
            self._told = state
            self.audit.note(state.value, why=self.guard.why, struck=dict(self.guard.struck))
            if state is not State.ARMED:
                self._let_go()
        return state

    def _occurrence(self, identity: str) -> int:
        nth = self._seen.pop(identity, 0) + 1
        self._seen[identity] = nth
        if len(self._seen) > _MOST_IDENTITIES:
            self._seen.popitem(last=False)
        return nth
