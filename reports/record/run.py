"""Everything a run found, and reading it from a file again.

The one rule: a reader never trusts `counts` or `verdict` over the cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from pydantic import Field, JsonValue, ValidationError, model_validator

from reports.record.amiss import amiss
from reports.record.case import CaseResult
from reports.record.gate import Gate
from reports.record.part import Free, Instant, Part, Text
from reports.record.problem import Cause, Problem
from reports.record.shard import Shard
from reports.record.stability import Stability
from reports.record.verdict import Verdict, count, overall

SCHEMA: Final = "edgeproof.results/1"
"""The schema this code writes. A minor number (`edgeproof.results/1.4`) only ever adds keys, so it is read as well."""

_ANOTHER: Final = "give a whole results.json that edgeproof wrote"


class RecordError(Exception):
    """A record cannot be read: not there, not JSON, not true to itself, or written by a newer edgeproof."""


class Target(Part):
    """The proxy under test, as it was reached; never its environment, which holds secrets."""

    name: Text
    version: Text = ""
    """What its owner calls this state of it; empty where the target file does not say."""
    revision: Text = ""
    """The commit that its repository was at when the run began; empty where its file lies in no Git repository."""
    revision_dirty: bool = False
    """Whether files that Git follows differed from that commit."""
    url: Text
    command: tuple[Text, ...] = ()
    capabilities: Free = Field(default_factory=dict)
    file: Text = ""
    """The target file, seen from the root of its repository, or else as it was named; empty where there is none."""
    lines: dict[Text, int] = Field(default_factory=dict)
    """The line, from 1, on which the file says each of its keys, dotted."""


class RunRecord(Part):
    """Everything a run found. Build it with `of`, which fills in what follows from the cases."""

    schema_name: Text = Field(alias="schema")
    edgeproof: Text
    """Version of edgeproof that wrote the record."""
    seed: int
    profile: Text
    target: Target
    started_at: Instant
    duration_s: float = Field(ge=0)
    verdict: Verdict
    counts: dict[Verdict, int]
    cases: tuple[CaseResult, ...]
    problems: tuple[Problem, ...] = ()
    """The findings of all cases, each listed once; `reports.problems` makes them from `cases`."""
    causes: tuple[Cause, ...] = ()
    """What likely lies behind the problems, the likeliest first; `reports.causes` finds them from `cases`."""
    load: Free = Field(default_factory=dict)
    leaks: Free = Field(default_factory=dict)
    coverage: Free = Field(default_factory=dict)
    properties: Free = Field(default_factory=dict)
    chaos: Free = Field(default_factory=dict)
    """What a chaos run did when, and what clients felt: its phases, and all of it in windows on one axis."""
    stability: Stability = Stability()
    """How a repeated run came out round by round; `cases` says what its rounds come to."""
    not_judged: Free = Field(default_factory=dict)
    """What was left out or could not be judged, and why, in one row for each reason."""
    shard: Shard | None = None
    """Which part of the run it is, where the run was split; null for a whole run."""
    gate: Gate | None = None
    """What the run was held to, and what came of it; null in a record that is too old to say."""
    clock_s: float | None = None
    """What the clock of the exchanges showed at `started_at`; null where several machines played."""

    @model_validator(mode="after")
    def _agrees_with_its_cases(self) -> Self:
        verdicts = [case.verdict for case in self.cases]
        counted, decided = count(verdicts), overall(verdicts)
        if missing := set(Verdict) - set(self.counts):
            raise ValueError(f"counts lack {', '.join(sorted(missing))}")
        if self.counts != counted:
            raise ValueError(f"counts say {_plain(self.counts)}, the cases say {_plain(counted)}")
        if self.verdict is not decided:
            raise ValueError(f"verdict says {self.verdict}, the cases say {decided}")
        return self

    @classmethod
    def of(
        cls,
        *,
        edgeproof: str,
        seed: int,
        profile: str,
        target: Target,
        started_at: datetime | str,
        duration_s: float,
        clock_s: float | None = None,
        cases: Iterable[CaseResult],
        properties: Mapping[str, JsonValue] | None = None,
        load: Mapping[str, JsonValue] | None = None,
        leaks: Mapping[str, JsonValue] | None = None,
        coverage: Mapping[str, JsonValue] | None = None,
        chaos: Mapping[str, JsonValue] | None = None,
        not_judged: Mapping[str, JsonValue] | None = None,
        stability: Stability | None = None,
        shard: Shard | None = None,
    ) -> Self:
        """Build a record; counts and verdict follow from the cases. `started_at` must know its time zone."""
        known = tuple(cases)
        verdicts = [case.verdict for case in known]
        return cls.model_validate(
            {
                "schema": SCHEMA,
                "edgeproof": edgeproof,
                "seed": seed,
                "profile": profile,
                "target": target,
                "started_at": started_at,
                "duration_s": duration_s,
                "clock_s": clock_s,
                "verdict": overall(verdicts),
                "counts": count(verdicts),
                "cases": known,
                "load": dict(load or {}),
                "leaks": dict(leaks or {}),
                "coverage": dict(coverage or {}),
                "properties": dict(properties or {}),
                "chaos": dict(chaos or {}),
                "not_judged": dict(not_judged or {}),
                "stability": stability or Stability(),
                "shard": shard,
            }
        )

    def to_json(self) -> str:
        """Return the record as the text of a `results.json`, newline at the end included."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a record; raise `RecordError` when it is none, contradicts itself or is of a newer schema."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecordError(f"this is not JSON, or is cut off: {error}; {_ANOTHER}") from error
        _check_schema(data)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise RecordError(f"this is no {SCHEMA} record: {_first_errors(error)}; {_ANOTHER}") from error


def read(path: Path | str) -> RunRecord:
    """Read a `results.json`; raise `RecordError`, naming the file, when that cannot be done."""
    try:
        return RunRecord.from_json(Path(path).read_text(encoding="utf-8"))
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from error
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}; name a results.json") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: this is not UTF-8 ({error}); {_ANOTHER}") from error


def _check_schema(data: object) -> None:
    name = data.get("schema") if isinstance(data, dict) else None
    match = re.fullmatch(r"edgeproof\.results/(\d{1,9})(\.\d{1,9})?", name) if isinstance(name, str) else None
    if match is None:
        raise RecordError(f'this is no record: "schema" is {json.dumps(name)[:80]}, not "{SCHEMA}"; {_ANOTHER}')
    theirs, ours = int(match[1]), int(SCHEMA.rpartition("/")[2])
    if theirs != ours:
        fix = "update edgeproof to read it" if theirs > ours else "read it with the edgeproof that wrote it"
        raise RecordError(f'this record has schema "{name}", this edgeproof reads "{SCHEMA}"; {fix}')


def _first_errors(error: ValidationError, at_most: int = 3) -> str:
    problems = error.errors(include_url=False, include_input=False)
    told = [f"{'.'.join(map(str, each['loc'])) or 'record'}: {amiss(each)}" for each in problems[:at_most]]
    rest = len(problems) - len(told)
    return "; ".join(told) + (f"; and {rest} more" if rest else "")


def _plain(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number) or "nothing"
