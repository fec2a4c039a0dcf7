"""Codings that follow from what a client accepts: the next client may accept something else.

The one rule: a coding that upstream chose is upstream's to explain.
Source: RFC 9110 §12.5.3 (Accept-Encoding), §12.5.5 (Vary); RFC 9111 §4.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.invariants.clients import accepts_coding
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import CaseView
from reports.record import Level


def coding_varies(view: CaseView) -> Iterator[Breach]:
    """An answer coded for its client says that others may get another coding, and no copy of it goes to them."""
    for ask in view.asks:
        client, accepts = ask.client, ask.client.moves.manner.accept_encoding
        coding = (client.header("content-encoding") or "").strip().lower()
        by_upstream = any(call.header("content-encoding") for call in ask.known)
        if not accepts or coding in ("", "identity") or by_upstream:
            continue
        varies = {item.strip().lower() for item in (client.header("vary") or "").split(",")}
        if not varies & {"accept-encoding", "*"}:
            yield Breach(f"{ask.name}: the answer came in {coding} and without Vary: Accept-Encoding")
        if not ask.own and not accepts_coding(coding, accepts):
            yield Breach(f"{ask.name}: the answer was kept in {coding}, and its client takes {accepts!r}")


INVARIANTS = (Invariant("coding-varies", Level.SHOULD, coding_varies),)
