"""What a record shows, finding by finding, and which known mistakes each finding speaks against.

The one rule: a cause is named for what its sentence is true of. An answer of 200 is not behind what a client got a 500
for. Where a record does not say what the client got, anything may be true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from reports.causes.mistakes import Mistake
from reports.causes.seen import Pair, pair
from reports.problems import problem_id, shape, telling
from reports.record import CaseResult, RunRecord

_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One finding that is a problem. `status` is what the client got, None where it got no answer, -1 if unknown."""

    case: CaseResult
    problem: str
    pair: Pair
    status: int | None = _UNKNOWN

    def fits(self, mistake: Mistake) -> bool:
        """Whether what a mistake's sentence says may be true of it."""
        return mistake.client_gets is None or self.status in (mistake.client_gets, _UNKNOWN)


def sights(record: RunRecord) -> Iterator[Sight]:
    """Yield every finding that is a problem."""
    for case in record.cases:
        statuses = {each.label: each.status for each in case.exchanges if each.lane == "client"}
        for finding in telling(case):
            yield Sight(
                case=case,
                problem=problem_id(finding.invariant, shape(finding)),
                pair=pair(case, finding),
                status=statuses.get(finding.message.partition(":")[0], _UNKNOWN),
            )


def barred(found: Iterable[Sight], mistakes: Iterable[Mistake]) -> Mapping[str, frozenset[Pair]]:
    """Return the pairs of which a mistake's sentence is true in no finding, for each, by its id, that has any."""
    seen = tuple(found)
    bars: dict[str, frozenset[Pair]] = {}
    for mistake in mistakes:
        fit = {each.pair for each in seen if each.fits(mistake)}
        bars[mistake.id] = frozenset(each.pair for each in seen if each.pair not in fit)
    return {name: pairs for name, pairs in bars.items() if pairs}
