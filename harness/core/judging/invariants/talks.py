"""Conversations: what was said is there in the next turn and in the history, once, in order, and as it ended.

The one rule: what a target remembers is seen in what it asks upstream and in what it shows; how it does so is its own.
It may leave out a turn that failed, and the earlier ones of a long conversation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from harness.core.judging.conversation import (
    Entry,
    Spoken,
    entries,
    forgotten_s,
    is_granted,
    is_whole,
    place,
    same,
    told,
    turns_of,
)
from harness.core.judging.evidence import sides
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd, ClientExchange, Visit
from reports.record import Level
from reports.visible import on_one_line

_NOTED_WITHIN_S: Final = 0.25
"""How soon behind its end a turn is noted that somebody goes on from at once. Cases go on at once or a moment later."""
_SHORT: Final = 4
"""So many turns every conversation remembers."""
_TELLING_CHARACTERS: Final = 8
_OF_EACH: Final = frozenset(
    {"id", "at", "created", "updated", "timestamp", "time", "date", "ts", "index", "seq", "number"}
)
"""How the names end of what each message has of its own."""
_NOTHING: Final = "null"
"""A key without a value says no more than no key."""
_NOTHING_THERE: Final = frozenset({204, 401, 403, 404, 410})
"""What a target may say of a conversation in which its caller has said nothing."""


def conversation_kept(view: CaseView) -> Iterator[Breach]:
    """What was said in a conversation is there in its next turn and its history: once, in order, as it ended."""
    if view.claims.sessions is None:
        return
    for ask in view.asks:
        for call in ask.own if ask.client.talk else ():
            yield from _of_call(view, ask, call)
    for visit in view.history.visits:
        if visit.act == "history":
            yield from _of_history(view, visit)
        elif visit.act == "clear" and not is_granted(visit):
            got = visit.exchange.status or f"no answer ({visit.exchange.end})"
            yield Breach(f"{visit.exchange.label}: a conversation was to be forgotten, the target answered {got}")


def _of_call(view: CaseView, ask: AskView, call: UpstreamView) -> Iterator[Breach]:
    spoken = told(call)
    if not spoken:
        return
    turns, since_s = turns_of(view, ask.client), forgotten_s(view, ask.client)
    for turn in turns:
        if turn.client.end_s < since_s and place(spoken, turn.nonce) is not None:
            yield Breach(f"{ask.name}: upstream was told what the target said was forgotten", None, _turn(turn))
    known = [turn for turn in turns if turn.client.started_s > since_s]
    whole = [turn for turn in known if is_whole(turn)]
    yield from _twice(ask.name, (*known, ask), spoken, "upstream was told")
    yield from _in_order(ask.client, _due(whole), spoken, "upstream was not told")
    for turn in known:
        half = turn.reading.text
        if _is_broken(turn) and _is_said_as_whole(half, spoken):
            yield Breach(
                f"{ask.name}: upstream was told half an answer as if it were a whole one", Level.SHOULD, _turn(turn)
            )


def _due(whole: Sequence[AskView]) -> Sequence[AskView]:
    """Return the turns that a target must know: all of a short conversation, the last one of a long one."""
    return whole if len(whole) <= _SHORT else whole[-1:]


def _is_broken(turn: AskView) -> bool:
    """Whether a turn broke off because upstream did."""
    broken = bool(turn.known) and all(call.wholeness is Wholeness.BROKEN for call in turn.known)
    return broken and not turn.succeeded and len(turn.reading.text) >= _TELLING_CHARACTERS


def _is_said_as_whole(half: str, spoken: Sequence[Spoken]) -> bool:
    return any(role == "assistant" and same(text, half) for role, text in spoken)


def _turn(turn: AskView) -> tuple[str, ...]:
    """Show which turn a finding is about, and how it went."""
    return (on_one_line(f"{'turn':<10}{turn.name}, which asked {turn.nonce}"), *sides(turn))


def _twice(name: str, turns: Sequence[AskView], spoken: Sequence[Spoken], does: str) -> Iterator[Breach]:
    for turn in turns:
        times = sum(role == "user" and turn.nonce in text for role, text in spoken)
        if times > 1:
            yield Breach(f"{name}: {does} one question {times} times; it was asked once", None, _turn(turn))


def _in_order(
    client: ClientExchange, whole: Sequence[AskView], spoken: Sequence[Spoken], lacks: str
) -> Iterator[Breach]:
    """Find turns that are missing, without their answer, or out of order among what was told or shown."""
    found: list[tuple[AskView, int, int]] = []
    for turn in whole:
        level = Level.SHOULD if _is_fresh(turn, client) else None
        question, answer = place(spoken, turn.nonce), place(spoken, turn.reading.text)
        if question is None:
            yield Breach(f"{client.label}: {lacks} what was asked before in its conversation", level, _turn(turn))
        elif answer is None:
            yield Breach(f"{client.label}: {lacks} the answer to a question that is there", level, _turn(turn))
        elif answer <= question and len(spoken) > 1:
            yield Breach(f"{client.label}: an answer stands before its question", None, _turn(turn))
        else:
            found.append((turn, question, answer))
    for (one, asked, answered), (other, then, _) in pairwise(found):
        if one.client.end_s < other.client.started_s and then < answered and asked != then:
            evidence = (*_turn(one), *_turn(other))
            yield Breach(f"{client.label}: a turn stands before one that was over when it began", None, evidence)
    for one, asked, answered in found:
        inside = [turn for turn, question, _ in found if turn is not one and asked < question < answered]
        if inside and _overlap(one, inside[0]):
            evidence = (*_turn(one), *_turn(inside[0]))
            told_of = f"{client.label}: between a question and its answer stands another question"
            yield Breach(told_of, Level.SHOULD, evidence)


def _is_fresh(turn: AskView, client: ClientExchange) -> bool:
    """Whether a turn was over so shortly before that a target that notes it behind its end may not have done so."""
    return client.started_s - turn.client.end_s < _NOTED_WITHIN_S


def _overlap(one: AskView, other: AskView) -> bool:
    return one.client.started_s < other.client.end_s and other.client.started_s < one.client.end_s


def _of_history(view: CaseView, visit: Visit) -> Iterator[Breach]:
    client = visit.exchange
    turns, since_s = turns_of(view, client), forgotten_s(view, client)
    known = [turn for turn in turns if turn.client.started_s > since_s]
    whole = [turn for turn in known if is_whole(turn)]
    if client.status in _NOTHING_THERE and not whole:
        return
    shown = entries(visit)
    if client.status != 200 or shown is None:
        got = "no JSON" if client.status == 200 else client.status or f"no answer ({client.end})"
        yield Breach(f"{client.label}: the history of a conversation was asked for and got {got}")
        return
    spoken = [(entry.role, entry.text) for entry in shown]
    for turn in turns:
        if turn.client.end_s < since_s and place(spoken, turn.nonce) is not None:
            yield Breach(f"{client.label}: the history shows what the target said was forgotten", None, _turn(turn))
    yield from _twice(client.label, known, spoken, "the history shows")
    yield from _in_order(client, _due(whole), spoken, "the history does not show")
    yield from _halves(client, known, whole, shown)


def _halves(
    client: ClientExchange, known: Sequence[AskView], whole: Sequence[AskView], shown: Sequence[Entry]
) -> Iterator[Breach]:
    """Find half an answer that is shown just as the whole ones are, so that nobody can tell."""
    answers = [entry for entry in shown if entry.role == "assistant"]
    likes = [entry for entry in answers if any(same(entry.text, turn.reading.text) for turn in whole)]
    for turn in known:
        left = turn.client.end is ClientEnd.LEFT
        half = turn.reading.text
        if not likes or not (_is_broken(turn) or left) or len(half) < _TELLING_CHARACTERS:
            continue
        if any(same(entry.text, half) and not _is_marked(entry, likes) for entry in answers):
            yield Breach(
                f"{client.label}: the history shows half an answer as it shows whole ones",
                Level.SHOULD if left else None,
                _turn(turn),
            )


def _is_marked(entry: Entry, likes: Sequence[Entry]) -> bool:
    """Whether anything is said of a message that is said of none of the others, its id and its time aside."""
    for name in {*entry.rest}.union(*(like.rest for like in likes)):
        others = {like.rest.get(name, _NOTHING) for like in likes}
        own = entry.rest.get(name, _NOTHING)
        is_own = name.lower().split("_")[-1] in _OF_EACH or len(others) > 1
        if own not in others and not (is_own and own != _NOTHING and _NOTHING not in others):
            return True
    return False


INVARIANTS = (Invariant("conversation-kept", Level.MUST, conversation_kept),)
