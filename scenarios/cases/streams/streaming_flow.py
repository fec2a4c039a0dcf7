"""Streams that go well: order, pace, form and every mark of a good end.

The one rule: nothing is wrong upstream here. What fails is the target's own doing.
"""

from __future__ import annotations

from fault_injection.families import client
from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="streaming.plain",
        promise="A short stream arrives whole, in order, and ends with its finish reason and [DONE].",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss", "order-kept", "one-terminal", "valid-framing", "usage-unasked"),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.first-token-at-once",
        promise="The first token reaches the client while upstream is still working on the rest.",
        reference="WHATWG HTML §9.2 Server-sent events",
        focus=("not-buffered",),
        steps=(Step(prompt=Prompt(tokens=10, pace_s=0.08)),),
        expect=(Expect(step="ask", seen="answered", invariant="not-buffered"),),
        alone=True,  # order in time is judged: no other case may hold the target up
    ),
    Case(
        id="streaming.steady-pace",
        promise="Tokens that arrive at an even pace leave at an even pace, not in bursts.",
        reference="edgeproof's own rule: cadence",
        focus=("cadence", "not-buffered"),
        steps=(Step(prompt=Prompt(tokens=14, pace_s=0.07)),),
        expect=(Expect(step="ask", seen="answered", invariant="cadence"),),
        alone=True,  # order in time is judged: no other case may hold the target up
    ),
    Case(
        id="streaming.one-slow-token-in-two",
        promise="A pause in the middle of a stream does not hold back what came before it.",
        reference="WHATWG HTML §9.2 Server-sent events",
        focus=("not-buffered", "cadence"),
        steps=(Step(prompt=Prompt(tokens=4, pace_s=0.3)),),
        expect=(Expect(step="ask", seen="answered", invariant="not-buffered"),),
        alone=True,  # order in time is judged: no other case may hold the target up
    ),
    Case(
        id="streaming.slow-first-token",
        promise="The target waits for a model that thinks for a while before its first token.",
        reference="Cloudflare docs: Workers AI, streaming",
        focus=("no-loss", "ends-in-time"),
        steps=(Step(prompt=Prompt(first_s=0.6)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.long-and-slow",
        promise="A stream that is slow but alive is not cut by any total time limit.",
        reference="edgeproof's own rule: long-stream-lives",
        focus=("long-stream-lives", "no-loss"),
        steps=(Step(prompt=Prompt(tokens=30, pace_s=0.25)),),
        expect=(Expect(step="ask", seen="answered", invariant="long-stream-lives"),),
    ),
    Case(
        id="streaming.many-tokens",
        promise="None of eight hundred tokens is lost, repeated or moved.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss", "no-duplication", "order-kept"),
        steps=(Step(prompt=Prompt(tokens=800)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.multi-byte-text",
        promise="Umlauts, emoji, right-to-left and combining characters arrive unchanged.",
        reference="RFC 3629 UTF-8; WHATWG HTML §9.2.6",
        focus=("no-loss", "no-invention", "valid-framing"),
        steps=(Step(prompt=Prompt(tokens=160)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.one-token",
        promise="A one-token answer arrives like any other.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss",),
        steps=(Step(prompt=Prompt(tokens=1)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.empty-answer",
        promise="A stream that ends properly without any text does not hang and gets no made-up text.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-invention", "ends-in-time"),
        steps=(Step(prompt=Prompt(tokens=0)),),
    ),
    Case(
        id="streaming.large-tokens",
        promise="Tokens of eight kilobytes each, larger than a typical read buffer, arrive whole.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss", "order-kept"),
        steps=(Step(prompt=Prompt(tokens=24, token_bytes=8192)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.finish-length",
        promise="An answer cut by its token limit says `length`, not `stop`.",
        reference="OpenAI API: finish_reason",
        focus=("finish-true",),
        steps=(Step(prompt=Prompt(finish="length")),),
        expect=(Expect(step="ask", seen="answered", invariant="finish-true"),),
    ),
    Case(
        id="streaming.finish-content-filter",
        promise="An answer stopped by a content filter says so.",
        reference="OpenAI API: finish_reason",
        focus=("finish-true",),
        steps=(Step(prompt=Prompt(finish="content_filter")),),
        expect=(Expect(step="ask", seen="answered", invariant="finish-true"),),
    ),
    Case(
        id="streaming.tool-call",
        promise="A streamed tool call arrives with its id, its name and complete JSON arguments.",
        reference="OpenAI API: streaming tool calls",
        focus=("tool-calls-intact", "finish-true"),
        steps=(Step(prompt=Prompt(tools=1), params={"tools": [WEATHER]}),),
        expect=(Expect(step="ask", seen="answered", invariant="tool-calls-intact"),),
    ),
    Case(
        id="streaming.parallel-tool-calls",
        promise="Three tool calls in one stream stay apart, each with its own arguments.",
        reference="OpenAI API: parallel tool calls",
        focus=("tool-calls-intact",),
        steps=(Step(prompt=Prompt(tools=3), params={"tools": [WEATHER, CLOCK]}),),
        expect=(Expect(step="ask", seen="answered", invariant="tool-calls-intact"),),
    ),
    Case(
        id="streaming.usage-when-asked",
        promise="A client that asks for usage at the end of its stream gets upstream's counts.",
        reference="OpenAI API: stream_options.include_usage",
        focus=("usage-true",),
        steps=(Step(params={"stream_options": {"include_usage": True}}),),
        expect=(Expect(step="ask", seen="answered", invariant="usage-true"),),
    ),
    Case(
        id="streaming.choices-apart",
        promise="Three choices in one stream keep their own text and their own finish reasons.",
        reference="OpenAI API: n",
        focus=("choices-separate", "finish-true"),
        steps=(Step(params={"n": 3}, prompt=Prompt(finish="stop/length/content_filter")),),
        expect=(Expect(step="ask", seen="answered", invariant="choices-separate"),),
    ),
    Case(
        id="streaming.slow-reader-gets-all",
        promise="A client that reads slowly still gets every byte.",
        reference="RFC 9293 §3.8 flow control",
        focus=("no-loss", "ends-in-time"),
        steps=(Step(prompt=Prompt(tokens=40), faults=(client.SlowReader(bytes_per_s=20_000, pause_s=0.2),)),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.pause-inside-an-event",
        promise="The target waits out half a second of silence inside an event and inserts nothing into it.",
        reference="WHATWG HTML §9.2.6",
        focus=(
            "no-loss",
            "valid-framing",
            "error-surfaced",
        ),
        steps=(
            Step(label="middle", question="middle", prompt=Prompt(form="sse.pause_inside(at=3)")),
            Step(
                label="blank",
                question="blank",
                start="with",
                prompt=Prompt(form="sse.pause_inside(at=3,place=before-blank)"),
            ),
        ),
        expect=(
            Expect(step="middle", seen="answered", invariant="no-loss"),
            Expect(step="blank", seen="answered", invariant="no-loss"),
        ),
    ),
)
