"""What was said at a chat service is there: the question once it is taken, the answer once its end is told.

The one rule: what nobody was told of need not be kept. Half an answer may be left out; kept, it must be marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.core.judging.chat.ledger import ASKS, PUT_AWAY, Done, Ledger
from harness.core.judging.chat.shown import Message, document, is_marked, said
from harness.core.judging.conversation import place, same, told
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import CaseView
from reports.record import Level

_SHORT: Final = 8
"""So many turns every conversation tells its model."""
_TELLING_CHARACTERS: Final = 8


def message_kept(view: CaseView) -> Iterator[Breach]:
    """What was acknowledged is there, whole, whatever happened; half an answer is marked; the next turn knows it."""
    if view.claims.chat_api is None:
        return
    ledger = Ledger(view)
    for done in ledger.of("read"):
        if done.granted and not done.errand.deed.missing and _reads_all(ledger, done):
            yield from _of_read(ledger, done)
    for done in ledger.of("ask"):
        if done.who == ledger.owner(done.talk):
            for call in done.calls:
                yield from _of_call(ledger, done, call)


def _reads_all(ledger: Ledger, done: Done) -> bool:
    """Whether a read shows every message: its first page is longer than the conversation."""
    deed = done.errand.deed
    room = deed.limit > 2 * len(ledger.turns(done.talk)) + 2
    away = ledger.is_done(*PUT_AWAY, talk=done.talk, before=done)
    return deed.offset == 0 and room and not away and ledger.may_read(done)


def _of_read(ledger: Ledger, done: Done) -> Iterator[Breach]:
    shown = said(document(done.exchange), ledger.api.names)
    turns = ledger.turns(done.talk, before=done)
    regenerated = {turn.errand.nonce for turn in turns if turn.do == "regenerate"}
    for turn in turns:
        asked = [each for each in shown if each.role == "user" and turn.errand.nonce in each.text]
        if turn.acknowledged and not asked:
            yield Breach(f"{done.name}: a question is not there whose answer had begun ({turn.name})")
        elif asked and not same(asked[0].text, turn.errand.text) and turn.do == "ask":
            yield Breach(f"{done.name}: a question is there in other words ({turn.name})")
        elif len(asked) > 1 and turn.do == "ask":
            yield Breach(f"{done.name}: one question is there {len(asked)} times ({turn.name})")
        if turn.finished and turn.whole_call is not None and turn.errand.nonce not in regenerated:
            is_there = any(each.role == "assistant" and same(each.text, turn.told.text) for each in shown)
            if not is_there:
                level = None if turn.ended_long_before(done) else Level.SHOULD
                yield Breach(f"{done.name}: an answer is not there whose end was told ({turn.name})", level)
    yield from _halves(ledger, done, turns, shown)


def _halves(ledger: Ledger, done: Done, turns: Sequence[Done], shown: Sequence[Message]) -> Iterator[Breach]:
    """Find half an answer that is shown just as whole ones are."""
    answers = [each for each in shown if each.role == "assistant"]
    whole = [turn.told.text for turn in turns if turn.finished and turn.whole_call is not None]
    wholes = [each for each in answers if any(same(each.text, text) for text in whole)]
    for turn in turns:
        if turn.finished or not wholes:
            continue
        for each in answers:
            if any(_is_half(each.text, call) for call in turn.calls) and not is_marked(each, wholes):
                yield Breach(f"{done.name}: half an answer is shown as whole ones are ({turn.name})")


def _is_half(text: str, call: UpstreamView) -> bool:
    """Whether a text is a part of what upstream sent of an answer that it did not end, or that goes on."""
    sent = call.reading.text
    starts = len(text) >= _TELLING_CHARACTERS and sent.startswith(text)
    return starts and (call.wholeness is not Wholeness.WHOLE or len(text) < len(sent.rstrip()))


def _of_call(ledger: Ledger, done: Done, call: UpstreamView) -> Iterator[Breach]:
    """Find earlier turns that upstream was not told of, or half an answer that it was told of as a whole one."""
    before = [turn for turn in ledger.turns(done.talk, before=done) if turn.do in ASKS]
    if any(turn.do == "regenerate" for turn in before) or call.asked is None:
        return
    spoken = told(call)
    whole = [turn for turn in before if turn.finished and turn.whole_call is not None]
    found: list[int] = []
    for turn in whole if len(whole) <= _SHORT else whole[-1:]:
        level = None if turn.ended_long_before(done) else Level.SHOULD
        question, answer = place(spoken, turn.errand.nonce), place(spoken, turn.told.text)
        if question is None or answer is None:
            lacks = "asked" if question is None else "answered"
            yield Breach(f"{done.name}: upstream was not told what was {lacks} before ({turn.name})", level)
        else:
            found += [question, answer]
    if found != sorted(found):
        yield Breach(f"{done.name}: upstream was told the earlier turns out of order")
    for turn in before:
        half = turn.told.text if turn.broke and len(turn.told.text) >= _TELLING_CHARACTERS else None
        if half is not None and any(role == "assistant" and same(text, half) for role, text in spoken):
            yield Breach(f"{done.name}: upstream was told half an answer as a whole one ({turn.name})", Level.SHOULD)


INVARIANTS = (Invariant("message-kept", Level.MUST, message_kept),)
