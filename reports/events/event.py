"""The kinds of events. Every one has its name in `event` and its time in `at_s`, seconds since the run began.

The one rule: an event is complete by itself; nobody has to have seen an earlier one.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field

from reports import outcome
from reports.overview import told
from reports.record import CaseResult, Level, RunRecord, Verdict
from reports.record.part import Instant, Part, Text

SCHEMA: Final = "edgeproof.events/1"
"""The schema of these events, which the first event of a run names."""


class Moment(Part):
    """Something that happens in a run."""

    at_s: float = Field(ge=0)
    """Seconds since the run began, on a monotonic clock."""


class StartEvent(Moment):
    """The first event: what is to be run."""

    event: Literal["start"] = "start"
    schema_name: Text = Field(alias="schema", default=SCHEMA)
    edgeproof: Text
    seed: int
    profile: Text
    target: Text
    suites: tuple[Text, ...]
    planned: int = Field(ge=0)
    """How many cases are to be judged in a round, as far as that is known before."""
    rounds: int = Field(ge=1)
    started_at: Instant


class RoundEvent(Moment):
    """A round begins; a run that is not repeated has one."""

    event: Literal["round"] = "round"
    round: int = Field(ge=1)


class TargetEvent(Moment):
    """The target of a suite listens."""

    event: Literal["target"] = "target"
    url: Text


class SaidEvent(Moment):
    """What edgeproof is doing now, in words for people."""

    event: Literal["said"] = "said"
    text: Text


class FindingEvent(Part):
    """A finding without its evidence, which the record has."""

    invariant: Text
    level: Level
    message: Text


class CaseEvent(Moment):
    """A case has its verdict. What rounds or other cases make of it is told by the record alone."""

    event: Literal["case"] = "case"
    round: int = Field(ge=1)
    id: Text
    suite: Text
    family: Text
    level: Level
    verdict: Verdict
    duration_s: float = Field(ge=0)
    saw: Text
    cause: Text = ""
    findings: tuple[FindingEvent, ...] = ()
    replay: Text = ""


class PlayedEvent(Moment):
    """So many cases of searches have been played; told once a second at the most."""

    event: Literal["played"] = "played"
    played: int = Field(ge=1)


class StoppingEvent(Moment):
    """A signal has asked the run to end."""

    event: Literal["stopping"] = "stopping"
    signal: Text


class ProblemEvent(Part):
    """A problem as the record has it, in short."""

    id: Text
    invariant: Text
    level: Level
    message: Text
    cases: int = Field(ge=1)


class EndEvent(Moment):
    """The last event: what it all came to."""

    event: Literal["end"] = "end"
    verdict: Verdict
    exit_code: int
    """Of the run, gates included."""
    counts: dict[Verdict, int]
    problems: tuple[ProblemEvent, ...] = ()
    stopped: Text = ""
    """The signal that stopped the run; empty where it came to its end."""
    error: Text = ""
    """What broke the run off; empty where nothing did."""


Event: TypeAlias = Annotated[
    StartEvent | RoundEvent | TargetEvent | SaidEvent | CaseEvent | PlayedEvent | StoppingEvent | EndEvent,
    Field(discriminator="event"),
]


def case_event(result: CaseResult, *, at_s: float, number: int) -> CaseEvent:
    """Return what is told of a case in a round."""
    return CaseEvent(
        at_s=at_s,
        round=number,
        id=result.id,
        suite=result.suite,
        family=result.family,
        level=result.level,
        verdict=result.verdict,
        duration_s=result.duration_s,
        saw=result.saw,
        cause=result.cause,
        findings=tuple(
            FindingEvent(invariant=each.invariant, level=each.level, message=each.message) for each in result.findings
        ),
        replay=result.replay,
    )


def end_event(record: RunRecord, *, at_s: float, error: str = "") -> EndEvent:
    """Return what is told of a whole run."""
    return EndEvent(
        at_s=at_s,
        verdict=record.verdict,
        exit_code=outcome.exit_code(record),
        counts=record.counts,
        problems=tuple(
            ProblemEvent(
                id=each.problem.id,
                invariant=each.problem.invariant,
                level=each.problem.level,
                message=each.message,
                cases=len(each.problem.cases),
            )
            for each in told(record)
        ),
        stopped=record.gate.stopped if record.gate else "",
        error=error,
    )
