"""What a run found, as data: the contract between whoever judges a target and whoever reads the judgement.

The one rule: the record on disk is the interface. Fields may be added; none is renamed, removed or given another
meaning without a new number in `SCHEMA`, and a reader never trusts `counts` or `verdict` over the cases.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

SCHEMA: Final = "edgeproof.results/1"
"""The schema this code writes. A minor number (`edgeproof.results/1.4`) only ever adds keys, so it is read as well."""


class RecordError(Exception):
    """A record cannot be read: not there, not JSON, not true to itself, or written by a newer edgeproof."""


class Level(StrEnum):
    """How much a promise weighs."""

    MUST = "must"
    SHOULD = "should"
    OBSERVE = "observe"


class Verdict(StrEnum):
    """What became of a case or of a run, in the order in which they are shown and counted."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    """A `must` was broken."""
    NON_STRICT = "non-strict"
    """A `should` was broken."""
    INFO = "info"
    """Something was observed about which nothing is promised."""
    NOT_APPLICABLE = "not-applicable"
    """The target does not claim the capability."""
    INCONCLUSIVE = "inconclusive"
    """It could not be judged; the case's `cause` says why."""
    HARNESS_ERROR = "harness-error"
    """The harness itself went wrong; nothing is said about the target."""

    @property
    def judged(self) -> bool:
        """Whether this verdict says anything about the target."""
        return self in _JUDGED


_JUDGED: Final = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.NON_STRICT, Verdict.INFO})
_WORST_FIRST: Final = (
    Verdict.FAIL,
    Verdict.HARNESS_ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NON_STRICT,
    Verdict.INFO,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that decides over all others; inconclusive when there is none at all."""
    return min(verdicts, key=_WORST_FIRST.index, default=Verdict.INCONCLUSIVE)


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict of a run: the worst of its cases, and inconclusive when no case was judged."""
    known = tuple(verdicts)
    return worst(known) if any(verdict.judged for verdict in known) else Verdict.INCONCLUSIVE


def count(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Count verdicts; every verdict has a key, also the ones that never occurred."""
    known = tuple(verdicts)
    return {verdict: known.count(verdict) for verdict in Verdict}


def _well_formed(value: object) -> object:
    """Replace what no JSON file can hold: lone surrogates, from odd bytes of a target, and infinite numbers."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {_well_formed(key): _well_formed(each) for key, each in value.items()}
        case list() | tuple():
            return [_well_formed(each) for each in value]
        case _:
            return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Text = Annotated[str, BeforeValidator(_well_formed)]
Free = Annotated[dict[str, JsonValue], BeforeValidator(_well_formed)]
"""Measurements whose shape belongs to whoever measured them."""
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]


class _Part(BaseModel):
    """A piece of the record: cannot be changed, keeps keys it does not know, and holds only what JSON can say."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, populate_by_name=True)


class Finding(_Part):
    """One observed breach of an invariant, with evidence."""

    invariant: Text
    level: Level
    message: Text
    evidence: tuple[Text, ...] = ()


class WireRow(_Part):
    """One line of the two-sided wire log.

    Lane `client` is what the harness's client sent to and received from the target; lane `upstream` is what the mock
    received from and sent to the target. Both lie on one axis: `at_s` is in seconds since the case began.
    """

    at_s: float
    lane: Literal["client", "upstream"]
    exchange: int
    """Number of the exchange in its lane; the two lanes count on their own."""
    kind: Literal["request", "sent", "received", "wait", "fault", "end"]
    label: Text
    size_bytes: int = Field(default=0, ge=0)
    preview: Text = ""
    """The beginning of the bytes as text; may contain anything a target sent."""


class CaseResult(_Part):
    """What one case promised, what was seen, and how to see it again."""

    id: Text
    title: Text = ""
    suite: Text
    family: Text
    """Group within the suite; the part of the id before its first dot when a record does not say."""
    level: Level
    verdict: Verdict
    duration_s: float = Field(ge=0)
    promised: Text
    saw: Text
    findings: tuple[Finding, ...] = ()
    faults: tuple[Text, ...] = ()
    replay: Text = ""
    """A command line that runs this case again, same seed and same plan."""
    curl: Text = ""
    reference: Text = ""
    """The source of the promise: a standard's section or a documentation page."""
    cause: Text = ""
    """Why the case is inconclusive, not applicable or a harness error; empty otherwise."""
    wire: tuple[WireRow, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_the_family(cls, data: object) -> object:
        if isinstance(data, Mapping) and "family" not in data and isinstance(data.get("id"), str):
            return {**data, "family": data["id"].partition(".")[0]}
        return data


class Round(_Part):
    """What one round of a repeated run said of a case."""

    round: int = Field(ge=1)
    verdict: Verdict
    saw: Text
    cause: Text = ""
    findings: tuple[Finding, ...] = ()
    wire: tuple[WireRow, ...] = ()
    """Left out where the rounds differ only in whether the case could be judged."""


class Unsteady(_Part):
    """A case whose rounds differ, although seed and target were the same.

    `differs` says in what: in their verdicts; only in their findings; or only in whether the case could be judged at
    all, which is what a busy machine does.
    """

    id: Text
    differs: Literal["verdict", "findings", "judged"]
    verdicts: tuple[Verdict, ...]
    """One for each round, in order."""
    sides: tuple[Round, ...]
    """The first round with each verdict, or with each set of findings, to be compared."""


UNSTEADY: Final = {
    "verdict": "whose verdict differs",
    "findings": "with one verdict, and other findings",
    "judged": "that could not be judged each time",
}
"""What rounds can differ in, and how cases are called whose rounds do."""


class Stability(_Part):
    """How many times the cases were played with one seed, and which of them did not come to the same each time."""

    rounds: int = Field(default=1, ge=1)
    cases: tuple[Unsteady, ...] = ()


class Problem(_Part):
    """One thing to mend: findings of one invariant and one shape, however many cases show it."""

    id: Text
    """Its invariant and a digest of its shape; the same with any seed."""
    invariant: Text
    level: Level
    """The heaviest level at which it was found."""
    shape: Text
    """The words of its findings without steps, numbers and quotations."""
    message: Text
    """The finding of its clearest case."""
    cases: tuple[Text, ...]
    """Every case that shows it, in the order of the record."""
    clearest: Text
    """The case that shows it with the fewest faults and the shortest exchange."""
    causes: tuple[Text, ...] = ()
    """The ids of the causes that explain it, the likeliest first; empty where no known cause does."""


class Cause(_Part):
    """What is likely wrong inside the target: a known mistake that looks from outside as this run does."""

    id: Text
    sentence: Text
    """What the target does wrong, in one sentence."""
    mends: Text
    """What usually mends it."""
    score: float = Field(ge=0, le=1)
    """How well the run looks like this mistake: 1 is exactly so."""
    explains: tuple[Text, ...]
    """The ids of the problems that it explains, wholly or in part."""
    cases: tuple[Text, ...]
    """The cases whose findings it explains, in the order of the record."""
    clearest: Text
    """The case to begin with."""
    replay: Text = ""
    """A command line that runs the clearest case again."""


class Target(_Part):
    """The proxy under test, as it was reached; never its environment, which holds secrets."""

    name: Text
    url: Text
    command: tuple[Text, ...] = ()
    capabilities: Free = Field(default_factory=dict)


class RunRecord(_Part):
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
    """The findings of all cases, told once each; `reports.problems` makes them from `cases`."""
    causes: tuple[Cause, ...] = ()
    """What likely lies behind the problems, the likeliest first; `reports.causes` finds them from `cases`."""
    load: Free = Field(default_factory=dict)
    leaks: Free = Field(default_factory=dict)
    coverage: Free = Field(default_factory=dict)
    properties: Free = Field(default_factory=dict)
    stability: Stability = Stability()
    not_judged: Free = Field(default_factory=dict)
    """What was left out or could not be judged, and why, in one row for each reason."""
    """How a repeated run came out round by round; `cases` says what its rounds come to."""

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
        cases: Iterable[CaseResult],
        properties: Mapping[str, JsonValue] | None = None,
        load: Mapping[str, JsonValue] | None = None,
        leaks: Mapping[str, JsonValue] | None = None,
        coverage: Mapping[str, JsonValue] | None = None,
        not_judged: Mapping[str, JsonValue] | None = None,
        stability: Stability | None = None,
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
                "verdict": overall(verdicts),
                "counts": count(verdicts),
                "cases": known,
                "load": dict(load or {}),
                "leaks": dict(leaks or {}),
                "coverage": dict(coverage or {}),
                "properties": dict(properties or {}),
                "not_judged": dict(not_judged or {}),
                "stability": stability or Stability(),
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
            raise RecordError(f"this is not JSON: {error}; give a results.json that edgeproof wrote") from error
        _check_schema(data)
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise RecordError(f"this is no {SCHEMA} record: {_first_errors(error)}") from error


def read(path: Path | str) -> RunRecord:
    """Read a `results.json`; raise `RecordError`, naming the file, when that cannot be done."""
    try:
        return RunRecord.from_json(Path(path).read_text(encoding="utf-8"))
    except RecordError as error:
        raise RecordError(f"{path}: {error}") from error
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}; name a results.json") from error
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: this is not UTF-8 ({error}); give a results.json that edgeproof wrote") from error


def _check_schema(data: object) -> None:
    name = data.get("schema") if isinstance(data, dict) else None
    match = re.fullmatch(r"edgeproof\.results/(\d{1,9})(\.\d{1,9})?", name) if isinstance(name, str) else None
    if match is None:
        raise RecordError(f'this is no record: "schema" is {json.dumps(name)[:80]}, not "{SCHEMA}"')
    theirs, ours = int(match[1]), int(SCHEMA.rpartition("/")[2])
    if theirs != ours:
        fix = "update edgeproof to read it" if theirs > ours else "read it with the edgeproof that wrote it"
        raise RecordError(f'this record has schema "{name}", this edgeproof reads "{SCHEMA}"; {fix}')


def _first_errors(error: ValidationError, at_most: int = 3) -> str:
    problems = error.errors(include_url=False, include_input=False)
    told = [f"{'.'.join(map(str, each['loc'])) or 'record'}: {each['msg']}" for each in problems[:at_most]]
    rest = len(problems) - len(told)
    return "; ".join(told) + (f"; and {rest} more" if rest else "")


def _plain(counts: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{number} {verdict}" for verdict, number in counts.items() if number) or "nothing"
