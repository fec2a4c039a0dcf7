"""Lists of a chat service come in order and in pages, each entry once.

The one rule: only what the case itself has made is looked for; what others made may stand between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.core.judging.chat.ledger import PUT_AWAY, Done, Ledger
from harness.core.judging.chat.shown import Message, document, entries, said
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level


def pages_true(view: CaseView) -> Iterator[Breach]:
    """The pages of a list hold each entry once, in order, and as many as were asked for."""
    if view.claims.chat_api is None:
        return
    ledger = Ledger(view)
    for run in _runs(ledger):
        if run[0].do == "list":
            yield from _of_list(ledger, run)
        else:
            yield from _of_messages(ledger, run)


def _runs(ledger: Ledger) -> list[list[Done]]:
    """Return the requests that read one list page by page, from its start."""
    runs: list[list[Done]] = []
    for done in ledger.of("list", "read"):
        deed = done.errand.deed
        if not done.granted or deed.missing or deed.every_branch or ledger.owner(done.talk) != (done.talk and done.who):
            continue
        last = runs[-1][-1] if runs else None
        goes_on = last is not None and (last.do, last.who, last.talk) == (done.do, done.who, done.talk)
        if goes_on and last is not None and deed.offset == last.errand.deed.offset + last.errand.deed.limit:
            runs[-1].append(done)
        elif deed.offset == 0:
            runs.append([done])
    return runs


def _of_list(ledger: Ledger, run: Sequence[Done]) -> Iterator[Breach]:
    first, names = run[0], ledger.api.names
    shown: list[str] = []
    for done in run:
        page = entries(document(done.exchange))
        if page is None:
            yield Breach(f"{done.name}: a list of conversations was asked for, and there is none in the answer")
            return
        if len(page) > done.errand.deed.limit:
            yield Breach(f"{done.name}: {done.errand.deed.limit} were asked for, and {len(page)} came")
        shown += [str(entry.get(names.id, "")) for entry in page]
    if twice := {each for each in shown if shown.count(each) > 1}:
        yield Breach(f"{first.name}: {len(twice)} of {len(shown)} entries stand in the list more than once")
        return
    mine = [talk for talk in ledger.talks(first.who) if not ledger.running(talk, first)]
    mine = [talk for talk in mine if not ledger.is_done(*PUT_AWAY, "rename", "share", talk=talk, before=first)]
    latest = {talk: turns[-1] for talk in mine if (turns := ledger.turns(talk, before=first))}
    order = sorted(latest, key=lambda talk: latest[talk].exchange.started_s, reverse=True)
    ids = {talk: ledger.id_of(talk) for talk in order}
    found = [talk for each in shown for talk in order if ids[talk] and ids[talk] == each]
    if [talk for talk in order if talk in found] != found:
        yield Breach(f"{first.name}: a conversation stands before one with a later message")
    for later, earlier in pairwise(order):
        if earlier in found and later not in found and ids[later]:
            yield Breach(f"{first.name}: a conversation is skipped that has a later message than one that is shown")
    size = sum(done.errand.deed.limit for done in run)
    missing = [talk for talk in order if ids[talk] and talk not in found]
    if missing and len(shown) < size:
        yield Breach(f"{first.name}: {len(missing)} of {len(order)} conversations are on no page")


def _of_messages(ledger: Ledger, run: Sequence[Done]) -> Iterator[Breach]:
    first = run[0]
    if ledger.running(first.talk, first) or ledger.is_done(*PUT_AWAY, talk=first.talk, before=first):
        return
    shown: list[Message] = []
    for done in run:
        page = said(document(done.exchange), ledger.api.names)
        if len(page) > done.errand.deed.limit:
            yield Breach(f"{done.name}: {done.errand.deed.limit} were asked for, and {len(page)} came")
        shown += page
    ids = [each.id for each in shown if each.id]
    if len(set(ids)) < len(ids):
        yield Breach(f"{first.name}: a message stands on the pages more than once")
        return
    turns = [turn for turn in ledger.turns(first.talk, before=first) if turn.acknowledged]
    if not any(turn.do == "regenerate" for turn in turns):
        yield from _in_order(first, turns, shown if ledger.api.oldest_first else shown[::-1])
        size, least = sum(done.errand.deed.limit for done in run), 2 * sum(turn.finished for turn in turns)
        if len(shown) < min(size, least) and all(turn.ended_long_before(first) for turn in turns):
            yield Breach(f"{first.name}: {min(size, least)} messages should be on the pages, and {len(shown)} are")


def _in_order(first: Done, turns: Sequence[Done], shown: Sequence[Message]) -> Iterator[Breach]:
    """Find messages out of order; `shown` are they, oldest first."""
    asked = {turn.name: _place(shown, "user", turn.errand.nonce) for turn in turns}
    found = [turn for turn in turns if asked[turn.name] is not None]
    for one, other in pairwise(found):
        if one.ended_before(other) and (asked[one.name] or 0) > (asked[other.name] or 0):
            yield Breach(f"{first.name}: questions stand in the wrong order ({one.name}, {other.name})")
    for turn in found:
        behind = shown[(asked[turn.name] or 0) :]
        is_there = turn.finished and _place(shown, "assistant", turn.told.text) is not None
        if is_there and _place(behind, "assistant", turn.told.text) is None:
            yield Breach(f"{first.name}: an answer stands before its question ({turn.name})")


def _place(shown: Sequence[Message], role: str, text: str) -> int | None:
    return next((at for at, each in enumerate(shown) if each.role == role and text.strip() in each.text), None)


INVARIANTS = (Invariant("pages-true", Level.MUST, pages_true),)
