"""Events as lines."""

from __future__ import annotations

import pytest

from reports.live import Event, EventError, from_line, to_line
from reports.live.events import EndEvent, LoadEvent, RoundEvent, SaidEvent, StoppingEvent, TargetEvent
from reports.record import Verdict
from tests.reports.live.runs import judged, started
from tests.reports.sample import hostile

EVENTS: tuple[Event, ...] = (
    started(),
    RoundEvent(at_s=0.1, round=1),
    TargetEvent(at_s=0.2, url="http://127.0.0.1:9"),
    SaidEvent(at_s=0.3, text="starting\nmy-proxy"),
    judged(hostile()),
    LoadEvent(at_s=2.0, answers=3, ttft_p50_s=0.1),
    StoppingEvent(at_s=3.0, signal="SIGINT"),
    EndEvent(at_s=4.0, shown_as=Verdict.FAIL, word="FAIL", says="FAIL · 1 failed"),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_an_event_is_one_line_and_comes_back_the_same(event: Event) -> None:
    line = to_line(event)

    assert line.count("\n") == 1
    assert from_line(line) == event


@pytest.mark.parametrize("line", ["", "{}", '{"event":"nonsense","at_s":0}', "[]"])
def test_what_is_no_event_is_refused(line: str) -> None:
    with pytest.raises(EventError, match="no event of a run"):
        from_line(line)
