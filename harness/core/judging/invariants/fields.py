"""What an answer says beside its text: why it ended, its choices, its tool calls, its usage and its id.

The one rule: an answer is held against all that it may have come from; one that agrees is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.core.judging.asked.values import departures, same
from harness.core.judging.evidence import around
from harness.core.judging.invariants.content import is_astray, readings
from harness.core.judging.invariants.difference import canonical, same_text
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.chunks import json_or_none
from harness.core.observed.reading import Choice, Reading
from reports.record import Level

_CHOICES = "the choices are not as upstream sent them"
_DETAILS = ("prompt_tokens_details", "completion_tokens_details")
_FINISHES = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


def finish_true(view: CaseView) -> Iterator[Breach]:
    """`finish_reason` arrives as sent."""
    return against_sources(view, _finish_differs)


def _finish_differs(ask: AskView, source: Reading) -> Breach | None:
    for index, choice in ask.reading.choices.items():
        sent = source.choices.get(index)
        if sent is None or sent.finish is None:
            continue  # the native dialect names none; the target may then say what it knows
        if choice.finish != sent.finish and (ask.succeeded or choice.finish is not None):
            known = sent.finish in _FINISHES  # what a word means that nobody has agreed on is anybody's guess
            level = Level.OBSERVE if is_astray(ask, source) else None if known else Level.SHOULD
            told = f"finish_reason is not upstream's; it was {choice.finish!r}, upstream said {sent.finish!r}"
            return Breach(told, level)
    return None


def choices_separate(view: CaseView) -> Iterator[Breach]:
    """Several choices stay apart."""
    return against_sources(view, _choices_differ)


def _choices_differ(ask: AskView, source: Reading) -> Breach | None:
    sent, got = source.choices, ask.reading.choices
    if len(sent) < 2 or not ask.succeeded:
        return None
    level = Level.OBSERVE if is_astray(ask, source) else None
    if set(got) != set(sent):
        return Breach(f"{_CHOICES}; upstream sent {sorted(sent)}, the client got {sorted(got)}", level)
    wrong = next((index for index in sent if not same_text(got[index].text, sent[index].text)), None)
    if wrong is None:
        return None
    told = f"{_CHOICES}; choice {wrong} says {got[wrong].text[:40]!r}, not {sent[wrong].text[:40]!r}"
    return Breach(told, level, around(sent[wrong].text, got[wrong].text))


def tool_calls_intact(view: CaseView) -> Iterator[Breach]:
    """Tool calls and their arguments arrive whole."""
    return against_sources(view, _tool_calls_differ)


def _tool_calls_differ(ask: AskView, source: Reading) -> Breach | None:
    if not ask.succeeded:
        return None
    for index, sent in source.choices.items():
        choice = ask.reading.choices.get(index, Choice())
        wanted, got = _calls(sent), _calls(choice)
        if len(wanted) != len(got) or not all(map(_is_same_call, wanted, got)):
            told = f"tool calls {got!r:.120}, upstream sent {wanted!r:.120}"
            return Breach(told, evidence=around(repr(wanted), repr(got)))
        # Natively calls have no ids; whoever puts an answer into the OpenAI dialect gives it and them some.
        told_apart = _ids(sent) >= len(wanted) or (ask.reading.ids and not source.ids)
        if told_apart and _ids(choice) < len(wanted):
            return Breach("the tool calls have no id of their own each")
        if choice.unplaced and not sent.unplaced and sent.tools and source.frame.is_there:
            return Breach("a piece of a tool call came without its index, by which client libraries put calls together")
        breach = _named_otherwise(sent, choice)
        if breach is not None:
            return breach
    return None


def _named_otherwise(sent: Choice, got: Choice) -> Breach | None:
    """Find a call that goes by another id or type: a result that is sent back, or kept beside it, is then nobody's."""
    for (_, one), (_, other) in zip(sorted(sent.tools.items()), sorted(got.tools.items()), strict=True):
        if one.id and other.id and one.id != other.id:
            return Breach(f"a tool call's id is {other.id!r:.60}, upstream's was {one.id!r:.60}", Level.SHOULD)
        if one.type and one.type != other.type:
            return Breach(f"a tool call's type is {other.type!r:.40}, upstream's was {one.type!r:.40}", Level.SHOULD)
    return None


def _calls(choice: Choice) -> list[tuple[str, str]]:
    return [(tool.name, canonical(tool.arguments or "{}")) for _, tool in sorted(choice.tools.items())]


def _is_same_call(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two calls say the same; a number may be written in another way, and loses none of its digits."""
    if one == other:
        return True
    was, now = json_or_none(one[1]), json_or_none(other[1])
    return one[0] == other[0] and was is not None and same(was, now)


def _ids(choice: Choice) -> int:
    return len({tool.id for tool in choice.tools.values()} - {""})


def usage_true(view: CaseView) -> Iterator[Breach]:
    """Token usage arrives as sent."""
    return against_sources(view, _usage_differs)


def _usage_differs(ask: AskView, source: Reading) -> Breach | None:
    options = (ask.request or {}).get("stream_options")
    wanted = not ask.wants_stream or (isinstance(options, dict) and options.get("include_usage") is True)
    sent = {key: (source.usage or {}).get(key) for key in ("prompt_tokens", "completion_tokens")}
    if not ask.succeeded or not wanted or not any(sent.values()):
        return None
    usage = ask.reading.usage or {}
    got = {key: usage.get(key) for key in sent}
    if sent != got:
        return Breach(f"usage was {got}, upstream counted {sent}")
    was, now = ((counted or {}).get("total_tokens") for counted in (source.usage, usage))
    if was and was != now:
        return Breach(f"total_tokens was {now!r:.40}, upstream counted {was!r:.40}")
    for name in _DETAILS:
        for each in departures((source.usage or {}).get(name) or {}, usage.get(name) or {}, name):
            if each.kind == "changed" and each.was:
                return Breach(f"{each.where} was {each.now!r:.40}, upstream counted {each.was!r:.40}")
    return None


def ids_unique(view: CaseView) -> Iterator[Breach]:
    """No two answers share an id."""
    seen: dict[str, AskView] = {}
    for ask in view.asks:
        if not ask.succeeded or not ask.reading.ids:
            continue
        answer_id = ask.reading.ids[0]
        if len(ask.reading.ids) > 1 and not any(len(call.reading.ids) > 1 for call in ask.known):
            yield Breach(f"{ask.name}: one stream carries the ids {ask.reading.ids[:3]}")
        earlier = seen.get(answer_id)
        if earlier is not None and not _upstream_repeats(earlier, ask):
            yield Breach(f"{ask.name}: its answer has the id of another one; {earlier.name} got {answer_id!r} as well")
        seen.setdefault(answer_id, ask)


def _upstream_repeats(first: AskView, second: AskView) -> bool:
    """Whether two upstream calls themselves gave the same id, which a pipe rightly passes on."""
    ids = [view.reading.ids[0] for view in (first.source, second.source) if view is not None and view.reading.ids]
    return first.source is not second.source and len(ids) == 2 and ids[0] == ids[1]


def against_sources(view: CaseView, differs: Callable[[AskView, Reading], Breach | None]) -> Iterator[Breach]:
    """Hold every answer against the ones it may have come from, which say the same; one that agrees is enough."""
    for ask in view.asks:
        if ask.client.status != 200 or ask.source is None:
            continue
        known = [reading for source in ask.known for reading in readings(source)]
        alike = [reading for reading in known if reading.text == ask.reading.text]
        told = [differs(ask, reading) for reading in alike or readings(ask.source)]
        breaches = [breach for breach in told if breach is not None]
        if breaches and len(breaches) == len(told):
            yield replace(breaches[-1], message=f"{ask.name}: {breaches[-1].message}")


INVARIANTS = (
    Invariant("finish-true", Level.MUST, finish_true),
    Invariant("choices-separate", Level.MUST, choices_separate, late_proof=True),
    Invariant("tool-calls-intact", Level.MUST, tool_calls_intact),
    Invariant("usage-true", Level.SHOULD, usage_true),
    Invariant("ids-unique", Level.SHOULD, ids_unique),
)
