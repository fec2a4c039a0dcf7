"""What a run found, for a program: the main parts of its record with types, and the whole record beside them.

The one rule: this reads what `results.json` says and decides nothing. A key that it does not know is in `record`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias

Verdict: TypeAlias = Literal["pass", "fail", "non-strict", "info", "not-applicable", "inconclusive", "harness-error"]

_ENDINGS: Final = {
    0: "all held",
    1: "a promise was broken",
    3: "something could not be judged",
    4: "a gate was missed",
}
_MOST_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observed breach of an invariant."""

    invariant: str
    level: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one case promised and what was seen; `replay` is a command line that runs it again."""

    id: str
    suite: str
    level: str
    verdict: Verdict
    duration_s: float
    promised: str
    saw: str
    findings: tuple[Finding, ...] = ()
    faults: tuple[str, ...] = ()
    replay: str = ""
    cause: str = ""
    """Why it could not be judged, or does not apply."""

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read one case of a record."""
        findings = [
            Finding(invariant=each["invariant"], level=each["level"], message=each["message"])
            for each in told.get("findings", ())
        ]
        return cls(
            id=told["id"],
            suite=told["suite"],
            level=told["level"],
            verdict=told["verdict"],
            duration_s=told["duration_s"],
            promised=told["promised"],
            saw=told["saw"],
            findings=tuple(findings),
            faults=tuple(told.get("faults", ())),
            replay=told.get("replay", ""),
            cause=told.get("cause", ""),
        )

    def __str__(self) -> str:
        """The case as a block of text, as a run tells it."""
        lines = [f"{self.verdict.upper()} {self.id} ({self.level})", f"  promised  {self.promised}"]
        lines += [f"  saw       {self.saw}".replace("\n", "\n            ")] if self.saw else []
        lines += [f"  cause     {self.cause}"] if self.cause else []
        lines += [f"  finding   {each.invariant}: {each.message}" for each in self.findings]
        lines += [f"  faults    {' + '.join(self.faults)}"] if self.faults else []
        lines += [f"  replay    {self.replay}"] if self.replay else []
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to fix, however many cases show it; `clearest` is the case to begin with."""

    id: str
    invariant: str
    level: str
    message: str
    cases: tuple[str, ...]
    clearest: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read one problem of a record."""
        return cls(
            id=told["id"],
            invariant=told["invariant"],
            level=told["level"],
            message=told["message"],
            cases=tuple(told["cases"]),
            clearest=told["clearest"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is likely wrong inside the proxy, and what usually fixes it; `cases` are those that it explains."""

    id: str
    sentence: str
    mends: str
    cases: tuple[str, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read one cause of a record."""
        return cls(id=told["id"], sentence=told["sentence"], mends=told["mends"], cases=tuple(told["cases"]))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result:
    """What a run found. `ok` is what its exit code says; the text of a result says what is wrong."""

    exit_code: int
    """0 all held, 1 a promise was broken, 3 inconclusive or a harness error, 4 a gate was missed."""
    verdict: Verdict
    target: str
    seed: int
    counts: Mapping[str, int]
    causes: tuple[Cause, ...]
    problems: tuple[Problem, ...]
    cases: tuple[Case, ...]
    record: Mapping[str, Any] = field(compare=False)
    """The whole record, as `results.json` has it."""
    report: Path | None = None
    """The folder of its reports, where one was asked for."""

    @classmethod
    def of(cls, record: Mapping[str, Any], *, exit_code: int, report: Path | None = None) -> Self:
        """Read a record."""
        return cls(
            exit_code=exit_code,
            verdict=record["verdict"],
            target=record["target"]["name"],
            seed=record["seed"],
            counts=record["counts"],
            causes=tuple(Cause.of(each) for each in record.get("causes", ())),
            problems=tuple(Problem.of(each) for each in record.get("problems", ())),
            cases=tuple(Case.of(each) for each in record["cases"]),
            record=record,
            report=report,
        )

    @property
    def ok(self) -> bool:
        """Whether all that was judged held, and every gate was met."""
        return self.exit_code == 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all cases."""
        return tuple(finding for case in self.cases for finding in case.findings)

    def case(self, case_id: str) -> Case:
        """Return what became of one case.

        Raises:
            KeyError: when the run had no such case.
        """
        for case in self.cases:
            if case.id == case_id:
                return case
        raise KeyError(case_id)

    def __str__(self) -> str:
        """The verdict, likely causes, then a line a problem."""
        counted = ", ".join(f"{number} {verdict}" for verdict, number in self.counts.items() if number)
        why = _ENDINGS.get(self.exit_code, f"exit code {self.exit_code}")
        if self.ok and self.verdict == "fail":
            why = "the baseline knows what fails, so it passes"
        lines = [f"{self.target}: {self.verdict} ({counted}; seed {self.seed}); {why}"]
        lines += [f"  likely cause: {each.sentence} {each.mends}".rstrip() for each in self.causes]
        for problem in self.problems[:_MOST_SHOWN]:
            also = f" and {len(problem.cases) - 1} more" if len(problem.cases) > 1 else ""
            lines.append(f"  {problem.level} {problem.invariant}: {problem.message} [{problem.clearest}{also}]")
        rest = len(self.problems) - _MOST_SHOWN
        lines += [f"  and {rest} more problems"] if rest > 0 else []
        doubtful = [case for case in self.cases if case.verdict in ("inconclusive", "harness-error")]
        lines += [f"  {case.verdict} {case.id}: {case.cause}" for case in doubtful[:_MOST_SHOWN]]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Result {self}>"
