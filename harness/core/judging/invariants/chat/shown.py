"""A conversation is shown as it is: under its title, in lists unless put away, in what is searched and exported.

The one rule: what was put away with `archive` may still be found; what was deleted is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.chat.ledger import PUT_AWAY, Done, Ledger
from harness.core.judging.chat.shown import document, entries, mentions
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level

_TITLE_CHARACTERS = 100
_PDF = b"%PDF-"


def conversation_shown(view: CaseView) -> Iterator[Breach]:
    """A conversation has its title, is in lists, searches and exports while it is there, and in none behind that."""
    if view.claims.chat_api is None:
        return
    ledger = Ledger(view)
    for done in ledger.of("list", "search", "export"):
        if done.granted and done.who not in ("stranger", "nobody") and not done.errand.deed.missing:
            match done.do:
                case "list":
                    yield from _of_list(ledger, done)
                case "search":
                    yield from _of_search(ledger, done)
                case _:
                    yield from _of_export(ledger, done)


def _known(ledger: Ledger, done: Done) -> Iterator[tuple[str, str, Done]]:
    """Return the conversations of who asks whose first question was taken: the case's name, the id, that question."""
    for talk in ledger.talks(done.who):
        turns = ledger.turns(talk, before=done)
        found = ledger.id_of(talk)
        if found and turns and turns[0].acknowledged and not ledger.running(talk, done):
            yield talk, found, turns[0]


def _of_list(ledger: Ledger, done: Done) -> Iterator[Breach]:
    deed, names = done.errand.deed, ledger.api.names
    page = entries(document(done.exchange)) or []
    for talk, found, first in _known(ledger, done):
        entry = next((each for each in page if str(each.get(names.id, "")) == found), None)
        away = ledger.is_done(*PUT_AWAY, talk=talk, before=done)
        if away and entry is not None:
            yield Breach(f"{done.name}: a conversation is in the list that was put away before ({first.name})")
        elif not away and entry is None and deed.offset == 0 and len(page) < deed.limit:
            yield Breach(f"{done.name}: a conversation is not in the list ({first.name})")
        if entry is None or away:
            continue
        title = str(entry.get(names.title) or "")
        renamed = ledger.last("rename", talk=talk, before=done)
        if renamed is not None and title != renamed.errand.text:
            yield Breach(f"{done.name}: a conversation was renamed and has another title ({renamed.name})")
        elif renamed is None and not _is_start(title, first.errand.text):
            at_most = f"the first {_TITLE_CHARACTERS} characters of its first question, or fewer"
            yield Breach(f"{done.name}: a title is not {at_most} ({first.name})", Level.SHOULD)


def _is_start(title: str, question: str) -> bool:
    bare = title.rstrip(".… ")
    return bool(bare) and len(title) <= _TITLE_CHARACTERS + 3 and question.startswith(bare)


def _of_search(ledger: Ledger, done: Done) -> Iterator[Breach]:
    for talk, found, first in _known(ledger, done):
        holds = any(turn.errand.nonce == done.errand.nonce for turn in ledger.turns(talk, before=done))
        is_there = mentions(done.exchange, found, ledger.api.names)
        if holds and is_there and ledger.is_done("delete", talk=talk, before=done):
            yield Breach(f"{done.name}: the search finds a conversation that was deleted ({first.name})")
        elif holds and not is_there and not ledger.is_done(*PUT_AWAY, talk=talk, before=done):
            yield Breach(f"{done.name}: the search does not find a question that was asked ({first.name})")


def _of_export(ledger: Ledger, done: Done) -> Iterator[Breach]:
    if not ledger.may_read(done) or ledger.is_done(*PUT_AWAY, talk=done.talk, before=done):
        return
    body = done.exchange.body
    if done.errand.deed.form == "pdf":
        if not body.startswith(_PDF):
            yield Breach(f"{done.name}: an export as PDF does not begin as a PDF does")
        return
    for turn in ledger.turns(done.talk, before=done):
        first_words = turn.told.text.split(" ")[0]
        if turn.errand.nonce.encode() not in body:
            yield Breach(f"{done.name}: the export lacks a question ({turn.name})")
        elif turn.finished and turn.ended_long_before(done) and first_words.encode() not in body:
            yield Breach(f"{done.name}: the export lacks an answer ({turn.name})")


INVARIANTS = (Invariant("conversation-shown", Level.MUST, conversation_shown),)
