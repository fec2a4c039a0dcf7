"""Whether the events of an answer are in the order, and of the kinds, that their dialect has.

The one rule: the reader has noted every departure while it read; one that follows from a break upstream is none.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.evidence import odd
from harness.core.judging.invariants.rule import Breach
from harness.core.judging.view import AskView


def departures(ask: AskView) -> Iterator[Breach]:
    """Find where an answer departs from the grammar of its dialect."""
    strays = ask.reading.strays
    if strays:
        more = f", and {len(strays) - 1} more" if len(strays) > 1 else ""
        told = f"{ask.name}: this is no {ask.client.dialect} stream: {strays[0]}{more}"
        yield Breach(told, evidence=odd("; ".join(strays), ask))
