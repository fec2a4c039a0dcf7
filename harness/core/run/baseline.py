"""What was known to be broken before: a file of breaches, each by its identity, that a run is held against.

An identity is an invariant, a case and the shape of the finding: no number, no quotation, no order, so that it is the
same with any seed. Cases that a search makes up are named after their plan, which differs from seed to seed; of them
only the family counts (`found`), and any case at all that is known to break the invariant in this shape excuses them:
a search that comes upon a known defect by another way has found nothing new. It is not so the other way round. A case
of the suite asks the same each time, so what it never showed is new, even where a search has seen the like.

What counts as mended: a case that was judged, and does not show the breach any more. What was not chosen, not
applicable, or cut off by the end of a run says nothing. Nor does a search that comes upon nothing: it may have looked
elsewhere. So entries of searches are never called mended; their `last_seen` says how old they are.

A breach that is known as a `should` and has become a `must` is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

from reports.problems import shape
from reports.record import Breach, CaseResult, Level, RunRecord, Verdict

_SEARCHED: Final = ("found", "pairs")
"""The families of cases that searches make up."""
_HEAVIEST_FIRST: Final = (Level.MUST, Level.SHOULD)
_LEVELS: Final = {Verdict.FAIL: Level.MUST, Verdict.NON_STRICT: Level.SHOULD}

Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One known breach. It is excused up to and with the day `expires`, UTC; for ever when there is none."""

    case: str
    invariant: str
    shape: str
    level: Level
    first_seen: date
    last_seen: date
    expires: date | None = None
    reason: str = ""

    @property
    def identity(self) -> Identity:
        """What names it."""
        return self.case, self.invariant, self.shape

    def breach(self, case: str | None = None) -> Breach:
        """Return it as a record tells it, as seen in `case`."""
        return Breach(
            invariant=self.invariant,
            case=case or self.case,
            shape=self.shape,
            level=self.level,
            first_seen=self.first_seen,
            expires=self.expires,
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Known breaches, in the order of their identities."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, record: RunRecord) -> Self:
        """Take all that a run has shown, as seen on its day."""
        return cls().updated(record)

    def find(self, breach: Breach) -> Entry | None:
        """Return the entry that knows a breach as heavy as this one: that of its own case, or what lasts longest."""
        own = _named(breach.case)
        knowing = [
            entry
            for entry in self.entries
            if (entry.invariant, entry.shape) == (breach.invariant, breach.shape)
            and (entry.case == own or (own in _SEARCHED and breach.invariant))
            and not _heavier(breach.level, entry.level)
        ]
        return max(knowing, key=lambda entry: (entry.case == own, entry.expires or date.max), default=None)

    def mended(self, record: RunRecord) -> tuple[Entry, ...]:
        """Return the entries whose case was judged in this run and shows them no more.

        No case that is judged goes by the family that an entry of a search names.
        """
        judged = {case.id for case in record.cases if case.verdict.judged}
        seen = {(_named(each.case), each.invariant, each.shape) for each in breaches(record)}
        return tuple(entry for entry in self.entries if entry.case in judged and entry.identity not in seen)

    def updated(self, record: RunRecord) -> Self:
        """Return it with all that a run has shown: new entries, and a later `last_seen` of known ones."""
        day = record.started_at.date()
        known = {entry.identity: entry for entry in self.entries}
        for breach in breaches(record):
            entry = self.find(breach) or known.get((_named(breach.case), breach.invariant, breach.shape))
            if entry is None:
                fresh = Entry(
                    case=_named(breach.case), invariant=breach.invariant, shape=breach.shape, level=breach.level,
                    first_seen=day, last_seen=day,
                )  # fmt: skip
                known[fresh.identity] = fresh
                continue
            entry = known[entry.identity]
            level = breach.level if _heavier(breach.level, entry.level) else entry.level
            known[entry.identity] = replace(entry, last_seen=max(day, entry.last_seen), level=level)
        return replace(self, entries=tuple(known[name] for name in sorted(known)))

    def without(self, entries: Iterable[Entry]) -> Self:
        """Return it without some entries."""
        gone = {entry.identity for entry in entries}
        return replace(self, entries=tuple(each for each in self.entries if each.identity not in gone))


def breaches(record: RunRecord) -> tuple[Breach, ...]:
    """Return every promise that the judged cases of a run have broken, once for each case and shape.

    A search that failed is not told beside the cases that it found.
    """
    found = {_LEVELS[case.verdict] for case in record.cases if _is_find(case) and case.verdict in _LEVELS}
    told: dict[Identity, Breach] = {}
    for case in record.cases:
        for breach in _of(case):
            is_sum = case.suite == "properties" and not breach.invariant and breach.level in found
            before = told.get((breach.case, breach.invariant, breach.shape))
            if not is_sum and (before is None or _heavier(breach.level, before.level)):
                told[breach.case, breach.invariant, breach.shape] = breach
    return tuple(told.values())


def _of(case: CaseResult) -> Iterator[Breach]:
    heaviest = _LEVELS.get(case.verdict)
    if heaviest is None:
        return
    levels = set()
    for finding in case.findings:
        if finding.level in _HEAVIEST_FIRST:
            level = heaviest if _heavier(finding.level, heaviest) else finding.level
            levels.add(level)
            yield Breach(invariant=finding.invariant, case=case.id, shape=shape(finding), level=level)
    if heaviest not in levels:
        yield Breach(case=case.id, level=heaviest)


def _is_find(case: CaseResult) -> bool:
    return _named(case.id) in _SEARCHED


def _named(case_id: str) -> str:
    """Return the name of a case in a baseline: of one that a search has made up, its family."""
    family = case_id.partition(".")[0]
    return family if family in _SEARCHED else case_id


def _heavier(level: Level, other: Level) -> bool:
    return _HEAVIEST_FIRST.index(level) < _HEAVIEST_FIRST.index(other)
