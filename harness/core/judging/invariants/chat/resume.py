"""A client that was cut off reads its answer on: nothing of it is missing, nothing comes twice.

The one rule: where an answer is over, a service may say so (204 or 404) instead of telling it again.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.chat.ledger import ASKS, Ledger
from harness.core.judging.conversation import same
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level

_OVER = frozenset({204, 404, 410})


def resumed_true(view: CaseView) -> Iterator[Breach]:
    """What is read on is the rest of the answer that is being made, or all of it, character by character."""
    claim = view.claims.resume
    if claim is None:
        return
    ledger = Ledger(view)
    for done in ledger.of("resume"):
        first = next((turn for turn in reversed(ledger.turns(done.talk, before=done)) if turn.do in ASKS), None)
        if first is None or done.who != ledger.owner(done.talk) or not first.calls:
            continue
        call = first.calls[-1]
        running = call.ended_s > done.exchange.end_s
        if not done.granted or done.exchange.status in _OVER:
            if running or done.exchange.status not in _OVER:
                yield Breach(f"{done.name}: an answer was still being made, and who reads it on got {done.got}")
            continue
        had = "" if claim.from_start else first.told.text
        whole = call.reading.text
        got = had + done.told.text
        if first.whole_call is not None and not same(got, whole):
            yield Breach(f"{done.name}: {_difference(got, whole)}")
        elif first.whole_call is not None and not done.finished:
            yield Breach(f"{done.name}: the answer was read on to its end, and no mark says so")
        elif first.whole_call is None and done.finished:
            yield Breach(f"{done.name}: an answer that broke off is read on as a finished one")


def _difference(got: str, whole: str) -> str:
    same_length = len(got) == len(whole)
    what = "changes" if same_length else "repeats" if len(got) > len(whole) else "skips"
    return f"what is read on {what} something: {len(got)} characters came, and upstream sent {len(whole)}"


INVARIANTS = (Invariant("resumed-true", Level.MUST, resumed_true),)
