"""Refusals that are seldom tried: every other status there is, late ones, and ones whose body is compressed.

The one rule: a refusal is a refusal, whatever its number (RFC 9110 §15: a status that is not known means its class).
"""

from __future__ import annotations

from fault_injection.families import http, http_framing, tcp
from scenarios.case import Case, Expect, Step, Upstream

CASES: tuple[Case, ...] = (
    Case(
        id="errors.client-errors-of-every-kind",
        promise="Rare client errors reach the client as errors, never as answers.",
        reference="RFC 9110 §15.5",
        focus=("status-mapped", "error-shape"),
        steps=(
            Step(label="402", question="402", stream=False),
            Step(label="405", question="405", stream=False, start="with"),
            Step(label="409", question="409", stream=False, start="with"),
            Step(label="410", question="410", start="with"),
            Step(label="418", question="418", start="with"),
            Step(label="421", question="421", stream=False, start="with"),
            Step(label="426", question="426", start="with"),
            Step(label="431", question="431", stream=False, start="with"),
            Step(label="451", question="451", start="with"),
            Step(label="499", question="499", stream=False, start="with"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=402),), question="402"),
            Upstream(faults=(http.Status(code=405),), question="405"),
            Upstream(faults=(http.Status(code=409),), question="409"),
            Upstream(faults=(http.Status(code=410),), question="410"),
            Upstream(faults=(http.Status(code=418),), question="418"),
            Upstream(faults=(http.Status(code=421),), question="421"),
            Upstream(faults=(http.Status(code=426),), question="426"),
            Upstream(faults=(http.Status(code=431),), question="431"),
            Upstream(faults=(http.Status(code=451),), question="451"),
            Upstream(faults=(http.Status(code=499),), question="499"),
        ),
        expect=(
            Expect(step="402", seen="failed", invariant="status-mapped"),
            Expect(step="405", seen="failed", invariant="status-mapped"),
            Expect(step="409", seen="failed", invariant="status-mapped"),
            Expect(step="410", seen="failed", invariant="status-mapped"),
            Expect(step="418", seen="failed", invariant="status-mapped"),
            Expect(step="421", seen="failed", invariant="status-mapped"),
            Expect(step="426", seen="failed", invariant="status-mapped"),
            Expect(step="431", seen="failed", invariant="status-mapped"),
            Expect(step="451", seen="failed", invariant="status-mapped"),
            Expect(step="499", seen="failed", invariant="status-mapped"),
        ),
    ),
    Case(
        id="errors.server-errors-of-every-kind",
        promise="Rare server errors reach the client as errors, never as answers.",
        reference="RFC 9110 §15.6; Cloudflare docs: 5xx errors",
        focus=("status-mapped", "error-shape"),
        steps=(
            Step(label="505", question="505", stream=False),
            Step(label="between", question="between", stream=False),
            Step(label="520", question="520"),
            Step(label="again", question="again"),
            Step(label="599", question="599", stream=False),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=505),), question="505"),
            Upstream(faults=(http.Status(code=520, body="ai"),), question="520"),
            Upstream(faults=(http.Status(code=599),), question="599"),
        ),
        expect=(
            Expect(step="505", seen="failed", invariant="status-mapped"),
            Expect(step="520", seen="failed", invariant="status-mapped"),
            Expect(step="599", seen="failed", invariant="status-mapped"),
        ),
    ),
    Case(
        id="errors.compressed",
        promise="The client can read a compressed error body: it is compressed once and labelled so, or plain.",
        reference="RFC 9110 §8.4 Content-Encoding",
        focus=("valid-framing", "error-shape", "status-mapped"),
        steps=(
            Step(label="json", question="json", stream=False),
            Step(label="stream", question="stream", start="with"),
            Step(label="br", question="br", stream=False, start="with"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=400), http_framing.Gzip()), question="json"),
            Upstream(faults=(http.Status(code=400), http_framing.Compressed(coding="br")), question="br"),
            Upstream(faults=(http.Status(code=404), http_framing.Gzip()), question="stream"),
        ),
        expect=(
            Expect(step="json", seen="failed", invariant="status-mapped"),
            Expect(step="stream", seen="failed", invariant="status-mapped"),
        ),
    ),
    Case(
        id="errors.slow-refusal",
        promise="A slow refusal from upstream reaches the client as a refusal, not as a begun answer.",
        reference="edgeproof's own rule: status-mapped",
        focus=("status-mapped",),
        steps=(
            Step(label="stream", question="stream"),
            Step(label="json", question="json", stream=False, start="with"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=400), tcp.Latency(delay_s=0.7)), question="stream"),
            Upstream(faults=(http.Status(code=422), tcp.Latency(delay_s=0.7)), question="json"),
        ),
        expect=(
            Expect(step="stream", seen="failed", invariant="status-mapped"),
            Expect(step="json", seen="failed", invariant="status-mapped"),
        ),
    ),
)
