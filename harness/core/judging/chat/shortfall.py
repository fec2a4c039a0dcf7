"""Why a case at a chat service has shown nothing, and what its clients saw, in words.

The one rule: what was not reached is said, and is no pass.
"""

from __future__ import annotations

from harness.core.judging.chat.ledger import ASKS, Done, Ledger
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from reports.overview import amount
from scenarios.case import Case

_MOST_SEEN = 6


def shortfall(case: Case, view: CaseView) -> str:
    """Return why a case of deeds has shown nothing; empty when it has, or has none."""
    done = Ledger(view).all
    deeds = [step for step in case.steps if step.deed is not None]
    if not deeds:
        return ""
    real = [each for each in done if each.do != "kill"]
    if real and all(each.exchange.end is ClientEnd.REFUSED for each in real):
        return "the target accepted no connection"
    for step in deeds:
        mine = [each for each in done if each.name == step.label]
        leaves = next((fault for fault in step.faults if fault.id.startswith("client.abort")), None)
        if leaves and any(each.exchange.end is not ClientEnd.LEFT for each in mine):
            return f"{step.label}: the answer ended before the client could leave as {leaves} says"
    return ""


def seen(view: CaseView) -> str:
    """Say what the clients saw, the first few of them."""
    done = Ledger(view).all
    lines = [f"{each.name}: {_described(each)}" for each in done[:_MOST_SEEN]]
    rest = len(done) - len(lines)
    return "; ".join(lines) + (f"; and {rest} more" if rest else "")


def _described(done: Done) -> str:
    if done.do in ASKS:
        ending = "finished" if done.finished else f"error {done.told.error[:60]!r}" if done.told.error else "unfinished"
        return f"{done.got} with {amount(len(done.told.text), 'character')}, {ending}"
    return done.got
