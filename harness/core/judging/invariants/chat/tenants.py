"""What belongs to one user does not exist for any other: every request that names it, lists, searches and exports it.

The one rule: it is told by what is in an answer, by its status beside that for a thing that never was, and by what
upstream was asked. An id that the caller has sent may be said again.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.chat.ledger import ASKS, Done, Ledger, of_one_tenant
from harness.core.judging.chat.shown import TELLING_CHARACTERS
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level

_UNKNOWN = ("stranger", "nobody")
_CHANGES = frozenset({"rename", "archive", "delete", "share", "change-agent", "remove-agent", "regenerate"})


def tenant_isolated(view: CaseView) -> Iterator[Breach]:
    """Whatever another identity asks for, the service answers as if what is not its own did not exist."""
    if view.claims.chat_api is None or not view.claims.tenants:
        return
    ledger = Ledger(view)
    for done in ledger.all:
        if done.do == "kill":
            continue
        if done.who in _UNKNOWN or ledger.is_revoked(done):
            yield from _of_unknown(done)
        elif done.errand.deed.agent and done.do not in ("add-agent", "list-agents"):
            yield from _of_agent(ledger, done)
        elif done.talk and done.do not in ("list", "search", "usage") and done.errand.conversation:
            yield from _of_conversation(ledger, done)
        yield from _leaks(ledger, done)


def _of_unknown(done: Done) -> Iterator[Breach]:
    """Find what a caller without a token that is in force was given."""
    status = done.exchange.status
    if status is None or 400 <= status < 500:
        return
    if done.granted:
        yield Breach(f"{done.name}: {done.do} was done for a caller whom nobody knows")
    else:
        yield Breach(f"{done.name}: a caller whom nobody knows got {done.got}, not a clean 4xx", Level.SHOULD)


def _of_conversation(ledger: Ledger, done: Done) -> Iterator[Breach]:
    owner = ledger.owner(done.talk)
    if done.who == owner:
        return
    readable = ledger.may_read(done)
    if done.do in ASKS:
        if done.do == "regenerate" and done.granted:
            yield Breach(f"{done.name}: another caller had an answer made in a conversation of somebody else's")
        return
    if readable and done.do in ("read", "export"):
        if not done.granted:
            yield Breach(f"{done.name}: a conversation is shared, and a colleague who reads it got {done.got}")
        return
    if done.granted:
        did = "changed" if done.do in _CHANGES else "was shown"
        yield Breach(f"{done.name}: another caller {did} a conversation of somebody else's ({done.do} got {done.got})")
    elif not readable:
        yield from _as_if_missing(ledger, done)


def _of_agent(ledger: Ledger, done: Done) -> Iterator[Breach]:
    maker = ledger.agents_maker(done)
    if not maker or of_one_tenant(maker, done.who) or not done.errand.agent:
        return
    if done.granted:
        yield Breach(f"{done.name}: another tenant could {done.do} with an agent that is not its own")
    else:
        yield from _as_if_missing(ledger, done)


def _as_if_missing(ledger: Ledger, done: Done) -> Iterator[Breach]:
    """Find an answer by which a caller can tell that somebody else has such a thing."""
    for other in ledger.of(done.do):
        if other.errand.deed.missing and other.who == done.who and other.exchange.status != done.exchange.status:
            told = f"{done.name}: a thing of somebody else's got {done.got}, and one that never was {other.got}"
            yield Breach(f"{told}, so that it shows that it is there", Level.SHOULD)


def _leaks(ledger: Ledger, done: Done) -> Iterator[Breach]:
    """Find words of somebody else's in an answer, or in what upstream was asked for who asks."""
    body = done.exchange.body.decode(errors="replace")
    sent = done.exchange.moves.body.decode(errors="replace") + done.exchange.path
    asked = "".join(call.exchange.body.decode(errors="replace") for call in done.calls)
    for other in ledger.of("ask", "rename", "add-agent", "change-agent"):
        mark = other.errand.nonce.removeprefix("ep-")
        late = other.exchange.started_s > done.exchange.end_s
        if other.who == done.who or late or not mark or not _is_apart(ledger, other, done):
            continue
        if any(word in body for word in _words(ledger, other, mark) if word and word not in sent):
            yield Breach(f"{done.name}: shows words of somebody else's ({other.name})")
        elif mark in sent:
            continue
        elif mark in asked and other.talk != done.talk:
            yield Breach(f"{done.name}: upstream was told words of somebody else's ({other.name})")
        elif mark in asked and done.do in ASKS:
            yield Breach(f"{done.name}: upstream was told what somebody else has said in a conversation ({other.name})")


def _words(ledger: Ledger, other: Done, mark: str) -> tuple[str, str, str]:
    """Return what nobody else may see: the mark of what was said, the answer's first word, the conversation's id."""
    answer = other.told.text.split(" ")[0] if other.do == "ask" else ""
    found = ledger.id_of(other.talk) if other.who == ledger.owner(other.talk) else ""
    return mark, answer, found if len(found) >= TELLING_CHARACTERS else ""


def _is_apart(ledger: Ledger, other: Done, done: Done) -> bool:
    """Whether what one has said is not for another to see."""
    together = of_one_tenant(other.who, done.who)
    if other.do in ("add-agent", "change-agent"):
        return not together
    if together and other.talk:
        return not any(
            each.granted and each.talk == other.talk and each.exchange.started_s <= done.exchange.end_s
            for each in ledger.of("share")
        )
    return True


INVARIANTS = (Invariant("tenant-isolated", Level.MUST, tenant_isolated, late_proof=True),)
