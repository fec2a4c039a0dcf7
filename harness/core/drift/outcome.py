"""What a comparison came to: differences, who moved, what could not be compared; as a record that is kept and read.

The one rule: what was not compared is told, and never counts as equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from harness.core.drift.difference import Difference, Weight, differences
from harness.core.drift.form import Form, from_json, shown, to_json
from harness.core.observed import json_text

SCHEMA: Final = "edgeproof.drift/1"
FailOn: TypeAlias = Literal["breaking", "any"]
Mover: TypeAlias = Literal["upstream", "mock", "both", "neither", "unknown", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The forms of both sides' answers to one question."""

    mock: Form
    upstream: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One question: the forms of both answers, or why the real one is not compared.

    `known` names, by a difference's key, what makes the mock answer so as well. `said` is what a real error said.
    """

    id: str
    sides: Sides | None = None
    why_not: str = ""
    known: Mapping[tuple[str, str], str] = field(default_factory=dict)
    said: str = ""

    @property
    def differences(self) -> tuple[Difference, ...]:
        """In what the two differ, known variations included."""
        return differences(self.sides.mock, self.sides.upstream) if self.sides is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A difference as it is told: once, with every question whose answers show it."""

    difference: Difference
    known: str
    moved: Mover
    questions: tuple[str, ...]
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All of it. `before` holds the forms of an earlier record, by question."""

    version: str
    upstream: str
    model: str
    compared: tuple[Compared, ...]
    fail_on: FailOn = "breaking"
    before: Mapping[str, Sides] = field(default_factory=dict)

    @property
    def told(self) -> tuple[Told, ...]:
        """Every difference once: drift by weight, then known variations."""
        found: dict[tuple[Difference, str], Told] = {}
        for each in self.compared:
            for difference in each.differences:
                known = each.known.get(difference.key, "")
                moved: Mover = "nobody" if known else self._mover(each, difference.path)
                said = each.said if difference.path == "/status" else ""
                first = found.get((difference, known))
                if first is None:
                    told = Told(difference=difference, known=known, moved=moved, questions=(each.id,), said=said)
                else:
                    same = first.moved if first.moved == moved else "unknown"
                    told = replace(first, moved=same, questions=(*first.questions, each.id))
                found[difference, known] = told
        weights = [*Weight]
        return tuple(sorted(found.values(), key=lambda told: (bool(told.known), weights.index(told.difference.weight))))

    @property
    def drift(self) -> tuple[Told, ...]:
        """The differences that are no known variations."""
        return tuple(told for told in self.told if not told.known)

    @property
    def not_compared(self) -> tuple[Compared, ...]:
        """The questions whose answers could not be compared."""
        return tuple(each for each in self.compared if each.sides is None)

    @property
    def exit_code(self) -> int:
        """0 no drift that counts, 1 some, 3 something could not be compared."""
        if any(self.fail_on == "any" or told.difference.weight is Weight.BREAKING for told in self.drift):
            return 1
        return 3 if self.not_compared or not self.compared else 0

    def to_json(self) -> str:
        """Return the record as JSON text."""
        told = {
            "schema": SCHEMA,
            "edgeproof": self.version,
            "upstream": self.upstream,
            "model": self.model,
            "exit_code": self.exit_code,
            "differences": list(self._differences()),
            "not_compared": {each.id: each.why_not for each in self.not_compared},
            "forms": {
                each.id: {"mock": to_json(each.sides.mock), "upstream": to_json(each.sides.upstream)}
                for each in self.compared
                if each.sides is not None
            },
        }
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"

    def _differences(self) -> Iterator[dict[str, object]]:
        for number, told in enumerate(self.told, start=1):
            difference = told.difference
            yield {
                "number": number,
                "path": shown(difference.path),
                "pointer": difference.path,
                "weight": str(difference.weight),
                "mock": difference.mock,
                "upstream": difference.upstream,
                "known": told.known,
                "moved": told.moved,
                "questions": list(told.questions),
                "said": told.said,
            }

    def _mover(self, now: Compared, path: str) -> Mover:
        before = self.before.get(now.id)
        if before is None or now.sides is None:
            return "unknown"
        mock = before.mock.get(path) != now.sides.mock.get(path)
        upstream = before.upstream.get(path) != now.sides.upstream.get(path)
        return "both" if mock and upstream else "mock" if mock else "upstream" if upstream else "neither"


def forms_of(text: str) -> dict[str, Sides]:
    """Return the forms of an earlier record, by question.

    Raises:
        ValueError: it is no such record.
    """
    told = json_text.loads(text)
    if not isinstance(told, dict) or told.get("schema") != SCHEMA or not isinstance(told.get("forms"), dict):
        raise ValueError(f"its schema is not {SCHEMA}")
    return {
        name: Sides(mock=from_json(sides.get("mock")), upstream=from_json(sides.get("upstream")))
        for name, sides in told["forms"].items()
        if isinstance(sides, dict)
    }
