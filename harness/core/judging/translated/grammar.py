"""Whether the events of an answer are in the order, and of the kinds, that their dialect has.

The one rule: the reader has noted every departure while it read. Of one that upstream made a pipe knows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.evidence import odd
from harness.core.judging.invariants.rule import Breach
from harness.core.judging.view import AskView
from reports.record import Level


def departures(ask: AskView) -> Iterator[Breach]:
    """Find where an answer departs from the grammar of its dialect."""
    strays = ask.reading.strays
    if strays:
        passed_on = any(
            call.dialect == ask.client.dialect and {*strays} <= {*call.reading.strays} for call in ask.known
        )
        more = f", and {len(strays) - 1} more" if len(strays) > 1 else ""
        told = f"{ask.name}: this is no {ask.client.dialect} stream: {strays[0]}{more}"
        told += ", as upstream sent it" if passed_on else ""
        yield Breach(told, Level.SHOULD if passed_on else None, odd("; ".join(strays), ask))
