"""What an answer says: every piece of text, every tool call, every number, exactly as upstream sent it.

The one rule: a finished answer equals upstream's, a broken one is a prefix of it. Text is compared by upstream's own
pieces, so that the finding can say whether something was lost, doubled, moved or made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.core.judging.evidence import around
from harness.core.judging.invariants.difference import Deviation, Difference, compare, same_text
from harness.core.judging.invariants.ends.broken import broken_sources, ends_without_a_word
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import UpstreamEnd
from harness.core.observed.reading import Choice, Reading
from reports.record import Level

_TELLING_CHARACTERS = 8
"""A shorter opening may well begin two answers."""
_OPENING_CHARACTERS = 64
_OWN_HEADERS = ("x-", "authorization", "cookie", "idempotency-key", "traceparent")
"""How the names of request headers begin in which a client says what nobody else says."""
_SURELY_READ_S = 0.25
"""Text that was sent this long before the end reached the target's own code."""


def _differences(view: CaseView) -> Iterator[tuple[AskView, Difference]]:
    for ask in view.asks:
        if ask.reading.is_empty and not ask.succeeded:
            if _is_swallowed(ask):
                detail = "nothing of what upstream sent arrived, and the stream ended in order"
                yield ask, Difference("lost", detail, evidence=around(broken_sources(ask)[-1].reading.text, ""))
            continue
        if (
            ask.client.status != 200
            or ask.reading.form not in ("stream", "json")
            or _is_foreign(view, ask)
            or not ask.known
        ):
            continue
        found = [_worst_difference(ask, reading) for source in ask.known for reading in readings(source)]
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


def readings(source: UpstreamView) -> tuple[Reading, ...]:
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
        return Difference("lost", "nothing of the answer arrived", evidence=around(source.text, ""))
    return None


def _room(ask: AskView, source: Reading, sent: Choice) -> Level | None:
    """What a departure from an answer weighs that nobody can be sure to read as it was meant."""
    if is_astray(ask, source):
        return Level.OBSERVE
    return Level.SHOULD if sent.is_odd else None


def is_astray(ask: AskView, source: Reading) -> bool:
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
            told = f"{ask.name}: text was {kind}; {difference.detail}"
            yield Breach(told, difference.level, difference.evidence)


def no_cross_talk(view: CaseView) -> Iterator[Breach]:
    """Concurrent exchanges never mix."""
    for ask in view.asks:
        if ask.client.status == 200 and _is_foreign(view, ask):
            mine = ask.known[-1].reading.text if ask.known else ""
            yield Breach(
                f"{ask.name}: got the answer to another question: {ask.reading.text[:60]!r}",
                evidence=around(mine, ask.reading.text),
            )
        yield from _anothers_headers(view, ask)


def _anothers_headers(view: CaseView, ask: AskView) -> Iterator[Breach]:
    """Find in an answer's headers what another request had said of itself, and this one had not.

    Caches keep headers with the answers that they were sent with, which tells who has asked before.
    """
    mine = {value for _, value in ask.client.request_headers}
    said = {value: mark for mark, value in ask.client.headers}
    for other in view.asks:
        for name, value in other.client.request_headers:
            telling = name.lower().startswith(_OWN_HEADERS) and len(value) >= _TELLING_CHARACTERS
            if telling and value not in mine and value in said:
                yield Breach(
                    f"{ask.name}: its answer says in {said[value]} what {other.name} had sent in {name}",
                    None if ask.own else Level.SHOULD,
                    evidence=(f"{said[value]}: {value:.60}",),
                )
                return


INVARIANTS = (
    Invariant("no-loss", Level.MUST, no_loss),
    Invariant("no-duplication", Level.MUST, no_duplication, late_proof=True),
    Invariant("no-invention", Level.MUST, no_invention),
    Invariant("order-kept", Level.MUST, order_kept, late_proof=True),
    Invariant("no-cross-talk", Level.MUST, no_cross_talk, late_proof=True),
)
