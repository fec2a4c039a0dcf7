"""From a request to the script that answers it: ask the service, let the faults strike, commit.

The one rule: the same seed, plan and request give the same script, in whatever order requests arrive. All dice come
from the seed and the request's identity, never from a counter that others move.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import NamedTuple, Protocol

from fault_injection.apply import Bypass, Strike, serve, served_clean
from fault_injection.dice import dice, identity_of
from fault_injection.fault import Fault, InvalidFaultError, Turn
from fault_injection.plan import ExchangeFacts, Plan, PlanError, Rule
from fault_injection.plans.deciding import NO_COUNTERS, Counters, decide
from fault_injection.registry import UnknownFaultError
from fault_injection.rendering import PLAINLY, Asked, render
from fault_injection.reply import Reply, json_reply
from fault_injection.spec import SEPARATOR, SpecError, parse_all
from fault_injection.wire import WireScript
from harness.mock_cloudflare.kv_store import KvStore
from harness.mock_cloudflare.request import Answer, Request

FAULT_HEADER = "X-Edgeproof-Fault"
_FAULT_HEADER = FAULT_HEADER.lower()
_MOST_IDENTITIES = 100_000


class Service(Protocol):
    """What the wire server needs of a mock: decide, commit, forget."""

    @property
    def kv(self) -> KvStore:
        """The key-value store, for seeding and inspection."""
        ...

    def answer(self, request: Request, *, now_s: float) -> Answer:
        """Decide on an answer; `now_s` is Unix time. Nothing takes effect yet."""
        ...

    def commit(self, answer: Answer) -> None:
        """Carry out what the answer would change."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


class Decision(NamedTuple):
    """What will be done about a request, and what the journal should know of it."""

    script: WireScript
    surface: str
    model: str = ""
    nonce: str = ""
    struck: tuple[Fault, ...] = ()
    bypassed: tuple[Bypass, ...] = ()
    struck_byte: int | None = None


@dataclass(slots=True, kw_only=True)
class _InForce:
    """A plan, since when it is in force in Unix seconds, and how its counters stand."""

    plan: Plan
    since_s: float
    counters: Counters = field(default_factory=lambda: NO_COUNTERS)

    def strikes(self, facts: ExchangeFacts, *, now_s: float) -> tuple[Strike, ...]:
        decision = decide(self.plan, self.counters, replace(facts, at_s=now_s - self.since_s))
        self.counters = decision.counters
        return decision.strikes


class Answering:
    """Turns requests into scripts with one service, one seed, one plan, and rules pushed for single nonces."""

    def __init__(self, service: Service, *, seed: int) -> None:
        self._service = service
        self._seed = seed
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._main = _InForce(plan=Plan(), since_s=0.0)
        self._own: dict[str, _InForce] = {}

    @property
    def plan(self) -> Plan:
        """The plan in force, without the rules of single nonces."""
        return self._main.plan

    def set_plan(self, plan: Plan, *, now_s: float) -> None:
        """Put a plan in force from now on; one without a seed of its own takes the server's."""
        self._main = _InForce(plan=plan if plan.seed else replace(plan, seed=self._seed), since_s=now_s)

    def add_rules(self, rules: Iterable[Rule], *, now_s: float) -> None:
        """Add rules that each wait for a nonce; they come behind those the nonce already has, which start over.

        Raises:
            PlanError: a rule names no nonce, and so belongs in the plan.
        """
        by_nonce = sorted(rules, key=lambda rule: rule.match.nonce)
        if by_nonce and not by_nonce[0].match.nonce:
            raise PlanError("a rule without match.nonce belongs in the plan; set it with set_plan")
        for nonce, own in groupby(by_nonce, key=lambda rule: rule.match.nonce):
            before = self._own[nonce].plan.rules if nonce in self._own else ()
            self._own[nonce] = _InForce(plan=Plan(rules=(*before, *own), seed=self._seed), since_s=now_s)

    def remove_rules(self, nonce: str) -> None:
        """Remove the rules that were added for a nonce; there may be none."""
        self._own.pop(nonce, None)

    def reset(self, *, now_s: float) -> None:
        """Start over: the plan as if just set, no rules of single nonces, every request its first."""
        self._seen.clear()
        self._own.clear()
        self.set_plan(self.plan, now_s=now_s)

    def decide(self, request: Request, *, now_s: float, keep_alive: bool) -> Decision:
        """Return the script for a request; the service's change has then been committed, unless a fault said not to."""
        answer = self._service.answer(request, now_s=now_s)
        identity = answer.nonce or _identity(request)
        occurrence = self._occurrence(identity)
        asked = asked_by(request, keep_alive=keep_alive)
        try:
            asked_for = _from_header(request)
        except (SpecError, UnknownFaultError, InvalidFaultError) as error:
            refusal = error_reply(400, f"{FAULT_HEADER}: {_message(error)}")
            script = render(refusal, replace(asked, keep_alive=False))
            return Decision(script=script, surface=answer.surface, model=answer.model, nonce=answer.nonce)
        planned = self._strikes(request, answer, identity, occurrence, now_s=now_s)
        strikes: tuple[Fault | Strike, ...] = (*planned, *asked_for)
        if strikes:
            turn = Turn(dice(self._seed, "header", identity, occurrence), occurrence, now_s)
            served = serve(strikes, answer.reply, turn, kv=answer.kv, asked=asked)
        else:
            served = served_clean(answer.reply, kv=answer.kv, asked=asked)
        if served.commit:
            self._service.commit(answer)
        return Decision(
            script=served.script,
            surface=answer.surface,
            model=answer.model,
            nonce=answer.nonce,
            struck=served.struck,
            bypassed=served.bypassed,
            struck_byte=served.struck_byte,
        )

    def _strikes(
        self, request: Request, answer: Answer, identity: str, occurrence: int, *, now_s: float
    ) -> tuple[Strike, ...]:
        own = self._own.get(answer.nonce)
        if own is None and not self._main.plan.candidates(answer.nonce):
            return ()  # as nearly always, and then nobody needs the facts
        facts = ExchangeFacts(
            surface=answer.surface,
            model=answer.model,
            nonce=answer.nonce,
            method=request.method,
            path=request.path,
            headers=request.headers,
            identity=identity,
            occurrence=occurrence,
        )
        strikes = self._main.strikes(facts, now_s=now_s)
        return (*strikes, *own.strikes(facts, now_s=now_s)) if own else strikes

    def _occurrence(self, identity: str) -> int:
        nth = self._seen.pop(identity, 0) + 1
        self._seen[identity] = nth
        if len(self._seen) > _MOST_IDENTITIES:
            self._seen.popitem(last=False)
        return nth


def asked_by(request: Request, *, keep_alive: bool) -> Asked:
    """Return what a request's version and method allow its answer."""
    if keep_alive and not request.http_10 and request.method != "HEAD":
        return PLAINLY  # as nearly always
    return Asked(http_10=request.http_10, head_only=request.method == "HEAD", keep_alive=keep_alive)


def _identity(request: Request) -> str:
    path = f"{request.path}?{request.query}"
    return identity_of(nonce="", method=request.method, path=path, body=request.body)


def error_reply(status: int, message: str) -> Reply:
    """Build the harness's own answer to what cannot be answered; Cloudflare says nothing of the kind."""
    body = json.dumps({"error": {"message": message, "type": "edgeproof"}}).encode()
    return json_reply(body, status=status)


def _from_header(request: Request) -> tuple[Fault, ...]:
    specs = [value for name, value in request.headers if name.lower() == _FAULT_HEADER]
    return parse_all(SEPARATOR.join(specs)) if specs else ()


def _message(error: Exception) -> str:
    return str(error.args[0]) if error.args else str(error)
