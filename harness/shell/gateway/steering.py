"""The control paths of a gateway, on a port of their own: the mock's, and what an experiment needs besides.

    GET state                 GET exchanges ?since=
    POST heartbeat            PUT plan ?run= &requests= &faulted= &tokens= &nonce=yes      DELETE plan

The one rule: who puts a plan in force has to keep saying that it lives; a heartbeat that stays out ends the plan.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan
from fault_injection.reply import Reply
from harness.core.gateway.exchange_json import to_json
from harness.core.gateway.guard import Caps, Guard, GuardError, State
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.answering import error_reply
from harness.shell.upstream.control import Control, Controlled, Routes, json_of, query_of

_CAPS = ("requests", "faulted", "tokens")
_MOST_AT_ONCE = 200


class Steered(Controlled, Protocol):
    """What can be asked of and told to a gateway."""

    guard: Guard

    @property
    def state(self) -> State:
        """What it does with marked requests now."""
        ...

    def arm(self, plan: Plan, *, run: str, caps: Caps | None = None, by_nonce: bool, watched: bool) -> None:
        """Put a plan in force."""
        ...


class Steering(Control):
    """Answers the control paths of one gateway."""

    def __init__(self, gateway: Steered) -> None:
        self._gateway = gateway
        super().__init__(gateway)

    def more_routes(self) -> Routes:
        """Return what a gateway has besides, and has in another way."""
        return {
            "state": {"GET": self._state},
            "heartbeat": {"POST": self._beat},
            "exchanges": {"GET": self._exchanges},
            "plan": {"GET": self._show_plan, "PUT": self._arm, "DELETE": self._drop_plan},
        }

    def _state(self, _: Request) -> Reply:
        gateway, guard = self._gateway, self._gateway.guard
        now_s = time.monotonic()
        state = gateway.state
        return json_of(
            {
                "state": state.value,
                "why": guard.why,
                "run": guard.run,
                "phase": guard.plan.phase_at(guard.elapsed_s(now_s)) if state is State.ARMED else "",
                "elapsed_s": round(guard.elapsed_s(now_s), 3) if state is State.ARMED else None,
                "requests": guard.requests,
                "faulted": guard.faulted,
                "tokens": guard.tokens,
                "struck": guard.struck,
                "problems": list(gateway.problems),
                "monotonic_s": now_s,
            }
        )

    def _exchanges(self, request: Request) -> Reply:
        """Answer what passed through after one number, whole, for whoever judges it.

        Credentials are part of it, so that it is told only where nobody else's can be.
        """
        if not self._gateway.guard.all_is_ours:
            return error_reply(403, "others may use this gateway, so what passed through it is in the journal alone")
        since = query_of(request).get("since", "0")
        if not since.isdecimal():
            return error_reply(400, f"since={since!r} is no number of an exchange")
        seen = self._gateway.journal.exchanges(since=int(since))[:_MOST_AT_ONCE]
        return json_of({"exchanges": to_json(seen), "last": self._gateway.journal.last_number})

    def _beat(self, request: Request) -> Reply:
        self._gateway.guard.beat(time.monotonic())
        return self._state(request)

    def _arm(self, request: Request) -> Reply:
        query = query_of(request)
        try:
            plan = read_plan(request.body.decode())
            caps = _caps(query)
            self._gateway.arm(
                plan, run=query.get("run", ""), caps=caps, by_nonce=query.get("nonce") == "yes", watched=True
            )
        except UnicodeDecodeError:
            return error_reply(400, "the plan is not UTF-8")
        except (PlanError, GuardError, ValueError) as error:
            return error_reply(400, " ".join(str(error).split()))
        return self._state(request)


def _caps(query: Mapping[str, str]) -> Caps:
    given: dict[str, int] = {}
    for name in _CAPS:
        if name in query:
            if not query[name].isdecimal():
                message = f"{name}={query[name]!r} is no whole number"
                raise ValueError(message)
            given[name] = int(query[name])
    return Caps(**given)
