"""The verdict on a chat load, and its part of the record.

The one rule: what is kept must be what was told. A wrong text is a broken promise; an answer that failed is an
objective that was missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.load.chat.job import mark_of
from harness.core.load.chat.measured import Chat, Measured
from harness.core.load.chat.targets import DEFINITIONS, table
from harness.core.load.lateness import Lateness
from reports.record import Finding, Level, Verdict
from scenarios.load import ChatLoad

_EVIDENCE_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOutcome:
    """Everything that a chat load on one database has shown. `trouble` says why it shows less than it should, `extra`
    are findings about the target as a whole."""

    database: str
    load: ChatLoad
    measured: Measured
    upstream_ends_s: Mapping[str, float]
    lateness: Lateness
    lasted_s: float
    trouble: str = ""
    extra: tuple[Finding, ...] = ()

    @property
    def objectives(self) -> list[dict[str, Any]]:
        """Each target with what was measured of it."""
        return table(
            self.measured,
            self.upstream_ends_s,
            streams=self.load.streams,
            lateness=self.lateness,
            database=self.database,
        )

    @property
    def _name(self) -> str:
        return self.database or "its own"

    @property
    def right(self) -> int:
        """How many answers came whole and were found kept as they were told."""
        return sum(not chat.problem and chat.seen_s is not None for chat in self.measured.chats)

    @property
    def row(self) -> dict[str, Any]:
        """What was asked of one database, and how it went."""
        return {
            "database": self._name,
            "answers": len(self.measured.chats),
            "right": self.right,
            "lists": sum(look.kind == "list" for look in self.measured.looks),
            "gets": sum(look.kind == "get" for look in self.measured.looks),
            "most_streams": self.measured.most_at_once,
            "lasted_s": round(self.lasted_s, 2),
            "generator_cpus": self._generator_cpus,
            "complete": not self.trouble and self.measured.ended,
        }

    @property
    def _generator_cpus(self) -> float | None:
        spent_s = self.measured.spent_s
        return None if spent_s is None or self.lasted_s <= 0 else round(spent_s / self.lasted_s, 2)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """What went wrong and how often."""
        looks = (f"{look.kind}: {look.problem}" for look in self.measured.looks if look.problem)
        chats = (chat.problem for chat in self.measured.chats if chat.problem)
        unkept = ("never found kept" for chat in self.measured.chats if not chat.problem and chat.seen_s is None)
        told = Counter((*chats, *unkept, *looks))
        return [{"database": self._name, "problem": what, "times": times} for what, times in told.most_common()]

    @property
    def saw(self) -> str:
        """What was seen, in words."""
        found = self.measured
        met = [row["met"] for row in self.objectives]
        return (
            f"{self.right} of {len(found.chats)} answers whole and kept, {found.most_at_once} at once at the most; "
            f"{met.count(True)} of {len(met)} targets held"
        )

    def verdict(self) -> tuple[Verdict, tuple[Finding, ...], str]:
        """Return the verdict, what it is founded on, and why nothing can be said where that is so."""
        findings = (*self.extra, *_findings(self.measured))
        if findings:
            return Verdict.FAIL, findings, ""
        if self.trouble:
            return Verdict.INCONCLUSIVE, (), self.trouble
        if not self.measured.chats:
            return Verdict.INCONCLUSIVE, (), "nothing was measured: no answer came in"
        if not self.measured.ended:
            return Verdict.INCONCLUSIVE, (), "the load generator went silent before its end"
        return Verdict.PASS, (), ""


def _findings(measured: Measured) -> Iterator[Finding]:
    """Yield one finding for each kind of wrong answer, with the first as evidence."""
    whole = [chat for chat in measured.chats if not chat.problem]
    mixed = [chat for chat in whole if mark_of(chat.nonce) not in chat.told]
    other = [chat for chat in whole if chat.seen_s is None and chat.kept]
    if mixed:
        yield _finding("no-cross-talk", f"{len(mixed)} answers belong to another question", mixed[0])
    if other:
        yield _finding("no-loss", f"{len(other)} answers are kept as whole with another text than was told", other[0])


def _finding(invariant: str, message: str, first: Chat) -> Finding:
    evidence = [f"{first.nonce}: told {first.told[:_EVIDENCE_CHARACTERS]!r}"]
    evidence += [f"kept {text[:_EVIDENCE_CHARACTERS]!r}" for text in first.kept[:2]]
    return Finding(invariant=invariant, level=Level.MUST, message=message, evidence=tuple(evidence))


def section(outcomes: tuple[ChatOutcome, ...]) -> dict[str, Any]:
    """Return the load's section of the record, of all databases together."""
    load = outcomes[0].load
    return {
        "asked_for": f"{load.streams} streams at once by {load.users} users of {load.tenants} tenants, "
        f"{load.rounds} questions in each conversation",
        "answers": sum(len(each.measured.chats) for each in outcomes),
        "right": sum(each.right for each in outcomes),
        "lasted_s": sum(each.lasted_s for each in outcomes),
        "harness": "; ".join(dict.fromkeys(each.lateness.told or "in time" for each in outcomes)),
        "objectives": [row for each in outcomes for row in each.objectives],
        "databases": [each.row for each in outcomes],
        "problems": [row for each in outcomes for row in each.problems],
        "definitions": dict(DEFINITIONS),
    }
