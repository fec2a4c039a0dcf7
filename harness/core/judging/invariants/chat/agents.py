"""Agents: those of a tenant are there as they were last put, and what they are told reaches the model.

The one rule: what an agent is told is seen in what upstream was asked; how a service words it besides is its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.chat.ledger import Done, Ledger, of_one_tenant
from harness.core.judging.chat.shown import mentions
from harness.core.judging.conversation import told
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level


def agent_applied(view: CaseView) -> Iterator[Breach]:
    """An agent's prompt and model reach upstream as they were last put; one that was removed is asked no more."""
    if view.claims.agents is None:
        return
    ledger = Ledger(view)
    for done in ledger.all:
        if done.who in ("stranger", "nobody") or done.errand.deed.missing:
            continue
        if done.do == "ask" and done.errand.agent:
            yield from _of_question(ledger, done)
        elif done.do in ("list-agents", "read-agent") and done.granted:
            yield from _of_showing(ledger, done)


def _state(ledger: Ledger, agent: str, before: Done) -> tuple[Done | None, bool]:
    """Return who put an agent last, and whether it was removed, before something else."""
    last, gone = None, False
    for each in ledger.of("add-agent", "change-agent", "remove-agent"):
        if each.errand.deed.agent == agent and each.granted and each.ended_before(before):
            last, gone = (last, True) if each.do == "remove-agent" else (each, False)
    return last, gone


def _of_question(ledger: Ledger, done: Done) -> Iterator[Breach]:
    agent = done.errand.deed.agent
    last, gone = _state(ledger, agent, done)
    if last is None or not of_one_tenant(last.who, done.who):
        return
    told_by = [each for each in ledger.of("add-agent", "change-agent") if each.errand.deed.agent == agent]
    for call in done.calls:
        system = " ".join(text for role, text in told(call) if role in ("system", "developer"))
        if gone and last.errand.text in system:
            yield Breach(f"{done.name}: an agent that was removed before is still asked")
        elif not gone and last.errand.text not in system:
            stale = any(each is not last and each.errand.text in system for each in told_by)
            what = "its former prompt" if stale else "no prompt of its agent"
            yield Breach(f"{done.name}: upstream was told {what}")
        if not gone and last.errand.model and not done.errand.model and call.exchange.model != last.errand.model:
            yield Breach(f"{done.name}: upstream was asked for {call.exchange.model}, and the agent's is another model")


def _of_showing(ledger: Ledger, done: Done) -> Iterator[Breach]:
    body = done.exchange.body.decode(errors="replace")
    agents = {each.errand.deed.agent for each in ledger.of("add-agent") if each.granted}
    ids = {each.errand.deed.agent: each.errand.agent for each in ledger.all if each.errand.agent}
    for agent in sorted(agents):
        last, gone = _state(ledger, agent, done)
        if last is None or agent not in ids or not of_one_tenant(last.who, done.who):
            continue
        if done.do == "list-agents" and gone == mentions(done.exchange, ids[agent], ledger.api.names):
            what = "shows an agent that was removed" if gone else "lacks an agent of the tenant"
            yield Breach(f"{done.name}: the list {what}")
        elif done.do == "read-agent" and done.errand.deed.agent == agent:
            if gone:
                yield Breach(f"{done.name}: an agent that was removed is shown")
            elif last.errand.text not in body:
                yield Breach(f"{done.name}: an agent is not shown with the prompt that it was last given")


INVARIANTS = (Invariant("agent-applied", Level.MUST, agent_applied, late_proof=True),)
