"""Errors that upstream reports inside a stream, after the status said 200.

The one rule: however an error is put, the client hears of it; an answer with an error in it is no success.
"""

from __future__ import annotations

from fault_injection.families import http, http_framing, sse_chat, sse_ends, sse_text
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="endings.error-object-early",
        promise="An error event before the first token is an error to the client.",
        reference="OpenAI API: errors in a stream",
        focus=("error-surfaced", "break-visible"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=1),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.error-object-late",
        promise="An error event near the end of the answer is an error to the client.",
        reference="OpenAI API: errors in a stream",
        focus=("error-surfaced", "break-visible"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=10),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.cloudflare-error-early",
        promise="Cloudflare's `errors` list as the first event is an error to the client.",
        reference="Cloudflare docs: Workers AI errors",
        focus=("error-surfaced", "break-visible"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=0, shape="cloudflare"),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.cloudflare-error-late",
        promise="Cloudflare's `errors` list in the middle of a stream is an error to the client.",
        reference="Cloudflare docs: Workers AI errors",
        focus=("error-surfaced", "break-visible"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=8, shape="cloudflare"),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.named-error-event",
        promise="An event named `error` is an error to the client.",
        reference="WHATWG HTML §9.2.6; Cloudflare docs: AI Gateway",
        focus=("error-surfaced", "break-visible"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=5, shape="event"),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.error-as-text",
        promise="An error in plain words that ends a stream does not become a finished answer.",
        reference="edgeproof's own rule: no-laundering",
        focus=("no-laundering", "error-surfaced", "break-visible"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=5, shape="text"),)),),
        expect=(Expect(step="ask", seen="failed", invariant="no-laundering"),),
    ),
    Case(
        id="endings.error-then-done",
        promise="[DONE] after an error does not turn the answer into a success.",
        reference="edgeproof's own rule: error-surfaced",
        focus=("error-surfaced", "one-terminal"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=5, shape="error-then-done"),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.error-then-more",
        promise="A stream that continues after an error as if nothing had happened has still failed.",
        reference="edgeproof's own rule: error-surfaced",
        focus=("error-surfaced", "one-terminal"),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=5, shape="error-then-continue"),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.error-inside-a-tool-call",
        promise="An error in the middle of a tool call does not leave a call that looks finished.",
        reference="OpenAI API: streaming tool calls",
        focus=("error-surfaced", "tool-calls-intact"),
        steps=(Step(prompt=Prompt(tools=1)),),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=4),)),),
        expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
    ),
    Case(
        id="endings.page-instead-of-a-stream",
        promise="A web page with status 200 where a stream should be is a failure.",
        reference="Cloudflare docs: challenge pages",
        focus=("no-laundering", "error-shape", "valid-framing"),
        upstream=(Upstream(faults=(sse_text.HtmlInstead(),)),),
        expect=(Expect(step="ask", seen="failed", invariant="no-laundering"),),
    ),
    Case(
        id="endings.challenge-page",
        promise="A browser challenge in place of the answer is a failure and not an empty stream.",
        reference="Cloudflare docs: challenge pages",
        focus=("no-laundering", "error-shape", "valid-framing"),
        upstream=(Upstream(faults=(http.HtmlWith200(),)),),
        expect=(Expect(step="ask", seen="failed", invariant="no-laundering"),),
    ),
    Case(
        id="endings.gzip-that-is-none",
        promise="A stream that claims gzip but is plain is read as it is or fails; it is never passed on as garbage.",
        reference="RFC 9110 §8.4 Content-Encoding",
        focus=("no-invention", "valid-framing", "ends-in-time"),
        upstream=(Upstream(faults=(http_framing.GzipLie(),)),),
    ),
    Case(
        id="endings.stream-as-plain-text",
        promise="An event stream with the wrong content type is read or refused, never passed on as something else.",
        reference="WHATWG HTML §9.2.2",
        focus=("valid-framing", "no-invention"),
        upstream=(Upstream(faults=(http.WrongContentType(value="text/plain"),)),),
    ),
    Case(
        id="endings.arguments-with-a-hole",
        promise="An unreadable event within tool arguments fails the call, even if the rest is still valid JSON.",
        reference="edgeproof's own rule: error-surfaced",
        focus=("error-surfaced", "tool-calls-intact"),
        steps=(
            Step(label="one", question="one", prompt=Prompt(tools=1), params={"tools": [WEATHER]}),
            Step(label="two", question="two", prompt=Prompt(tools=2), params={"tools": [WEATHER]}, start="with"),
        ),
        upstream=(
            Upstream(faults=(sse_chat.ToolArgsBroken(kind="garbled"),), question="one"),
            Upstream(faults=(sse_chat.ToolArgsBroken(kind="garbled"),), question="two"),
        ),
    ),
)
