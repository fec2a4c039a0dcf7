"""A chat service serves: what is claimed is there, a whole answer comes whole, a broken one never as finished.

The one rule: a request is blamed only where its caller may do it and nothing went wrong that the case has caused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.judging.chat.ledger import ASKS, PUT_AWAY, Done, Ledger, of_one_tenant
from harness.core.judging.conversation import same
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level

_SLACK_S: Final = 1.0
"""How much later than claimed a question may be given up."""


def chat_served(view: CaseView) -> Iterator[Breach]:
    """What a chat service claims is there: each request of its owner is done, and each answer ends as upstream's."""
    if view.claims.chat_api is None:
        return
    ledger = Ledger(view)
    kills = [done.exchange for done in ledger.of("kill")]
    for done in ledger.all:
        killed = any(done.exchange.started_s <= kill.end_s and kill.started_s <= done.exchange.end_s for kill in kills)
        excused = killed or done.errand.deed.missing or view.claims.may_decline(done.exchange.status)
        if excused or done.do in ("kill", "resume") or not _is_own(ledger, done):
            continue
        if done.do in ASKS:
            yield from _of_question(ledger, done)
        elif not done.granted and not _may_be_gone(ledger, done):
            yield Breach(f"{done.name}: {done.do} was asked for by its owner and got {done.got}")


def _is_own(ledger: Ledger, done: Done) -> bool:
    """Whether it is the caller's to do."""
    if done.who in ("stranger", "nobody") or ledger.is_revoked(done):
        return False
    if done.errand.deed.agent and done.do != "add-agent":
        return not done.errand.agent or _is_of_its_tenant(ledger, done)
    if not done.talk or done.do in ("list", "search"):
        return True
    return ledger.may_read(done) if done.do in ("read", "export") else done.who == ledger.owner(done.talk)


def _is_of_its_tenant(ledger: Ledger, done: Done) -> bool:
    """Whether an agent is there for the caller."""
    agent, maker = done.errand.deed.agent, ledger.agents_maker(done)
    gone = any(
        each.errand.deed.agent == agent and each.granted and each.exchange.started_s <= done.exchange.started_s
        for each in ledger.of("remove-agent")
        if each is not done
    )
    return bool(maker) and of_one_tenant(maker, done.who) and not gone


def _may_be_gone(ledger: Ledger, done: Done) -> bool:
    """Whether a conversation that was put away may rightly be gone; only a list is sure to be without it."""
    away = bool(done.talk) and ledger.is_done(*PUT_AWAY, talk=done.talk, before=done)
    return away and done.exchange.status is not None and 400 <= done.exchange.status < 500


def _of_question(ledger: Ledger, done: Done) -> Iterator[Breach]:
    name, exchange = done.name, done.exchange
    if exchange.end is ClientEnd.LEFT or ledger.is_done(*PUT_AWAY, talk=done.talk, before=done):
        return
    if exchange.end is ClientEnd.TIMED_OUT:
        yield Breach(f"{name}: the answer had no end after {exchange.end_s - exchange.started_s:.1f} s")
    elif not done.calls:
        yield Breach(f"{name}: upstream was not asked; the client got {done.got}")
    elif done.whole_call is not None:
        yield from _of_whole(done, done.whole_call)
    elif done.broke:
        yield from _of_broken(done)
        yield from _of_silence(ledger, done)


def _of_whole(done: Done, call: UpstreamView) -> Iterator[Breach]:
    if not done.granted:
        yield Breach(f"{done.name}: upstream answered to the end and the client got {done.got}")
    elif not same(done.told.text, call.reading.text):
        got, sent = len(done.told.text), len(call.reading.text)
        yield Breach(f"{done.name}: the client got {got} characters, and not the {sent} that upstream sent")
    elif not done.finished:
        why = done.told.error or "no mark of its end"
        yield Breach(f"{done.name}: upstream answered to the end and the client was not told so: {why}")


def _of_broken(done: Done) -> Iterator[Breach]:
    if done.finished:
        yield Breach(f"{done.name}: the client was told of a finished answer, and upstream's broke off")
    elif done.granted and all(call.is_given_up and not call.exchange.faults for call in done.calls):
        yield Breach(f"{done.name}: the service ended an answer that upstream and the client went on with")
    elif done.granted and done.told.error is None and done.exchange.end is ClientEnd.COMPLETE:
        yield Breach(f"{done.name}: upstream's answer broke off, and the client's ended without a word", Level.SHOULD)
    elif done.exchange.status is None:
        yield Breach(f"{done.name}: no answer came ({done.exchange.end})")


def _of_silence(ledger: Ledger, done: Done) -> Iterator[Breach]:
    """Find a silent model that is waited for longer than claimed, from the last word that it said."""
    claimed_s = ledger.api.timeout_s
    silent = any("stall" in fault for call in done.calls for fault in call.exchange.faults)
    if claimed_s is None or not silent:
        return
    last = done.calls[-1].exchange
    said_s = max((piece.at_s for piece in last.pieces if piece.at_s < done.exchange.end_s), default=last.arrived_s)
    waited_s = done.exchange.end_s - said_s
    if waited_s > claimed_s + _SLACK_S:
        yield Breach(f"{done.name}: a silent model was waited for for {waited_s:.1f} s; {claimed_s:g} s are claimed")


INVARIANTS = (Invariant("chat-served", Level.MUST, chat_served),)
