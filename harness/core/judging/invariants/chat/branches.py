"""Another answer to the same question stands beside the former one, is shown in its place, and leads on.

The one rule: an answer takes the place of another one only when it is whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.chat.ledger import Done, Ledger
from harness.core.judging.chat.shown import Message, document, said
from harness.core.judging.conversation import same, told
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level


def branch_true(view: CaseView) -> Iterator[Breach]:
    """An answer that was made again is shown in the former one's place, keeps it beside itself, and leads on."""
    if view.claims.branches is None:
        return
    ledger = Ledger(view)
    for talk in {done.talk: None for done in ledger.of("regenerate")}:
        for done in ledger.all:
            if done.talk != talk or done.who != ledger.owner(talk) or not _settled(ledger, done):
                continue
            if done.do == "read" and done.granted and done.errand.deed.offset == 0:
                yield from _of_read(ledger, done)
            elif done.do == "ask":
                yield from _of_question(ledger, done)


def _settled(ledger: Ledger, done: Done) -> bool:
    return all(turn.ended_long_before(done) for turn in ledger.turns(done.talk, before=done))


def _again(ledger: Ledger, done: Done) -> list[Done]:
    """Return the answers that were made again before something else."""
    return [turn for turn in ledger.turns(done.talk, before=done) if turn.do == "regenerate"]


def _of_read(ledger: Ledger, done: Done) -> Iterator[Breach]:
    shown = said(document(done.exchange), ledger.api.names)
    for nonce in {turn.errand.nonce: None for turn in _again(ledger, done)}:
        turns = [turn for turn in ledger.turns(done.talk, before=done) if turn.errand.nonce == nonce]
        whole = [turn for turn in turns if turn.finished]
        answers = [each for each in shown if _answers(each, whole)]
        if done.errand.deed.every_branch:
            if len(answers) < len(whole):
                yield Breach(f"{done.name}: {len(answers)} of {len(whole)} whole answers to a question are there")
            continue
        if whole and not answers:
            yield Breach(f"{done.name}: no whole answer is shown to a question that has {len(whole)}")
        elif len(answers) > 1:
            yield Breach(f"{done.name}: {len(answers)} answers to one question are shown as one conversation")
        elif len(whole) > 1 and turns[-1].finished:
            yield from _of_place(ledger, done, turns[-1], answers[0])


def _answers(message: Message, whole: list[Done]) -> bool:
    return message.role == "assistant" and any(same(message.text, turn.told.text) for turn in whole)


def _of_place(ledger: Ledger, done: Done, again: Done, shown: Message) -> Iterator[Breach]:
    """Find the former answer in the place of the one that was made again."""
    if not same(shown.text, again.told.text):
        yield Breach(f"{done.name}: the former answer is shown, not the one that was made again ({again.name})")
        return
    earlier = [read for read in ledger.of("read") if read.talk == done.talk and read.ended_before(again)]
    former = {each.id for read in earlier for each in said(document(read.exchange), ledger.api.names)}
    keeps_both = ledger.claims.branches is not None and ledger.claims.branches.all is not None
    if keeps_both and shown.id and shown.id in former:
        yield Breach(f"{done.name}: the former answer is shown, or was overwritten ({again.name})")


def _of_question(ledger: Ledger, done: Done) -> Iterator[Breach]:
    """Find two answers to one question among what upstream was told, or the former one."""
    again = [turn for turn in _again(ledger, done) if turn.finished]
    if not again:
        return
    for call in done.calls:
        spoken = told(call)
        answers = [text for role, text in spoken if role == "assistant" and same(text, again[-1].told.text)]
        if not answers:
            yield Breach(f"{done.name}: upstream was not told the answer that was made again ({again[-1].name})")
        elif sum(role == "assistant" for role, _ in spoken) > sum(role == "user" for role, _ in spoken) - 1:
            yield Breach(f"{done.name}: upstream was told more than one answer to a question")


INVARIANTS = (Invariant("branch-true", Level.MUST, branch_true),)
