"""What a page says of many cases together."""

from __future__ import annotations

from collections.abc import Iterable

from reports.invariants import GUIDES, Guide
from reports.record import CaseResult, Verdict


def guides(cases: Iterable[CaseResult]) -> dict[str, Guide]:
    """Return the texts about the invariants that cases have findings of, in the order in which people read them."""
    broken = {finding.invariant for case in cases for finding in case.findings}
    return {name: guide for name, guide in GUIDES.items() if name in broken}


def share(verdicts: Iterable[Verdict]) -> str:
    """Say how many of a family pass; a family that nothing is claimed of says so."""
    known = [verdict for verdict in verdicts if verdict is not Verdict.NOT_APPLICABLE]
    return f"{known.count(Verdict.PASS)} of {len(known)} pass" if known else "not claimed"
