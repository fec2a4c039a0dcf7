"""The file of signatures, as it is written: sorted, one line for each invariant, so that a change can be read.

The one rule: what is written depends on what was seen and on nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.causes.mistakes import ALL as ALL_MISTAKES
from reports.causes.seen import Pair, seen
from reports.causes.signatures import FILE, not_judged
from reports.problems import problems
from reports.record import CaseResult
from scenarios.index import ALL
from tests.signatures.playing import SEED
from tests.signatures.subjects import Subject, case_digests, digest, right_ones, wrong_ones


@dataclass(slots=True, kw_only=True)
class Kept:
    """What is in the file: the digests of the cases, and what was seen of each proxy."""

    cases: dict[str, str] = field(default_factory=dict)
    right: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Kept:
        """Read the file; without one, nothing is known."""
        if not FILE.exists():
            return cls()
        data = json.loads(FILE.read_text(encoding="utf-8"))
        rows = {**data["right"], **data["wrong"]}
        for row in data["wrong"].values():
            row["not_judged"] = sorted(not_judged(row, rows))
        return cls(cases=data["cases"], right=data["right"], wrong=data["wrong"])

    def add(self, subject: Subject, results: Sequence[CaseResult]) -> str:
        """Keep what was seen of a proxy, and return how much that was."""
        saw = seen(results)
        row = {
            "base": subject.base,
            "made_of": made_of(subject),
            "not_judged": sorted({case.id for case in ALL} - saw.judged),
            "problems": sorted(problem.id for problem in problems(results)),
            "must": _by_invariant(saw.must),
            "should": _by_invariant(saw.should),
        }
        (self.right if subject.id in right_ones() else self.wrong)[subject.id] = row
        return f"{len(saw.must) + len(saw.should):>4} pairs {len(row['problems']):>3} problems"

    def forget_others(self, subjects: Iterable[Subject]) -> None:
        """Drop the proxies that there are no longer, and take the cases for those that there are."""
        names = {subject.id for subject in subjects}
        self.right = {name: row for name, row in self.right.items() if name in names}
        self.wrong = {name: row for name, row in self.wrong.items() if name in names}
        self.cases = case_digests()

    def write(self) -> None:
        """Write the file."""
        FILE.write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """Return what the file holds."""
        wrong = {name: self._beside_its_base(row) for name, row in self.wrong.items()}
        data = {"seed": SEED, "cases": self.cases, "right": self.right, "wrong": wrong}
        return _laid_out(data) + "\n"

    def _beside_its_base(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row that names only the unjudged cases that its base has judged, and the other way round."""
        base = set(self.right.get(row["base"], {}).get("not_judged", ()))
        own = set(row["not_judged"])
        return {**row, "not_judged": sorted(own - base), "judged_too": sorted(base - own)}

    def own_problems(self, name: str) -> int:
        """Return how many problems a broken proxy has that the right one does not have from which it was made."""
        row = self.wrong[name]
        return len(set(row["problems"]) - set(self.right[row["base"]]["problems"]))


def made_of(subject: Subject) -> str:
    """Return a digest of all that a signature depends on: the proxy's defect, the seed and every case."""
    return f"{subject.made_of}-{digest(SEED, *case_digests().items())}"


def stale_ones(kept: Kept) -> list[Subject]:
    """Return the proxies whose signature is not there, or was made of something else.

    The right ones come first, and then one for each mistake before a second of any, so that a part of them says most.
    """
    known = {name: row["made_of"] for name, row in (*kept.right.items(), *kept.wrong.items())}
    turns = {name: turn for mistake in ALL_MISTAKES for turn, name in enumerate(mistake.made_by)}
    wrong = sorted(wrong_ones().values(), key=lambda subject: turns.get(subject.id, len(turns)))
    return [each for each in (*right_ones().values(), *wrong) if known.get(each.id) != made_of(each)]


def _by_invariant(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case, invariant in sorted(pairs):
        found.setdefault(invariant, []).append(case)
    return dict(sorted(found.items()))


def _laid_out(value: object, depth: int = 0) -> str:
    """Return JSON with one line for each entry of a mapping, and lists in one line."""
    if not isinstance(value, Mapping) or not value:
        return json.dumps(value, ensure_ascii=False)
    pad = " " * (depth + 1)
    rows = [f"{pad}{json.dumps(key)}: {_laid_out(each, depth + 1)}" for key, each in sorted(value.items())]
    return "{\n" + ",\n".join(rows) + f"\n{' ' * depth}}}"
