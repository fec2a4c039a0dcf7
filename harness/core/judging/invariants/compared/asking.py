"""What is asked: the request reaches upstream as it was meant, in every attempt, with nothing of anybody else's in it.

The one rule: a target may add to a request and move it into another dialect; what the client said must still be in it.
Bodies are compared as an upstream reads them: as JSON, by type and value, in order where order means something.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from harness.core.judging.asked import messages, parameters
from harness.core.judging.asked.messages import Message
from harness.core.judging.asked.values import Departure, same
from harness.core.judging.evidence import CLIENT, UPSTREAM, around
from harness.core.judging.invariants.declining import malformed
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.meeting import overlap
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from harness.core.target.rewrites import Rewrites
from reports.record import Level

_PARAMETER = "a parameter did not reach upstream as sent"
_DETAIL = "part of a message did not reach upstream as sent"
_DECLINED = frozenset({400, 415, 422})
"""Behind such an answer a target may ask again for less, which is not what was asked but better than nothing."""


def request_true(view: CaseView) -> Iterator[Breach]:
    """Messages, parameters, tools and roles reach upstream as the client sent them, in every attempt."""
    known: dict[tuple[bytes, bytes, str], list[Breach]] = {}

    def compared(ask: AskView, call: UpstreamView) -> list[Breach]:
        key = ask.client.moves.body, call.exchange.body, call.exchange.surface
        if key not in known:
            known[key] = list(_breaches(ask.request or {}, call, _declared(view, ask)))
        return known[key]

    # What is put into other words, by the client's dialect or by upstream's, is not compared word by word.
    plain = [ask for ask in view.asks if not ask.is_translated and not any(call.dialect for call in ask.own)]
    sound = [ask for ask in plain if ask.request is not None and malformed(ask) is None]
    for ask in sound:  # what makes no sense cannot be kept as it was: it may be put right, or be declined
        # Where others ask the same at the same time, any of the calls may be anybody's.
        beside = [other for other in sound if _is_beside(ask, other)]
        calls = [call for call in ask.own if call.asked is not None]
        mine = [compared(ask, call) for call in calls]
        if beside and mine:
            best = min(mine, key=_weight)
            theirs = [[compared(other, call) for other in beside] for call in calls]
            strange = [found for found, others in zip(mine, theirs, strict=True) if all(map(_weight, [found, *others]))]
            yield from _named(ask, best if _weight(best) else min(strange, key=_weight, default=best))
            continue
        yield from _other_models(ask, view)
        for number, found in enumerate(mine):
            weakened = any(call.status in _DECLINED for call in calls[:number])
            again = f" in attempt {number + 1}" if number else ""
            if number and not weakened:
                yield from _in_another_form(ask, calls[0], calls[number], again)
            if number and found == mine[0]:
                continue
            # What every attempt adds is told once; what only a later one adds is a matter of that attempt.
            found = [replace(each, once=each.once and (not number or each in mine[0])) for each in found]
            yield from _named(ask, found, again=again, level=Level.SHOULD if weakened else None)


def _in_another_form(ask: AskView, first: UpstreamView, later: UpstreamView, again: str) -> Iterator[Breach]:
    """Find a wish for usage that the first attempt passed on and a later one did not."""
    was, now = ((call.asked or {}).get("stream_options") for call in (first, later))
    alike = first.exchange.surface == later.exchange.surface
    if was and alike and same((ask.request or {}).get("stream_options"), was) and not same(was, now):
        yield Breach(f"{ask.name}: {_PARAMETER}; stream_options={was!r:.60} came as {now!r:.60}{again}")


def _other_models(ask: AskView, view: CaseView) -> Iterator[Breach]:
    """Find an attempt for another model: a first one for the main model although the client named another, or a later
    one for neither the model of the first nor the fallback that is claimed."""
    asked = (ask.request or {}).get("model")
    if not ask.own or view.rewrites.changed("model"):
        return
    first = ask.own[0].exchange.model
    if asked is not None and first != asked:  # a target may have names of its own for upstream's models
        if first == view.model != view.claims.fallback_model:
            yield Breach(f"{ask.name}: {asked} was asked for, upstream was asked for {first}")
        return
    for call in ask.own[1:]:
        if call.exchange.model not in (asked, view.claims.fallback_model):
            yield Breach(f"{ask.name}: a later attempt asked for {call.exchange.model}, not for {asked}", Level.SHOULD)


def _weight(found: list[Breach]) -> int:
    return sum(not each.once for each in found)


def _named(ask: AskView, found: list[Breach], *, again: str = "", level: Level | None = None) -> Iterator[Breach]:
    for each in found:
        yield replace(each, message=f"{ask.name}: {each.message}{again}", level=each.level or level)


def _is_beside(ask: AskView, other: AskView) -> bool:
    return other is not ask and other.nonce == ask.nonce and overlap(ask, other)


def _declared(view: CaseView, ask: AskView) -> Rewrites:
    """What the target changes on purpose: in a conversation it adds the earlier turns, and keeps its name to itself."""
    sessions, rewrites = view.claims.sessions, view.rewrites
    if sessions is None or not ask.client.talk:
        return rewrites
    names = {sessions.field} if sessions.field else set()
    return replace(rewrites, adds=rewrites.adds | {"messages"}, drops=rewrites.drops | names)


def _breaches(asked: dict[str, Any], call: UpstreamView, rewrites: Rewrites) -> Iterator[Breach]:
    sent = call.asked or {}
    native = call.exchange.surface == "ai.run"
    if not rewrites.changed("messages"):
        yield from _of_messages(asked, sent, rewrites, native=native)
    for each in parameters.changes(asked, sent, native=native):
        if not rewrites.changed(_root(each.where)):
            yield _told(each, asked, sent)
    for each in parameters.additions(asked, sent):
        if not rewrites.added(_root(each.where)):
            yield Breach(f"a parameter was added; {each.where}={each.now!r:.60} was not sent", each.level, once=True)


def _root(where: str) -> str:
    return where.partition(".")[0].partition("[")[0]


def _told(each: Departure, asked: dict[str, Any], sent: dict[str, Any]) -> Breach:
    name = _root(each.where)
    if each.kind == "reordered":
        told = f"the keys of {each.where} reached upstream in another order: {each.now!r:.60} for {each.was!r:.60}"
        return Breach(told, each.level)
    if _is_flat(asked.get(name)) or name == "max_tokens":
        now = each.now if name == "max_tokens" else sent.get(name)
        was = each.was if name == "max_tokens" else asked[name]
        return Breach(f"{_PARAMETER}; {name}={was!r:.60} came as {now!r:.60}", each.level)
    return Breach(f"{_PARAMETER}; {each.where}={each.was!r:.60} came as {each.now!r:.60}", each.level)


def _is_flat(value: object) -> bool:
    """Whether a value is told whole, and not by the place in it that departs."""
    return not isinstance(value, dict | list) or (
        isinstance(value, list) and not any(isinstance(item, dict) for item in value)
    )


def _of_messages(asked: dict[str, Any], sent: dict[str, Any], rewrites: Rewrites, *, native: bool) -> Iterator[Breach]:
    said = [messages.read(item, native=native) for item in asked["messages"]]
    said = [item for item in said if not rewrites.changed(item.role)]
    if isinstance(sent.get("messages"), list):
        there = [messages.read(item, native=native) for item in sent["messages"] if isinstance(item, dict)]
        there = [item for item in there if not rewrites.changed(item.role)]
        found = messages.matched(
            [_without(item, rewrites) for item in said], [_without(item, rewrites) for item in there]
        )
        if found.missing is not None:
            yield _lost(found.missing, said, there)
            return
        for each in messages.details(found.pairs, native=native):
            if not any(map(rewrites.changed, each.where.rpartition(" ")[2].split("."))):
                told = f"{_DETAIL}; {each.where}={each.was!r:.60} came as {each.now!r:.60}"
                yield Breach(told, each.level)
        yield from _added(found, rewrites)
    elif isinstance(sent.get("prompt"), str):
        missing = next((item for item in said if item.text not in sent["prompt"]), None)
        if missing:
            yield Breach(f"the {missing.role} message {missing.text[:50]!r} is not in the prompt that reached upstream")


def _without(message: Message, rewrites: Rewrites) -> Message:
    """A message without the kinds of parts that the target drops or changes on purpose."""
    kept = tuple(part for part in message.parts if not rewrites.changed(part.kind))
    return message if kept == message.parts else replace(message, parts=kept, texts=(message.text,))


def _lost(missing: Message, said: list[Message], there: list[Message]) -> Breach:
    nearest = _nearest(missing, said, there)
    evidence = around(missing.text, nearest.text if nearest else "", names=(CLIENT, UPSTREAM))
    if nearest is not None and nearest.parts != missing.parts and nearest.text == missing.text:
        gone = next((part for part in missing.parts if part not in nearest.parts), None)
        what = f"the {gone.kind} part of" if gone else "the order of parts in"
        return Breach(f"{what} a {missing.role} message did not reach upstream as sent", None, evidence)
    told = (
        f"a message did not reach upstream as sent, or out of order; the {missing.role} message {missing.text[:50]!r}"
    )
    # Rules in the middle of a conversation may be moved to its start, where some models want them all.
    moved = missing.role == "system" and any(missing.is_in(other) for other in there)
    slight = moved or messages.are_but_trimmed(said, there) or messages.are_joined_otherwise(said, there)
    return Breach(told, Level.SHOULD if slight else None, evidence)


def _added(found: messages.Matched, rewrites: Rewrites) -> Iterator[Breach]:
    said = [asked for asked, _ in found.pairs]
    for item in found.added:
        if not rewrites.added(item.role) and not rewrites.added("messages"):
            if item in said and item.role != "system" and item.text:
                yield Breach(f"a message reached upstream once more than it was sent; {item.role}: {item.text[:50]!r}")
                continue
            told = f"a message was added; {item.role}: {item.text[:50]!r}"
            yield Breach(told, Level.SHOULD, once=True)
    for asked, sent in found.pairs:
        if asked.text != sent.text and not rewrites.added(asked.role):
            told = f"words were added to a {asked.role} message: {sent.text[:50]!r}"
            yield Breach(told, Level.SHOULD, once=True)


def _nearest(missing: Message, said: list[Message], there: list[Message]) -> Message | None:
    """Return what reached upstream in a message's place: of those of its role that have its number, counted from the
    end, because what is dropped is dropped at the start; nothing when there is none."""
    place = next((at for at, item in enumerate(said) if item == missing), len(said))
    behind = sum(item.role == missing.role for item in said[place + 1 :])
    alike = [item for item in there if item.role == missing.role]
    return alike[-1 - behind] if behind < len(alike) else None


INVARIANTS = (Invariant("request-true", Level.MUST, request_true),)
