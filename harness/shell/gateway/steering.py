"""The control paths of a gateway, on a port of their own: the mock's, and what an experiment needs besides.

    GET state                 GET exchanges ?since=          GET late
    POST heartbeat            PUT plan ?run= &requests= &faulted= &tokens= &nonce=yes      DELETE plan ?run=

The one rule: who puts a plan in force has to keep saying that it lives; a heartbeat that stays out ends the plan.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import SplitResult

from fault_injection.plan import PlanError
from fault_injection.plan_file import read_plan
from fault_injection.reply import Reply
from harness.core.gateway.exchange_json import to_json, without_credentials
from harness.core.gateway.guard import Caps, GuardError, State
from harness.core.load.lateness import worth_telling
from harness.core.observed.history import UpstreamEnd
from harness.mock_cloudflare.request import Request
from harness.shell.gateway.experiment import Experiment
from harness.shell.upstream.answering import error_reply
from harness.shell.upstream.control import Control, Controlled, Routes, json_of, query_of
from harness.shell.watching.punctual import Lateness

_CAPS = ("requests", "faulted", "tokens")
_MOST_AT_ONCE = 200
_MOST_LATE = 1000
_MOST_DIGITS = 18


class Steered(Controlled, Protocol):
    """What can be asked of and told to a gateway."""

    experiment: Experiment
    late: Lateness
    upstream: SplitResult

    @property
    def url(self) -> str:
        """Where its traffic goes in."""
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
            "late": {"GET": self._late},
            "plan": {"GET": self._show_plan, "PUT": self._arm, "DELETE": self._take_away},
        }

    def _state(self, _: Request) -> Reply:
        """Report what the gateway does now, for which run, in which phase, and what it has counted."""
        gateway, guard = self._gateway, self._gateway.experiment.guard
        now_s = time.monotonic()
        state = gateway.experiment.state
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
                "url": gateway.url,
                "upstream": gateway.upstream.geturl(),
                "exchanges": gateway.journal.last_number,
                "monotonic_s": now_s,
            }
        )

    def _exchanges(self, request: Request) -> Reply:
        """Answer what passed through after one number, whole, for whoever judges it.

        Where others may use the gateway it is what bears a mark of edgeproof's, without the credentials of the proxy
        that asked: whoever can reach this port could read them.
        """
        since = query_of(request).get("since", "0")
        if not (since.isdecimal() and len(since) <= _MOST_DIGITS):
            return error_reply(400, f"since={since!r} is no number of an exchange")
        guard, journal = self._gateway.experiment.guard, self._gateway.journal
        records = tuple(journal.records(since=int(since)))
        running = next((each.number for each in records if each.end is UpstreamEnd.RUNNING), journal.last_number + 1)
        chosen = [each for each in records if guard.all_is_ours or each.nonce or guard.marks(each.request_headers, "")]
        seen = [each.snapshot() for each in chosen[:_MOST_AT_ONCE]]
        told = seen if guard.all_is_ours else [without_credentials(each) for each in seen]
        return json_of({"exchanges": to_json(told), "more": len(chosen) > _MOST_AT_ONCE, "over_until": running - 1})

    def _late(self, _: Request) -> Reply:
        """Answer when the gateway itself stood still, for then it proves nothing against anybody."""
        return json_of({"late": worth_telling(self._gateway.late.moments, _MOST_LATE)})

    def _beat(self, request: Request) -> Reply:
        """Say that whoever steers still lives; without this for 5 s the gateway faults nobody."""
        self._gateway.experiment.guard.beat(time.monotonic())
        return self._state(request)

    def _take_away(self, request: Request) -> Reply:
        """Take the plan away; with `run` only that run's, so that nobody ends what another one has begun."""
        run = query_of(request).get("run", "")
        if not run or run == self._gateway.experiment.guard.run:
            self._gateway.set_plan(None)
        return self._state(request)

    def _arm(self, request: Request) -> Reply:
        """Put the plan in the body in force for a `?run=`, with caps on `?requests=`, `?faulted=` and `?tokens=`.

        `?nonce=yes` also faults what bears nothing but a nonce.
        """
        query, experiment = query_of(request), self._gateway.experiment
        try:
            plan = read_plan(request.body.decode())
            if experiment.state is not State.TRANSPARENT and query.get("run") != experiment.guard.run:
                return error_reply(409, f"{experiment.guard.run} is under way here, and one run at a time is enough")
            caps = _caps(query)
            experiment.arm(
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
