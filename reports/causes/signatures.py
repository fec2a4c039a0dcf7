"""What known mistakes look like from outside: the signatures that come with the package, read once.

The one rule: the file beside this module is made (`make signatures`) and never edited; a test fails when it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from reports.causes.seen import Pair, Seen

FILE: Final = Path(__file__).with_name("signatures.json")
"""Where the signatures are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What was seen of one proxy with one known mistake. A case that is not in `judged` says nothing about it."""

    id: str
    judged: frozenset[str]
    pairs: frozenset[Pair]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All signatures. `harmless` is what correct proxies show at `should`, as one that passes bytes on unread."""

    signatures: tuple[Signature, ...]
    harmless: frozenset[Pair]

    def telling(self, saw: Seen) -> frozenset[Pair]:
        """Return the pairs that speak of a mistake: all but what a correct proxy shows as well."""
        return saw.must | (saw.should - self.harmless)


@cache
def known() -> Known:
    """Return the signatures that come with the package."""
    return read(json.loads(FILE.read_text(encoding="utf-8")))


def read(data: Mapping[str, Any]) -> Known:
    """Return the signatures that a file holds."""
    rows: Mapping[str, Any] = {**data["right"], **data["wrong"]}
    harmless = frozenset(each for row in data["right"].values() for each in _pairs(row["should"]))
    found = []
    same: dict[frozenset[str], frozenset[str]] = {}  # most have judged the same, and are compared faster for being one
    for name, row in sorted(data["wrong"].items()):
        must = frozenset(_pairs(row["must"]))
        pairs = must | (frozenset(_pairs(row["should"])) - harmless)
        judged = frozenset(data["cases"]) - not_judged(row, rows)
        found.append(Signature(id=name, judged=same.setdefault(judged, judged), pairs=pairs))
    return Known(signatures=tuple(found), harmless=harmless)


def not_judged(row: Mapping[str, Any], rows: Mapping[str, Any]) -> frozenset[str]:
    """Return the cases that were not judged: those of the correct proxy it was made from, but for where they differ."""
    base = rows.get(row["base"], row)["not_judged"]
    return (frozenset(base) | frozenset(row["not_judged"])) - frozenset(row.get("judged_too", ()))


def _pairs(shown: Mapping[str, Iterable[str]]) -> Iterable[Pair]:
    return (Pair(case, invariant) for invariant, cases in shown.items() for case in cases)
