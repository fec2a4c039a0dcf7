"""Whether a case has shown anything: one whose faults never struck, or whose client could not leave, is no pass."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.chat.shortfall import shortfall
from harness.core.judging.expected.disappointment import disappointment
from harness.core.judging.expected.spoilt import gave_up_first, kept_away, outlived
from harness.core.judging.further import goes_on_by_itself
from harness.core.judging.invariants.pace import still_filling
from harness.core.judging.invariants.resources import left_unread
from harness.core.judging.leaving import WHY_NOT
from harness.core.judging.ruled_out import asks_of, declined, hides_leaving, never_struck, passed_by
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from scenarios.case import Case, Model


def shown_nothing(case: Case, view: CaseView, models: dict[Model, str]) -> str:
    """Say why a case has shown nothing; an empty text where it has shown something."""
    missed = passed_by(case, view)
    for fault, surface in never_struck(case, view):
        because = missed.get(fault, "the target made no such call in time")
        return f"{fault} never struck an exchange on {surface}: {because}"
    if any(visit.errand is not None for visit in view.history.visits):
        return shortfall(case, view)
    if not view.asks:
        return "nothing was asked"
    refused = [ask for ask in view.asks if ask.client.end is ClientEnd.REFUSED]
    if len(refused) == len(view.asks):
        return "the target accepted no connection"
    if hides_leaving(case, view):
        return WHY_NOT
    if refusal := next(declined(case, view), ""):
        return refusal
    if goes_on := goes_on_by_itself(case, view):
        return goes_on
    if case.watches_heap and not any(left_unread(view)):
        return "the Worker's heap could not be read through its inspector"
    if "backpressure" in case.focus and (ask := next(still_filling(view), None)):
        return f"{ask.name}: upstream could still send when the client, which had paused, began to read; play it again"
    if undecided := next(_undecided(case, view, models), ""):
        return undecided
    return next(_stayed(case, view), "")


def _undecided(case: Case, view: CaseView, models: dict[Model, str]) -> Iterator[str]:
    """Say of which request the case cannot tell whether it went as it should."""
    for expect in case.expect:
        for ask in asks_of(expect.step, view):
            if gave_up_first(expect, ask):
                yield f"{ask.name}: upstream was still answering when the client gave up waiting; play it again"
            if not disappointment(expect, ask, models):
                continue
            if kept_away(expect, ask, view, models):
                yield f"{ask.name}: the target's breaker may rightly have been open by then"
            elif outlived(expect, ask, view):
                what = "the breaker's rest" if expect.invariant == "breaker-opens" else "the cached answer's TTL"
                yield f"{ask.name}: {what} may rightly have been over by then"


def _stayed(case: Case, view: CaseView) -> Iterator[str]:
    """Say of which request the client could not leave as its case wants it to."""
    for step in case.steps:
        leaves = next((fault for fault in step.faults if fault.id.startswith("client.abort")), None)
        mine = asks_of(step.label, view)
        if leaves and mine and all(ask.stayed for ask in mine):
            yield f"{step.label}: the answer ended before the client could leave as {leaves} says"
        about_it = "cancel-propagates" in case.focus
        if about_it and leaves is not None and leaves.id == "client.abort_before_head" and not view.calls:
            yield f"{step.label}: the client left before the target called upstream, so there was no call to end"
