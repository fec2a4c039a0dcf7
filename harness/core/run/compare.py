"""Two records side by side: which cases got worse, and which better.

The one rule: only what both runs judged can get worse or better; a case that was not judged is merely changed, and
nothing is said of one that only one run was asked to play. A case with the same verdict got worse where it breaks what
it did not break before, by the identities of a baseline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.core.run.baseline import Baseline, breaches
from reports.record import RunRecord, Verdict

_SEARCHES: Final = "properties"
"""The suite whose cases are those that its searches come upon."""
_RANK = {Verdict.PASS: 0, Verdict.INFO: 1, Verdict.NON_STRICT: 2, Verdict.FAIL: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One case whose verdict differs; None where a search of that run did not come upon it."""

    case_id: str
    before: Verdict | None
    after: Verdict | None
    breach: str = ""
    """What a case breaks now that it did not break before, where its verdict is the same."""

    @property
    def is_worse(self) -> bool:
        """Whether a promise that was kept better before is kept worse now."""
        return self._difference > 0 or bool(self.breach)

    @property
    def is_better(self) -> bool:
        """Whether it is kept better now."""
        return self._difference < 0

    @property
    def word(self) -> str:
        """The change in one word."""
        return "worse" if self.is_worse else "better" if self.is_better else "changed"

    @property
    def _difference(self) -> int:
        if self.before in _RANK and self.after in _RANK:
            return _RANK[self.after] - _RANK[self.before]
        return 0


def in_both(before: RunRecord, after: RunRecord) -> frozenset[str]:
    """Return the ids of the cases that both records have."""
    return frozenset(case.id for case in before.cases) & {case.id for case in after.cases}


def compare_records(before: RunRecord, after: RunRecord) -> tuple[Change, ...]:
    """Return every case whose verdict differs, the worst first, then by id.

    A case that only one record has counts where both runs searched: the other search has not come upon it.
    """
    searched = all(any(case.suite == _SEARCHES for case in each.cases) for each in (before, after))
    counts = in_both(before, after)
    if searched:
        counts |= {case.id for each in (before, after) for case in each.cases if case.suite == _SEARCHES}
    old = {case.id: case.verdict for case in before.cases if case.id in counts}
    new = {case.id: case.verdict for case in after.cases if case.id in counts}
    changes = [
        Change(case_id=case_id, before=old.get(case_id), after=new.get(case_id))
        for case_id in {*old, *new}
        if old.get(case_id) is not new.get(case_id)
    ]
    baseline = Baseline.of(before)
    changes += [
        Change(
            case_id=each.case,
            before=old[each.case],
            after=new[each.case],
            breach=": ".join(filter(None, (each.invariant, each.shape))) or "something else",
        )
        for each in breaches(after)
        if each.case in new and old.get(each.case) is new[each.case] and baseline.find(each) is None
    ]
    return tuple(sorted(changes, key=lambda change: (not change.is_worse, not change.is_better, change.case_id)))
