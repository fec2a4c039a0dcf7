"""Kept answers in the form that each client accepts: NDJSON or events, and one coding or another.

The one rule: a client says by its Accept that it reads lines and nothing else. Upstream may stream either kind.
"""

from __future__ import annotations

from fault_injection.client import Manner
from fault_injection.families import sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_LONG = Prompt(tokens=300)
_LINES = (("Accept", "application/x-ndjson"),)

CASES: tuple[Case, ...] = (
    Case(
        id="cache.lines-then-lines",
        promise="A cached stream of NDJSON is replayed as NDJSON and equals the original.",
        reference="NDJSON 1.0.0 §3.1; RFC 9110 §12.5.1 Accept",
        focus=("cache-hit-equal", "cache-stream-form"),
        needs=("cache.ndjson", "cache.streams"),
        steps=(Step(label="first", headers=_LINES), Step(label="again", headers=_LINES)),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.lines-and-events",
        promise="A client that reads events gets events, even when the answer was cached as NDJSON, and the reverse.",
        reference="RFC 9111 §4.1; RFC 9110 §12.5.1 Accept",
        focus=("cache-stream-form", "cache-hit-equal"),
        needs=("cache.ndjson", "cache.streams"),
        steps=(
            Step(label="lines", headers=_LINES),
            Step(label="events"),
            Step(label="other-events", question="r"),
            Step(label="other-lines", question="r", headers=_LINES),
        ),
        expect=(
            Expect(step="lines", seen="answered", invariant="no-loss"),
            Expect(step="events", seen="answered", invariant="cache-stream-form"),
            Expect(step="other-events", seen="answered", invariant="no-loss"),
            Expect(step="other-lines", seen="answered", invariant="cache-stream-form"),
        ),
    ),
    Case(
        id="cache.not-cut-lines",
        promise="A stream of NDJSON that stopped inside a line is not cached, however cleanly it ended.",
        reference="NDJSON 1.0.0 §3.1; edgeproof's own rule: cache-never-bad",
        focus=("cache-never-bad",),
        needs=("cache.ndjson", "cache.streams"),
        steps=(Step(label="cut", headers=_LINES), Step(label="again", headers=_LINES)),
        upstream=(Upstream(faults=(sse_ends.CutAtByte(at_byte=700, end="clean"),), first=1),),
        expect=(
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
            Expect(step="again", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="cache.coding-of-each-client",
        promise="Each client gets a cached answer in a coding that it accepts, with Vary where that was a choice.",
        reference="RFC 9110 §12.5.3, §12.5.5; RFC 9111 §4.1",
        focus=("coding-varies", "cache-hit-equal"),
        needs=("cache",),
        steps=(
            Step(label="browser", stream=False, prompt=_LONG, manner=Manner(accept_encoding="gzip, deflate, br, zstd")),
            Step(label="plain", stream=False, prompt=_LONG, manner=Manner(accept_encoding="identity")),
            Step(label="gzip", stream=False, prompt=_LONG, manner=Manner(accept_encoding="gzip, br;q=0, zstd;q=0")),
        ),
        expect=(
            Expect(step="browser", seen="answered", invariant="no-loss"),
            Expect(step="plain", seen="answered", invariant="cache-hit-equal"),
            Expect(step="gzip", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
)
