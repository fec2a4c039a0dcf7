"""Which mutant was caught by which invariant: what a self-check comes to.

The one rule: a mutant is killed by its own invariant at that invariant's full weight, or it has survived. Being blamed
for something else, or a check that could not be made, is no kill.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.core.judging.invariants import ALL as INVARIANTS
from reports.outcome import BROKEN, HELD
from reports.record import CaseResult, Level, Verdict
from scenarios.mutants.mutant import Mutant

_SILENT = frozenset({Verdict.PASS, Verdict.INFO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One mutant judged by its cases. `cause` says why it could not be judged at all."""

    mutant: Mutant
    results: tuple[CaseResult, ...]
    cause: str = ""

    @property
    def blamed(self) -> dict[str, tuple[str, ...]]:
        """The invariants that it was found to break, each with the cases that showed it."""
        found: dict[str, list[str]] = {}
        for result in self.results:
            for finding in result.findings:
                if finding.level is not Level.OBSERVE:
                    found.setdefault(finding.invariant, []).append(result.id)
        return {name: tuple(dict.fromkeys(cases)) for name, cases in found.items()}

    @property
    def killed(self) -> bool:
        """Whether its own invariant caught it, at its full weight."""
        own = INVARIANTS[self.mutant.invariant]
        return any(
            finding.invariant == own.id and finding.level is own.level
            for result in self.results
            for finding in result.findings
        )

    @property
    def why(self) -> str:
        """Why it survived: what was seen instead."""
        if self.cause:
            return self.cause
        words = [f"{result.id}: {result.verdict.value}" + _because(result) for result in self.results]
        return "; ".join(words) or "no case was judged"


def _because(result: CaseResult) -> str:
    if result.cause:
        return f" ({result.cause})"
    blamed = sorted({finding.invariant for finding in result.findings})
    return f" ({', '.join(blamed)})" if blamed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillMatrix:
    """A whole self-check: the proxy without a defect, and every mutant."""

    seed: int
    duration_s: float
    clean: tuple[CaseResult, ...]
    trials: tuple[Trial, ...]

    @property
    def blamed_clean(self) -> tuple[CaseResult, ...]:
        """The cases in which the proxy without a defect was not passed."""
        return tuple(result for result in self.clean if result.verdict not in _SILENT)

    @property
    def survivors(self) -> tuple[Trial, ...]:
        """The mutants that their own invariants did not catch."""
        return tuple(trial for trial in self.trials if not trial.killed)

    @property
    def ordered(self) -> tuple[Trial, ...]:
        """Every trial, survivors first."""
        return tuple(sorted(self.trials, key=lambda trial: trial.killed))

    @property
    def exit_code(self) -> int:
        """0 when every mutant was killed and the clean proxy was passed, else 1."""
        return BROKEN if self.survivors or self.blamed_clean or not self.trials else HELD

    def summary(self) -> str:
        """Return the outcome in one sentence."""
        killed = len(self.trials) - len(self.survivors)
        blamed, cases = len(self.blamed_clean), len(self.clean)
        clean = f"was not passed in {blamed} of {cases} cases" if blamed else f"passed all {cases} cases"
        return (
            f"{killed} of {len(self.trials)} mutants killed by their own invariants in {self.duration_s:.0f} s; "
            f"the proxy without a defect {clean}"
        )

    def to_json(self) -> str:
        """Return the matrix as JSON: per mutant what it is, whether it was killed, and who blamed it in which case."""
        return json.dumps(
            {
                "schema": "edgeproof-kill-matrix/1",
                "seed": self.seed,
                "duration_s": self.duration_s,
                "mutants": len(self.trials),
                "killed": len(self.trials) - len(self.survivors),
                "clean": {
                    "cases": len(self.clean),
                    "blamed": [{"case": result.id, "why": _told(result)} for result in self.blamed_clean],
                },
                "trials": [_as_json(trial) for trial in self.ordered],
            },
            ensure_ascii=False,
            indent=2,
        )

    def to_markdown(self) -> str:
        """Return the matrix as Markdown, survivors first."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from ("# Who checks the checker", "", f"{self.summary()}. Seed {self.seed}.", "")
        if self.blamed_clean:
            yield from ("## Blamed without a defect", "", "| case | why |", "|---|---|")
            yield from (f"| `{result.id}` | {_cell(_told(result))} |" for result in self.blamed_clean)
            yield ""
        if self.survivors:
            yield from ("## Survivors", "", "| mutant | should be caught by | seen instead |", "|---|---|---|")
            for trial in self.survivors:
                yield f"| `{trial.mutant.id}` | `{trial.mutant.invariant}` | {_cell(trial.why)} |"
            yield ""
        yield from (
            "## Mutants",
            "",
            "| mutant | area | the defect | killed by | also blamed by |",
            "|---|---|---|---|---|",
        )
        for trial in self.ordered:
            mutant = trial.mutant
            own = f"`{mutant.invariant}`" if trial.killed else "**survived**"
            others = ", ".join(f"`{name}`" for name in trial.blamed if name != mutant.invariant)
            yield f"| `{mutant.id}` | {mutant.area} | {_cell(mutant.defect)} | {own} | {others} |"
        yield from ("", "## Invariants", "")
        yield from ("| invariant | kills its own | blames others | of its own survive |", "|---|---|---|---|")
        for name in INVARIANTS:
            mine = [trial for trial in self.trials if trial.mutant.invariant == name]
            more = sum(name in trial.blamed for trial in self.trials if trial not in mine)
            killed = sum(trial.killed for trial in mine)
            yield f"| `{name}` | {killed} | {more} | {len(mine) - killed} |"


def _as_json(trial: Trial) -> dict[str, object]:
    mutant = trial.mutant
    return {
        "id": mutant.id,
        "defect": mutant.defect,
        "area": mutant.area,
        "seam": mutant.seam,
        "invariant": mutant.invariant,
        "killed": trial.killed,
        "blamed": trial.blamed,
        "survived_because": "" if trial.killed else trial.why,
    }


def _told(result: CaseResult) -> str:
    said = [f"{finding.invariant}: {finding.message}" for finding in result.findings]
    return "; ".join([*said, *([result.cause] if result.cause else [])]) or result.verdict.value


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def used_cases(mutants: Sequence[Mutant]) -> str:
    """Return the globs of every case that some mutants need, for the proxy without a defect."""
    return ",".join(dict.fromkeys(glob for mutant in mutants for glob in mutant.cases))
