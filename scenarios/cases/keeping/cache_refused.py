"""Answers that must not be kept: errors, broken ones, cut ones, and those whose client left.

The one rule: the question is asked twice; the fault meets only the first call, or is in the answer itself.
"""

from __future__ import annotations

from fault_injection.families import client, http, payload, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="cache.not-a-client-error",
        promise="A rejected request is not cached: the next one asks upstream.",
        reference="RFC 9111 §3",
        focus=("cache-never-bad",),
        needs=("cache",),
        steps=(
            Step(label="declined", stream=False),
            Step(label="again", stream=False),
            Step(label="missing", question="r", stream=False),
            Step(label="found", question="r", stream=False),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=400),), first=1),
            Upstream(faults=(http.Status(code=404),), question="r", first=1),
        ),
        expect=(
            Expect(step="declined", seen="failed", invariant="status-mapped"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
            Expect(step="again", seen="answered", invariant="cache-never-bad"),
            Expect(step="found", seen="answered", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-a-server-error",
        promise="An upstream error is not cached: the next request asks upstream.",
        reference="RFC 9111 §3",
        focus=("cache-never-bad",),
        needs=("cache",),
        steps=(Step(label="failing", stream=False), Step(label="again", stream=False, pause="breaker-open")),
        upstream=(Upstream(faults=(http.Status(code=500),)),),
        expect=(
            Expect(step="failing", seen="failed", invariant="status-mapped"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-a-cut-stream",
        promise="A stream that broke off is not cached and never replayed as a finished one.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad", "no-laundering"),
        needs=("cache",),
        steps=(
            Step(label="cut", prompt=Prompt(tokens=8, pace_s=0.03)),
            Step(label="again", prompt=Prompt(tokens=8, pace_s=0.03)),
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),), first=1),),
        expect=(Expect(step="again", seen="answered", invariant="cache-never-bad"),),
    ),
    Case(
        id="cache.not-a-cut-stream-for-json",
        promise="A stream that broke off is not served to a JSON client as a whole answer.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad", "no-laundering"),
        needs=("cache",),
        steps=(
            Step(label="cut", prompt=Prompt(tokens=8, pace_s=0.03)),
            Step(label="json", prompt=Prompt(tokens=8, pace_s=0.03), stream=False),
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5, end="clean"),), first=1),),
        expect=(Expect(step="json", seen="answered", invariant="cache-never-bad"),),
    ),
    Case(
        id="cache.not-a-cut-body",
        promise="Truncated JSON is not cached.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad", "no-laundering"),
        needs=("cache",),
        steps=(Step(label="cut", stream=False), Step(label="again", stream=False, pause="breaker-open")),
        upstream=(Upstream(faults=(payload.TruncatedJson(),)),),
        expect=(
            Expect(step="cut", seen="failed", invariant="no-laundering"),
            Expect(step="again", seen="failed", invariant="no-laundering"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-an-error-inside-a-stream",
        promise="A stream with an error in it is not cached.",
        reference="edgeproof's own rule: cache-never-bad",
        focus=("cache-never-bad", "error-surfaced"),
        needs=("cache",),
        steps=(
            Step(label="failing", prompt=Prompt(tokens=8, pace_s=0.03)),
            Step(label="again", prompt=Prompt(tokens=8, pace_s=0.03)),
        ),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=5, shape="error-then-done"),), first=1),),
        expect=(Expect(step="again", seen="answered", invariant="cache-never-bad"),),
    ),
    Case(
        id="cache.not-a-failure-with-status-200",
        promise="A failure with status 200 is not cached.",
        reference="Cloudflare API: response envelope",
        focus=("cache-never-bad", "error-surfaced"),
        needs=("cache",),
        steps=(Step(label="failing", stream=False), Step(label="again", stream=False, pause="breaker-open")),
        upstream=(Upstream(faults=(payload.SuccessFalse(),)),),
        expect=(
            Expect(step="failing", seen="failed", invariant="error-surfaced"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-cut-by-its-limit",
        promise="An answer cut by a token limit that its request did not set is not cached.",
        reference="OpenAI API: finish_reason",
        focus=("cache-never-bad",),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False, prompt=Prompt(finish="length")),
            Step(label="again", stream=False, prompt=Prompt(finish="length")),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-a-stream-cut-by-its-limit",
        promise="A stream cut by the token limit that its request set is not cached.",
        reference="OpenAI API: finish_reason",
        focus=("cache-never-bad",),
        level="should",
        needs=("cache.streams",),
        steps=(Step(label="first", params={"max_tokens": 7}), Step(label="again", params={"max_tokens": 7})),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-stopped-by-a-filter",
        promise="An answer stopped by a content filter is not cached.",
        reference="OpenAI API: finish_reason",
        focus=("cache-never-bad",),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False, prompt=Prompt(finish="content_filter")),
            Step(label="again", stream=False, prompt=Prompt(finish="content_filter")),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),
        ),
    ),
    Case(
        id="cache.not-what-its-client-left",
        promise="A stream whose client left halfway is not cached as if it were whole.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad", "cancel-propagates"),
        needs=("cache",),
        steps=(
            Step(label="leaving", prompt=Prompt(tokens=10, pace_s=0.06), faults=(client.AbortAfter(events=3),)),
            Step(label="again", prompt=Prompt(tokens=10, pace_s=0.06)),
        ),
        expect=(Expect(step="again", seen="answered", invariant="cache-never-bad"),),
    ),
    Case(
        id="cache.not-the-part-that-its-client-took",
        promise="The part of a stream that a client got before it left is not served to the next one as the whole.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad",),
        needs=("cache.streams",),
        steps=(
            Step(label="leaving", prompt=Prompt(tokens=30, pace_s=0.06), faults=(client.AbortAfter(events=3),)),
            Step(label="again", prompt=Prompt(tokens=30, pace_s=0.06), pause="half-cache-ttl"),
        ),
        expect=(Expect(step="again", seen="answered", invariant="cache-never-bad"),),
    ),
    Case(
        id="cache.not-what-its-client-left-for-json",
        promise="A stream whose client left halfway is not served to a JSON client.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad", "no-loss"),
        needs=("cache",),
        steps=(
            Step(label="leaving", prompt=Prompt(tokens=10, pace_s=0.06), faults=(client.AbortAfter(events=3),)),
            Step(label="json", prompt=Prompt(tokens=10, pace_s=0.06), stream=False),
        ),
        expect=(Expect(step="json", seen="answered", invariant="cache-never-bad"),),
    ),
)
