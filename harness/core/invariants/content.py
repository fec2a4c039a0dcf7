"""What an answer says: every piece of text, every tool call, every number, exactly as upstream sent it.

The one rule: a finished answer equals upstream's, a broken one is a prefix of it. Text is compared by upstream's own
pieces, so that the finding can say whether something was lost, doubled, moved or made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.core.invariants.rule import Breach, Invariant
from harness.core.reading import Choice
from harness.core.view import AskView, CaseView, UpstreamView, Wholeness
from reports.record import Level

_TELLING_CHARACTERS = 8
"""A shorter opening may well begin two answers."""
_OPENING_CHARACTERS = 64

Deviation: TypeAlias = Literal["lost", "doubled", "moved", "invented"]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a text departs from the one that was sent."""

    kind: Deviation
    detail: str


def compare(got: str, parts: list[str], *, finished: bool) -> Difference | None:
    """Say how `got` departs from the pieces sent, or None when it does not (a prefix will do unless `finished`)."""
    sent = "".join(parts)
    if got == sent or (not finished and sent.startswith(got)):
        return None
    if sent.startswith(got):
        return Difference("lost", f"{len(got)} of {len(sent)} characters arrived")
    order, rest = _pieces_in(got, [part for part in parts if part])
    if rest:
        return Difference("invented", f"{rest[:40]!r} was never sent")
    if len(set(order)) < len(order):
        first = next(index for position, index in enumerate(order) if index in order[:position])
        return Difference("doubled", f"piece {first + 1} of {len(parts)} arrived more than once")
    if order != sorted(order):
        return Difference("moved", f"the pieces arrived in the order {[index + 1 for index in order[:12]]}")
    missing = sorted(set(range(len(parts))) - set(order))
    return Difference("lost", f"piece {missing[0] + 1} of {len(parts)} is missing" if missing else "its end is missing")


def _pieces_in(got: str, parts: list[str]) -> tuple[list[int], str]:
    """Walk through `got` piece by piece; return the order in which pieces occur and what fits none of them."""
    order: list[int] = []
    at = 0
    expected = 0
    while at < len(got):
        nearby = [expected, *range(expected + 1, len(parts)), *range(min(expected, len(parts)) - 1, -1, -1)]
        index = next((i for i in nearby if i < len(parts) and got.startswith(parts[i], at)), None)
        if index is None:
            tail = got[at:]
            if expected < len(parts) and parts[expected].startswith(tail):
                return order, ""  # the answer stopped inside a piece
            return order, tail
        order.append(index)
        at += len(parts[index])
        expected = index + 1
    return order, ""


def _differences(view: CaseView) -> Iterator[tuple[AskView, Difference]]:
    for ask in view.asks:
        if ask.reading.is_empty and not ask.succeeded:
            continue
        if (
            ask.client.status != 200
            or ask.reading.form not in ("stream", "json")
            or _is_foreign(view, ask)
            or not ask.known
        ):
            continue
        found = [_worst_difference(ask, source) for source in ask.known if source.is_good_status]
        if found and all(found):
            last = found[-1]
            if last is not None:
                yield ask, last
        elif not found and not ask.reading.is_empty and not _any_unreadable(ask):
            yield ask, Difference("invented", f"{ask.reading.text[:40]!r}, and upstream never gave an answer")


def _any_unreadable(ask: AskView) -> bool:
    return any(source.wholeness is Wholeness.UNREADABLE for source in ask.known)


def _worst_difference(ask: AskView, source: UpstreamView) -> Difference | None:
    for index, choice in ask.reading.choices.items():
        sent = source.reading.choices.get(index, Choice())
        if index not in source.reading.choices and len(source.reading.choices) > 0 and not choice.parts:
            continue
        if _canonical(choice.text) == _canonical(sent.text):
            continue  # an object where text belongs may be written out in more than one way
        difference = compare(choice.text, sent.parts, finished=ask.succeeded)
        if difference:
            return difference
    if ask.succeeded and ask.reading.is_empty and not source.reading.is_empty:
        return Difference("lost", "nothing of the answer arrived")
    return None


def _is_foreign(view: CaseView, ask: AskView) -> bool:
    """Whether the text holds the opening of another question's answer, which is long enough to occur in no other."""
    text = ask.reading.text
    if not text or any(call.reading.text.startswith(text) for call in ask.known):
        return False
    mine = "".join(call.reading.text for call in ask.known)
    others = {_opening(call) for call in view.calls if call.exchange.nonce != ask.nonce}
    return any(opening in text and opening not in mine for opening in others if len(opening) >= _TELLING_CHARACTERS)


def _opening(call: UpstreamView) -> str:
    parts = call.reading.choices[0].parts if 0 in call.reading.choices else []
    return next((part for part in parts if part), "")[:_OPENING_CHARACTERS]


def no_loss(view: CaseView) -> Iterator[Breach]:
    """The text of a finished answer is all of upstream's."""
    return _of_kind(view, "lost")


def no_duplication(view: CaseView) -> Iterator[Breach]:
    """No part of the text arrives twice."""
    return _of_kind(view, "doubled")


def no_invention(view: CaseView) -> Iterator[Breach]:
    """No text arrives that upstream did not send."""
    return _of_kind(view, "invented")


def order_kept(view: CaseView) -> Iterator[Breach]:
    """The text arrives in the order in which it was sent."""
    return _of_kind(view, "moved")


def _of_kind(view: CaseView, kind: Deviation) -> Iterator[Breach]:
    for ask, difference in _differences(view):
        if difference.kind == kind:
            yield Breach(f"{ask.name}: text was {kind}: {difference.detail}")


def no_cross_talk(view: CaseView) -> Iterator[Breach]:
    """Concurrent exchanges never mix."""
    for ask in view.asks:
        if ask.client.status == 200 and _is_foreign(view, ask):
            yield Breach(f"{ask.name}: got the answer to another question: {ask.reading.text[:60]!r}")


def finish_true(view: CaseView) -> Iterator[Breach]:
    """`finish_reason` arrives as sent."""
    for ask, source in _with_source(view):
        for index, choice in ask.reading.choices.items():
            sent = source.reading.choices.get(index)
            if sent is None or sent.finish is None:
                continue  # the native dialect names none; the target may then say what it knows
            differs = choice.finish != sent.finish
            if differs and (ask.succeeded or choice.finish is not None):
                yield Breach(f"{ask.name}: finish_reason was {choice.finish!r}, upstream said {sent.finish!r}")


def choices_separate(view: CaseView) -> Iterator[Breach]:
    """Several choices stay apart."""
    for ask, source in _with_source(view):
        sent, got = source.reading.choices, ask.reading.choices
        if len(sent) < 2 or not ask.succeeded:
            continue
        if set(got) != set(sent):
            yield Breach(f"{ask.name}: upstream sent choices {sorted(sent)}, the client got {sorted(got)}")
        elif any(got[index].text != sent[index].text for index in sent):
            wrong = next(index for index in sent if got[index].text != sent[index].text)
            yield Breach(f"{ask.name}: choice {wrong} says {got[wrong].text[:40]!r}, not {sent[wrong].text[:40]!r}")


def tool_calls_intact(view: CaseView) -> Iterator[Breach]:
    """Tool calls and their arguments arrive whole."""
    for ask, source in _with_source(view):
        if not ask.succeeded:
            continue
        for index, sent in source.reading.choices.items():
            wanted = [(tool.name, _canonical(tool.arguments)) for _, tool in sorted(sent.tools.items())]
            choice = ask.reading.choices.get(index, Choice())
            got = [(tool.name, _canonical(tool.arguments)) for _, tool in sorted(choice.tools.items())]
            if wanted != got:
                yield Breach(f"{ask.name}: tool calls {got!r:.120}, upstream sent {wanted!r:.120}")
            elif wanted and len({tool.id for tool in choice.tools.values()} - {""}) < len(wanted):
                yield Breach(f"{ask.name}: the tool calls have no id of their own each")


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True)
    except ValueError:
        return arguments


def usage_true(view: CaseView) -> Iterator[Breach]:
    """Token usage arrives as sent."""
    for ask, source in _with_source(view):
        options = (ask.request or {}).get("stream_options")
        wanted = not ask.wants_stream or (isinstance(options, dict) and options.get("include_usage") is True)
        if not ask.succeeded or not wanted or not source.reading.usage:
            continue
        sent = {key: source.reading.usage.get(key) for key in ("prompt_tokens", "completion_tokens")}
        got = {key: (ask.reading.usage or {}).get(key) for key in sent}
        if sent != got:
            yield Breach(f"{ask.name}: usage was {got}, upstream counted {sent}")


def ids_unique(view: CaseView) -> Iterator[Breach]:
    """No two answers share an id."""
    seen: dict[str, AskView] = {}
    for ask in view.asks:
        if not ask.succeeded or not ask.reading.ids:
            continue
        answer_id = ask.reading.ids[0]
        if len(ask.reading.ids) > 1:
            yield Breach(f"{ask.name}: one stream carries the ids {ask.reading.ids[:3]}")
        earlier = seen.get(answer_id)
        if earlier is not None and not _upstream_repeats(earlier, ask):
            yield Breach(f"{ask.name} and {earlier.name} share the id {answer_id!r}")
        seen.setdefault(answer_id, ask)


def _upstream_repeats(first: AskView, second: AskView) -> bool:
    """Whether two upstream calls themselves gave the same id, which a pipe rightly passes on."""
    ids = [view.reading.ids[0] for view in (first.source, second.source) if view is not None and view.reading.ids]
    return first.source is not second.source and len(ids) == 2 and ids[0] == ids[1]


def _with_source(view: CaseView) -> Iterator[tuple[AskView, UpstreamView]]:
    for ask in view.asks:
        if ask.client.status == 200 and ask.source is not None and ask.source.is_good_status:
            yield ask, ask.source


INVARIANTS = (
    Invariant("no-loss", Level.MUST, no_loss),
    Invariant("no-duplication", Level.MUST, no_duplication),
    Invariant("no-invention", Level.MUST, no_invention),
    Invariant("order-kept", Level.MUST, order_kept),
    Invariant("no-cross-talk", Level.MUST, no_cross_talk),
    Invariant("finish-true", Level.MUST, finish_true),
    Invariant("choices-separate", Level.MUST, choices_separate),
    Invariant("tool-calls-intact", Level.MUST, tool_calls_intact),
    Invariant("usage-true", Level.SHOULD, usage_true),
    Invariant("ids-unique", Level.SHOULD, ids_unique),
)
