"""Runs as events."""

from __future__ import annotations

from reports.live import LivePage, StartEvent
from reports.live.events import CaseEvent, Planned
from reports.record import CaseResult, Target
from tests.reports.sample import case, laundered

GOOD, NEXT, CUT = "streaming.plain", "cache.hit", "streaming.cut-before-done"


def started(*planned: str, rounds: int = 1) -> StartEvent:
    ids = planned or (GOOD, NEXT, CUT)
    return StartEvent(
        at_s=0.0,
        edgeproof="0.1.0",
        seed=7,
        profile="quick",
        target=Target(name="my-proxy", url="http://127.0.0.1:1"),
        started_at="2026-03-02T09:30:00Z",  # type: ignore[arg-type]  # pydantic reads it
        rounds=rounds,
        planned=tuple(Planned(id=each, suite="conformance", family=each.partition(".")[0]) for each in ids),
    )


def judged(result: CaseResult, at_s: float = 1.0) -> CaseEvent:
    return CaseEvent(at_s=at_s, case=result)


def half_way() -> LivePage:
    page = LivePage(started())
    for event in (judged(case(GOOD)), judged(laundered(), 2.0)):
        list(page.take(event))
    return page
