"""What an answer says: every piece of text, every tool call, every number, exactly as upstream sent it.

The one rule: a finished answer equals upstream's, a broken one is a prefix of it. Text is compared by upstream's own
pieces, so that the finding can say whether something was lost, doubled, moved or made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.core.judging.invariants.difference import Deviation, Difference, canonical, compare, same_text
from harness.core.judging.invariants.ends import broken_sources, ends_without_a_word
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream_view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import UpstreamEnd
from harness.core.observed.reading import Choice, Reading
from reports.record import Level

_TELLING_CHARACTERS = 8
"""A shorter opening may well begin two answers."""
_OPENING_CHARACTERS = 64
_FINISHES = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
_SURELY_READ_S = 0.25
"""Text that was sent this long before the end reached the target's own code."""


def _differences(view: CaseView) -> Iterator[tuple[AskView, Difference]]:
    for ask in view.asks:
        if ask.reading.is_empty and not ask.succeeded:
            if _is_swallowed(ask):
                yield ask, Difference("lost", "nothing of what upstream sent arrived, and the stream ended in order")
            continue
        if (
            ask.client.status != 200
            or ask.reading.form not in ("stream", "json")
            or _is_foreign(view, ask)
            or not ask.known
        ):
            continue
        found = [_worst_difference(ask, reading) for source in ask.known for reading in _readings(source)]
        told = [difference for difference in found if difference is not None]
        if told and len(told) == len(found):
            last = min(reversed(told), key=lambda difference: difference.level is None)
            if not (last.kind == "invented" and _any_misframed(ask)):
                yield ask, last
        elif not found and not ask.reading.is_empty and not _any_unreadable(ask):
            yield ask, Difference("invented", f"{ask.reading.text[:40]!r}, and upstream never gave an answer")


def _is_swallowed(ask: AskView) -> bool:
    """Whether the start of an answer that broke off was kept from the client, and so was the break.

    A reset may take with it what a target had no time to read (RFC 9293 §3.10.7), and so may whatever is wrong with
    the framing; text that came well before is the target's.
    """
    for source in broken_sources(ask)[-1:] if ends_without_a_word(ask) else ():
        times_s, ended = source.reading.content_times_s, source.exchange.end
        in_order = ended in (UpstreamEnd.CLOSED, UpstreamEnd.KEPT) and source.problem is None
        return bool(times_s) and (in_order or source.ended_s - times_s[0] > _SURELY_READ_S)
    return False


def _any_misframed(ask: AskView) -> bool:
    """Whether upstream's framing was broken somewhere, behind which a lenient client may still have read on."""
    return any(source.is_good_status and source.problem is not None for source in ask.known)


def _any_unreadable(ask: AskView) -> bool:
    return any(source.wholeness is Wholeness.UNREADABLE for source in ask.known)


def _readings(source: UpstreamView) -> tuple[Reading, ...]:
    """The ways in which a good answer may be read; there are two when an event makes sense only line by line.

    There is none when the history holds no more than the start of it.
    """
    if not source.is_good_status or not source.is_kept_whole:
        return ()
    return (source.by_line, source.reading) if source.by_line is not source.reading else (source.reading,)


def _worst_difference(ask: AskView, source: Reading) -> Difference | None:
    for index, choice in ask.reading.choices.items():
        sent = source.choices.get(index, Choice())
        if index not in source.choices and not choice.parts:
            continue
        if same_text(choice.text, sent.text):
            continue
        difference = compare(choice.text, sent.parts, finished=ask.succeeded)
        if difference:
            return replace(difference, level=_room(ask, source, sent) or difference.level)
    if ask.succeeded and ask.reading.is_empty and not source.is_empty:
        return Difference("lost", "nothing of the answer arrived")
    return None


def _room(ask: AskView, source: Reading, sent: Choice) -> Level | None:
    """What a departure from an answer weighs that nobody can be sure to read as it was meant."""
    if _is_astray(ask, source):
        return Level.OBSERVE
    return Level.SHOULD if sent.is_odd else None


def _is_astray(ask: AskView, source: Reading) -> bool:
    """Whether a choice came that was not asked for: some drop it, some take it for the only one."""
    asked = (ask.request or {}).get("n")
    return max(source.choices, default=0) >= (asked if isinstance(asked, int) else 1)


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
            yield Breach(f"{ask.name}: text was {kind}: {difference.detail}", difference.level)


def no_cross_talk(view: CaseView) -> Iterator[Breach]:
    """Concurrent exchanges never mix."""
    for ask in view.asks:
        if ask.client.status == 200 and _is_foreign(view, ask):
            yield Breach(f"{ask.name}: got the answer to another question: {ask.reading.text[:60]!r}")


def finish_true(view: CaseView) -> Iterator[Breach]:
    """`finish_reason` arrives as sent."""
    return _against_sources(view, _finish_differs)


def _finish_differs(ask: AskView, source: Reading) -> Breach | None:
    for index, choice in ask.reading.choices.items():
        sent = source.choices.get(index)
        if sent is None or sent.finish is None:
            continue  # the native dialect names none; the target may then say what it knows
        if choice.finish != sent.finish and (ask.succeeded or choice.finish is not None):
            known = sent.finish in _FINISHES  # what a word means that nobody has agreed on is anybody's guess
            level = Level.OBSERVE if _is_astray(ask, source) else None if known else Level.SHOULD
            return Breach(f"finish_reason was {choice.finish!r}, upstream said {sent.finish!r}", level)
    return None


def choices_separate(view: CaseView) -> Iterator[Breach]:
    """Several choices stay apart."""
    return _against_sources(view, _choices_differ)


def _choices_differ(ask: AskView, source: Reading) -> Breach | None:
    sent, got = source.choices, ask.reading.choices
    if len(sent) < 2 or not ask.succeeded:
        return None
    level = Level.OBSERVE if _is_astray(ask, source) else None
    if set(got) != set(sent):
        return Breach(f"upstream sent choices {sorted(sent)}, the client got {sorted(got)}", level)
    wrong = next((index for index in sent if not same_text(got[index].text, sent[index].text)), None)
    if wrong is None:
        return None
    return Breach(f"choice {wrong} says {got[wrong].text[:40]!r}, not {sent[wrong].text[:40]!r}", level)


def tool_calls_intact(view: CaseView) -> Iterator[Breach]:
    """Tool calls and their arguments arrive whole."""
    return _against_sources(view, _tool_calls_differ)


def _tool_calls_differ(ask: AskView, source: Reading) -> Breach | None:
    if not ask.succeeded:
        return None
    for index, sent in source.choices.items():
        choice = ask.reading.choices.get(index, Choice())
        wanted, got = _calls(sent), _calls(choice)
        if wanted != got:
            return Breach(f"tool calls {got!r:.120}, upstream sent {wanted!r:.120}")
        # Natively calls have no ids; whoever puts an answer into the OpenAI dialect gives it and them some.
        told_apart = _ids(sent) >= len(wanted) or (ask.reading.ids and not source.ids)
        if told_apart and _ids(choice) < len(wanted):
            return Breach("the tool calls have no id of their own each")
    return None


def _calls(choice: Choice) -> list[tuple[str, str]]:
    return [(tool.name, canonical(tool.arguments or "{}")) for _, tool in sorted(choice.tools.items())]


def _ids(choice: Choice) -> int:
    return len({tool.id for tool in choice.tools.values()} - {""})


def usage_true(view: CaseView) -> Iterator[Breach]:
    """Token usage arrives as sent."""
    return _against_sources(view, _usage_differs)


def _usage_differs(ask: AskView, source: Reading) -> Breach | None:
    options = (ask.request or {}).get("stream_options")
    wanted = not ask.wants_stream or (isinstance(options, dict) and options.get("include_usage") is True)
    sent = {key: (source.usage or {}).get(key) for key in ("prompt_tokens", "completion_tokens")}
    if not ask.succeeded or not wanted or not any(sent.values()):
        return None
    got = {key: (ask.reading.usage or {}).get(key) for key in sent}
    return None if sent == got else Breach(f"usage was {got}, upstream counted {sent}")


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
            yield Breach(f"{ask.name} and {earlier.name} share the id {answer_id!r}")
        seen.setdefault(answer_id, ask)


def _upstream_repeats(first: AskView, second: AskView) -> bool:
    """Whether two upstream calls themselves gave the same id, which a pipe rightly passes on."""
    ids = [view.reading.ids[0] for view in (first.source, second.source) if view is not None and view.reading.ids]
    return first.source is not second.source and len(ids) == 2 and ids[0] == ids[1]


def _against_sources(view: CaseView, differs: Callable[[AskView, Reading], Breach | None]) -> Iterator[Breach]:
    """Hold every answer against the ones it may have come from, which say the same; one that agrees is enough."""
    for ask in view.asks:
        if ask.client.status != 200 or ask.source is None:
            continue
        readings = [reading for source in ask.known for reading in _readings(source)]
        alike = [reading for reading in readings if reading.text == ask.reading.text]
        told = [differs(ask, reading) for reading in alike or _readings(ask.source)]
        breaches = [breach for breach in told if breach is not None]
        if breaches and len(breaches) == len(told):
            yield replace(breaches[-1], message=f"{ask.name}: {breaches[-1].message}")


INVARIANTS = (
    Invariant("no-loss", Level.MUST, no_loss),
    Invariant("no-duplication", Level.MUST, no_duplication, late_proof=True),
    Invariant("no-invention", Level.MUST, no_invention),
    Invariant("order-kept", Level.MUST, order_kept, late_proof=True),
    Invariant("no-cross-talk", Level.MUST, no_cross_talk, late_proof=True),
    Invariant("finish-true", Level.MUST, finish_true),
    Invariant("choices-separate", Level.MUST, choices_separate, late_proof=True),
    Invariant("tool-calls-intact", Level.MUST, tool_calls_intact),
    Invariant("usage-true", Level.SHOULD, usage_true),
    Invariant("ids-unique", Level.SHOULD, ids_unique),
)
