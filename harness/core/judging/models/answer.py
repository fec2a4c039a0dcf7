"""The plain model of a proxy: what upstream answers whole and in order, the client gets.

The one rule: it speaks only of answers that nothing was wrong with but their form on the wire, in which any correct
reader finds the very same (RFC 9112 §7.1, WHATWG HTML §9.2.6), and of clients that only ask and read.

A target that gives up on its own clock leaves upstream in a pause, and is then none of this: its call was not played to
the end. One that was told everything in one breath was told, whether it stayed to hear it or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fault_injection.fault import Fault, Law
from fault_injection.spec import parse
from harness.core.judging.invariants.declining import what_is_wrong
from harness.core.judging.meeting import overlap
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import UpstreamEnd
from reports.record import Finding, Level
from scenarios.case import Case

_FINISHES: Final = frozenset({"stop", "length", "tool_calls"})
_HARMLESS: Final = frozenset({Law.SAME_BYTES, Law.SAME_MEANING})
_FAMILIES: Final = ("sse.", "tcp.")
_AT_ONCE_S: Final = 0.05
"""A wait that no timeout is for."""


def check(case: Case, view: CaseView) -> Iterator[Finding]:
    """Yield where a whole answer of upstream's did not become the client's."""
    del case
    for ask in view.asks:
        call = ask.own[-1] if ask.own else None
        if call is None or ask.succeeded or not _only_asks(ask) or what_is_wrong(ask, view) is not None:
            continue
        if any(other is not ask and other.nonce == ask.nonce and overlap(ask, other) for other in view.asks):
            continue  # which of the calls is whose cannot be told
        if _is_in_order(call) and call.ended_s <= ask.client.end_s:
            got = f"status {ask.client.status}" if ask.client.status else f"no answer ({ask.client.end})"
            error = f" and the error {ask.reading.error[:60]!r}" if ask.reading.error else ""
            yield Finding(
                invariant="no-loss",
                level=Level.MUST,
                message=f"{ask.name}: upstream's answer was whole and in order, the client got {got}{error}",
            )


def _only_asks(ask: AskView) -> bool:
    moves = ask.client.moves
    slow = moves.read_bytes_per_s or moves.read_pause_s or moves.upload_wait_s
    return ask.stayed and moves.leave == "never" and not slow


def _is_in_order(call: UpstreamView) -> bool:
    finishes = {finish for finish in call.reading.finishes.values() if finish}
    clean = call.exchange.end in (UpstreamEnd.KEPT, UpstreamEnd.CLOSED) and call.exchange.whole
    return (
        clean
        and call.wholeness is Wholeness.WHOLE
        and not call.reading.malformed
        and finishes <= _FINISHES
        and all(_is_harmless(parse(spec)) for spec in call.exchange.faults)
    )


def _is_harmless(fault: Fault) -> bool:
    """Whether a correct reader does not notice it at all."""
    waits = sum(getattr(fault, item.name) for item in fault.parameters() if item.unit == "s")
    return fault.law in _HARMLESS and fault.id.startswith(_FAMILIES) and waits <= _AT_ONCE_S
