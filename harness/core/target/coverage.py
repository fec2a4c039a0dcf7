"""How much of a target's code a run has reached: files, lines and branches, and the one number a gate is held against.

The one rule: what was never measured is unknown, not 0 %; a line that counts is one that the measuring tool calls
executable, and a branch is one way out of such a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from pydantic import JsonValue

LOADED_ALONE: Final = "files that the target loaded; to count others too, name them in target.source"
_RECORD: Final = re.compile(r"(SF|DA|BRDA):(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCoverage:
    """One source file. `lines` and `branches` count what can be run, `missed` are the lines that were not."""

    path: str
    lines: int
    missed: tuple[int, ...]
    branches: int = 0
    branches_missed: int = 0

    @property
    def percent(self) -> float:
        """Lines and branches reached, of all there are, in percent; a file with none of either has all it can have."""
        return _percent([self])


def read_lcov(text: str, *, root: str = "") -> tuple[FileCoverage, ...]:
    """Read a tracefile (lcov's geninfo(1), section FILES); the same line of a file told twice counts once.

    A file's path is shown from `root` on.
    """
    lines: dict[str, dict[int, bool]] = {}
    branches: dict[str, dict[str, bool]] = {}
    path = ""
    for kind, value in (match.groups() for match in map(_RECORD.fullmatch, text.splitlines()) if match):
        if kind == "SF":
            path = value.removeprefix(f"{root}/") if root else value
            lines.setdefault(path, {})
            branches.setdefault(path, {})
        elif kind == "DA":
            number, _, hits = value.partition(",")
            known = lines[path]
            known[int(number)] = known.get(int(number), False) or hits.partition(",")[0] != "0"
        else:
            way, _, taken = value.rpartition(",")
            known_ways = branches[path]
            known_ways[way] = known_ways.get(way, False) or taken not in {"-", "0"}
    return tuple(
        FileCoverage(
            path=path,
            lines=len(found),
            missed=tuple(sorted(number for number, hit in found.items() if not hit)),
            branches=len(branches[path]),
            branches_missed=sum(not taken for taken in branches[path].values()),
        )
        for path, found in sorted(lines.items())
    )


def total_percent(files: Iterable[FileCoverage]) -> float | None:
    """Return how much of all files was reached, in percent; None when there is nothing to reach."""
    known = [file for file in files if file.lines or file.branches]
    return _percent(known) if known else None


def missed_ranges(missed: Iterable[int]) -> str:
    """Return line numbers as a reader looks them up: `3, 7-9`; empty when nothing was missed."""
    numbers = sorted(set(missed))
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b > a + 1)] if numbers else []
    ends = [*(a for a, b in pairwise(numbers) if b > a + 1), numbers[-1]] if numbers else []
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def section(
    files: Sequence[FileCoverage], *, fail_under: float | None, loaded_alone: bool = False
) -> dict[str, JsonValue]:
    """Return what a record tells of it: the number, its gate, and a row a file, least covered first.

    `loaded_alone` says that no other files were counted than those that the target loaded.
    """
    percent = total_percent(files)
    return {
        **({"counted": LOADED_ALONE} if loaded_alone and files else {}),
        "percent": None if percent is None else round(percent, 2),
        "fail_under": fail_under,
        "met": None if fail_under is None or percent is None else is_met(percent, fail_under),
        "lines": sum(file.lines for file in files),
        "lines_missed": sum(len(file.missed) for file in files),
        "branches": sum(file.branches for file in files),
        "branches_missed": sum(file.branches_missed for file in files),
        "files": [
            {
                "path": file.path,
                "percent": round(file.percent, 2),
                "lines": file.lines,
                "branches": file.branches,
                "partial": file.branches_missed,
                "missed": missed_ranges(file.missed),
            }
            for file in sorted(files, key=lambda each: (each.percent, each.path))
        ],
    }


def is_met(percent: float, fail_under: float) -> bool:
    """Whether a number passes a gate; it is not rounded up to do so."""
    return percent >= fail_under


def _percent(files: Sequence[FileCoverage]) -> float:
    there = sum(file.lines + file.branches for file in files)
    missed = sum(len(file.missed) + file.branches_missed for file in files)
    return 100.0 * (there - missed) / there if there else 100.0
