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
from scenarios.case import Case
from scenarios.index import ALL
from tests.signatures.playing import SEED
from tests.signatures.subjects import Subject, case_digests, digest, right_ones, wrong_ones

_NOTHING: Mapping[str, Any] = {"not_judged": (), "problems": (), "must": {}, "should": {}}


@dataclass(slots=True, kw_only=True)
class Kept:
    """What is in the file: the digests of the cases, and what was seen of each proxy.

    While signatures are made anew after a change of cases, `cases` is what the rows were made with that are still to
    follow; so each of them is played over what has changed, and no more.
    """

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

    def needed(self, subject: Subject) -> tuple[Case, ...]:
        """Return the cases that a proxy has to be played over: those that changed, so none where it is fresh.

        It is all of them when the proxy is new or another one, and when a claim of its is absent, which many cases show
        together.
        """
        row = self.right.get(subject.id) or self.wrong.get(subject.id)
        if row is not None and row["made_of"] == made_of(subject, case_digests()):
            return ()
        if row is None or row["made_of"] != made_of(subject, self.cases) or _has_absent_claims(row):
            return ALL
        return tuple(case for case in ALL if self.cases.get(case.id) != case_digests()[case.id])

    def add(self, subject: Subject, results: Sequence[CaseResult]) -> str | None:
        """Keep what was seen of a proxy in some cases, and return how much that was; None if it wants all cases."""
        saw = seen(results)
        played = {result.id for result in results}
        new = {
            "not_judged": sorted({case.id for case in ALL if case.id in played} - saw.judged),
            "problems": sorted(problem.id for problem in problems(results)),
            "must": _by_invariant(saw.must),
            "should": _by_invariant(saw.should),
        }
        rows = self.right if subject.id in right_ones() else self.wrong
        if not played >= {case.id for case in ALL}:
            if _has_absent_claims(new):
                self.drop(subject)
                return None
            new = _joined(rows[subject.id], new, stays={case.id for case in ALL} - played)
        rows[subject.id] = {"base": subject.base, "made_of": made_of(subject, case_digests()), **new}
        return f"{len(saw.must) + len(saw.should):>4} pairs {len(new['problems']):>3} problems"

    def drop(self, subject: Subject) -> None:
        """Forget what was seen of a proxy, so that it is played over every case."""
        self.right.pop(subject.id, None)
        self.wrong.pop(subject.id, None)

    def forget_others(self, subjects: Sequence[Subject]) -> None:
        """Drop the proxies that there are no longer, and the cases."""
        names = {subject.id for subject in subjects}
        self.right = {name: row for name, row in self.right.items() if name in names}
        self.wrong = {name: row for name, row in self.wrong.items() if name in names}
        left = {name: told for name, told in self.cases.items() if name in case_digests()}
        for subject in subjects if left != self.cases else ():
            row = self.right.get(subject.id) or self.wrong.get(subject.id)
            if row is not None and row["made_of"] == made_of(subject, self.cases):
                row |= {**_joined(row, _NOTHING, stays=set(left)), "made_of": made_of(subject, left)}
        self.cases = left

    def write(self) -> None:
        """Write the file; once every signature is fresh, the cases are those that there are."""
        if not stale_ones(self):
            self.cases = case_digests()
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


def made_of(subject: Subject, cases: Mapping[str, str]) -> str:
    """Return a digest of all that a signature depends on: the proxy's defect, the seed and every case."""
    return f"{subject.made_of}-{digest(SEED, *sorted(cases.items()))}"


def stale_ones(kept: Kept) -> list[Subject]:
    """Return the proxies whose signature is not there, or was made of something else.

    The right ones come first, and then one for each mistake before a second of any, so that a part of them says most.
    """
    turns = {name: turn for mistake in ALL_MISTAKES for turn, name in enumerate(mistake.made_by)}
    wrong = sorted(wrong_ones().values(), key=lambda subject: turns.get(subject.id, len(turns)))
    return [each for each in (*right_ones().values(), *wrong) if kept.needed(each)]


def _has_absent_claims(row: Mapping[str, Any]) -> bool:
    shown = (case for level in ("must", "should") for cases in row[level].values() for case in cases)
    return any(case.startswith("claims.") for case in shown)


def _joined(old: Mapping[str, Any], new: Mapping[str, Any], *, stays: set[str]) -> dict[str, Any]:
    """Return a row of what was seen before in the cases that stay, and of what was seen now in the others."""
    joined: dict[str, Any] = {
        "not_judged": sorted({case for case in old["not_judged"] if case in stays} | {*new["not_judged"]})
    }
    for level in ("must", "should"):
        before = {
            (case, invariant)
            for invariant, cases in old[level].items()
            for case in cases
            if case in stays or case.startswith("claims.")
        }
        now = {(case, invariant) for invariant, cases in new[level].items() for case in cases}
        joined[level] = _by_invariant(Pair(*pair) for pair in before | now)
    broken = {*joined["must"], *joined["should"]}
    joined["problems"] = sorted(
        {name for name in (*old["problems"], *new["problems"]) if name.rpartition("-")[0] in broken}
    )
    return joined


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
