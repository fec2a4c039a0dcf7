"""Events: the published schema is fresh and true, and each kind is complete by itself."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import TypeAdapter

from reports import events
from reports.events import Event, PlayedEvent, RoundEvent, SaidEvent, StoppingEvent, TargetEvent, case_event, end_event
from reports.record import Gate
from tests.reports.ci.located import located
from tests.reports.sample import laundered, record

SOME: list[Event] = [
    RoundEvent(at_s=0.1, round=1),
    TargetEvent(at_s=0.2, url="http://127.0.0.1:1"),
    SaidEvent(at_s=0.2, text="starting"),
    case_event(laundered(), at_s=0.3, number=1),
    PlayedEvent(at_s=0.4, played=3),
    StoppingEvent(at_s=0.5, signal="SIGINT"),
    end_event(record(), at_s=0.6),
]


def test_the_published_schema_is_fresh() -> None:
    assert events.PUBLISHED.read_text(encoding="utf-8") == events.text(), "run: make docs"


@pytest.mark.parametrize("event", SOME, ids=lambda event: event.event)
def test_every_event_fulfils_the_schema_and_reads_back_the_same(event: Event) -> None:
    schema = json.loads(events.text())
    Draft202012Validator.check_schema(schema)

    Draft202012Validator(schema).validate(json.loads(event.model_dump_json(by_alias=True)))

    assert TypeAdapter[Event](Event).validate_json(event.model_dump_json(by_alias=True)) == event


def test_the_schema_refuses_a_kind_that_does_not_exist() -> None:
    with pytest.raises(ValidationError):
        Draft202012Validator(json.loads(events.text())).validate({"event": "lunch", "at_s": 1.0})


def test_a_case_is_told_with_what_broke_it() -> None:
    told = case_event(laundered(), at_s=1.5, number=2)

    assert (told.event, told.round, told.id, told.verdict) == ("case", 2, "streaming.cut-before-done", "fail")
    assert [each.invariant for each in told.findings] == ["no-laundering", "break-visible"]
    assert told.replay.startswith("edgeproof replay streaming.cut-before-done")


def test_the_end_says_what_a_gate_reads() -> None:
    told = end_event(located(gate=Gate(stopped="SIGINT")), at_s=3.0, error="it broke")

    assert (told.verdict, told.exit_code, told.stopped, told.error) == ("fail", 1, "SIGINT", "it broke")
    assert [(each.invariant, each.cases) for each in told.problems] == [
        ("no-laundering", 2),
        ("cache-expires", 1),
        ("retry-after-kept", 1),
    ]
