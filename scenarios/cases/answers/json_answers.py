"""Answers that are no stream: text, tool calls, usage and choices, whole and at any size.

The one rule: these are good answers, however odd; a target that cannot carry one must say so, not change it.
"""

from __future__ import annotations

from fault_injection.families import http, http_framing, payload, tcp
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="json.plain",
        promise="A JSON answer arrives whole, with its finish reason and its usage.",
        reference="OpenAI API: chat completion object",
        focus=("no-loss", "finish-true", "usage-true"),
        steps=(Step(stream=False),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.multi-byte-text",
        promise="Umlauts, emoji, right-to-left and combining characters arrive unchanged.",
        reference="RFC 8259 §8.1",
        focus=("no-loss", "no-invention", "valid-framing"),
        steps=(Step(stream=False, prompt=Prompt(tokens=200)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.tool-calls",
        promise="Tool calls arrive with ids, names and complete JSON arguments.",
        reference="OpenAI API: tool calls",
        focus=("tool-calls-intact", "finish-true"),
        steps=(Step(stream=False, prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),),
        expect=(Expect(step="ask", seen="answered", invariant="tool-calls-intact"),),
    ),
    Case(
        id="json.choices-apart",
        promise="Three choices stay three, each with its own text and its own finish reason.",
        reference="OpenAI API: n",
        focus=("choices-separate", "finish-true", "no-loss"),
        steps=(Step(stream=False, params={"n": 3}, prompt=Prompt(finish="stop/length/content_filter")),),
        expect=(Expect(step="ask", seen="answered", invariant="choices-separate"),),
    ),
    Case(
        id="json.finish-length",
        promise="An answer cut by its token limit says `length`, not `stop`.",
        reference="OpenAI API: finish_reason",
        focus=("finish-true",),
        steps=(Step(stream=False, params={"max_tokens": 5}),),
        expect=(Expect(step="ask", seen="answered", invariant="finish-true"),),
    ),
    Case(
        id="json.ids-differ",
        promise="Five answers have five ids.",
        reference="OpenAI API: chat completion object",
        focus=("ids-unique",),
        steps=(Step(stream=False, times=5, unique=True),),
        expect=(Expect(step="ask", seen="answered", invariant="ids-unique"),),
    ),
    Case(
        id="json.slow-answer",
        promise="The target waits for a model that takes its time over a whole answer.",
        reference="Cloudflare docs: Workers AI, text generation",
        focus=("no-loss",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(tcp.Latency(delay_s=0.6),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.byte-by-byte",
        promise="An answer that arrives one byte at a time is the same answer.",
        reference="RFC 9293 §3.8 (TCP keeps no boundaries)",
        focus=("no-loss", "valid-framing"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(tcp.Slice(size_bytes=1),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.gzip",
        promise="A compressed answer is decoded.",
        reference="RFC 9110 §8.4 Content-Encoding",
        focus=("no-loss", "valid-framing"),
        level="should",
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http_framing.Gzip(),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.over-a-megabyte",
        promise="An answer of one and a half megabytes arrives whole.",
        reference="RFC 9110 §8.6 (content has no longest length)",
        focus=("no-loss",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(payload.Huge(size_bytes=1_500_000),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.ten-megabytes",
        promise="An answer of ten megabytes arrives whole or fails plainly, and does not take the target down.",
        reference="edgeproof's own rule: alive-after",
        focus=("no-loss", "ends-in-time", "alive-after"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(payload.Huge(size_bytes=10_000_000),)),),
    ),
    Case(
        id="json.huge-header",
        promise="An answer with one very long header arrives, or fails plainly.",
        reference="RFC 9110 §5.4 (limits on fields)",
        focus=("ends-in-time", "alive-after"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.HeaderHuge(size_bytes=65_536),)),),
    ),
    Case(
        id="json.header-twice",
        promise="A header that upstream sends twice does not spoil the answer.",
        reference="RFC 9110 §5.3",
        focus=("no-loss", "valid-framing"),
        level="should",
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.DuplicateHeader(),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.extra-fields",
        promise="Unknown fields do not spoil the answer.",
        reference="OpenAI API: backwards compatibility",
        focus=("no-loss",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(payload.ExtraField(),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.deep-nesting",
        promise="An answer nested ten thousand levels deep does not take the target down.",
        reference="RFC 8259 §9 (limits on depth)",
        focus=("alive-after", "ends-in-time"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(payload.DeepNesting(depth=10_000),)),),
    ),
    Case(
        id="json.wrong-content-type",
        promise="An answer with the wrong content type is read or refused, never passed on as a false success.",
        reference="RFC 9110 §8.3",
        focus=("valid-framing", "no-invention"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.WrongContentType(value="text/plain"),)),),
    ),
)
