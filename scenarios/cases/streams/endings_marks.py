"""End marks that are missing, doubled or followed by more: `[DONE]`, the finish reason, the last chunk, the last line.

The one rule: with one of two marks missing a target may take the answer either way, so only what it says then is held
against it; what it passed on verbatim weighs less.
"""

from __future__ import annotations

from fault_injection.families import http_framing, sse_ends, tcp
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="endings.finish-and-no-done",
        promise="A stream with a finish reason but no [DONE] keeps its text and its reason.",
        reference="OpenAI API: chat completion chunks",
        focus=("finish-true", "no-loss", "one-terminal"),
        upstream=(Upstream(faults=(sse_ends.NoDone(),)),),
    ),
    Case(
        id="endings.finish-then-close",
        promise="A connection that closes right after the finish reason costs no text.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss", "finish-true"),
        upstream=(Upstream(faults=(sse_ends.FinishWithoutDone(end="fin"),)),),
    ),
    Case(
        id="endings.finish-then-reset",
        promise="A reset right after the finish reason does not make the target send invented text.",
        reference="RFC 9112 §8 incomplete messages",
        focus=("no-invention", "ends-in-time"),
        steps=(Step(prompt=Prompt(tokens=6, pace_s=0.02)),),
        upstream=(Upstream(faults=(sse_ends.FinishWithoutDone(end="reset"),)),),
    ),
    Case(
        id="endings.length-and-no-done",
        promise="An answer cut by its token limit, without [DONE], does not become one that says `stop`.",
        reference="OpenAI API: finish_reason",
        focus=("finish-true",),
        steps=(Step(prompt=Prompt(finish="length")),),
        upstream=(Upstream(faults=(sse_ends.NoDone(),)),),
    ),
    Case(
        id="endings.done-and-no-finish",
        promise="A stream with [DONE] but no finish reason keeps its text.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss", "one-terminal"),
        upstream=(Upstream(faults=(sse_ends.DoneWithoutFinish(),)),),
    ),
    Case(
        id="endings.done-twice",
        promise="A second [DONE] is not passed on.",
        reference="OpenAI API: chat completion chunks",
        focus=("one-terminal",),
        upstream=(Upstream(faults=(sse_ends.DoneTwice(),)),),
        expect=(Expect(step="ask", seen="answered", invariant="one-terminal"),),
    ),
    Case(
        id="endings.text-after-done",
        promise="What follows [DONE] is not part of the answer.",
        reference="OpenAI API: chat completion chunks",
        focus=("one-terminal", "no-invention"),
        upstream=(Upstream(faults=(sse_ends.DataAfterDone(count=3),)),),
        expect=(Expect(step="ask", seen="answered", invariant="one-terminal"),),
    ),
    Case(
        id="endings.no-last-blank-line",
        promise="A last event without its blank line does not make the target hang or repeat itself.",
        reference="WHATWG HTML §9.2.6 (an incomplete event is discarded)",
        focus=("one-terminal", "valid-framing", "ends-in-time"),
        upstream=(Upstream(faults=(sse_ends.NoFinalBlank(),)),),
    ),
    Case(
        id="endings.no-last-chunk",
        promise="An answer with all its end marks is whole, even when the last, empty chunk never came.",
        reference="RFC 9112 §7.1",
        focus=("no-loss", "one-terminal"),  # a pipe that reports the lost connection behind `[DONE]` does little harm
        level="should",
        # The connection closes a moment later: a target that finds that in the read of the answer may throw all away.
        upstream=(Upstream(faults=(http_framing.MissingFinalChunk(), tcp.Linger(for_s=0.3))),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="endings.garbage-behind-the-answer",
        promise="Bytes after the end of an answer are not part of it and do not spoil the next one.",
        reference="RFC 9112 §9.2",
        focus=("no-invention", "alive-after"),
        steps=(Step(label="first"), Step(label="next", question="r")),
        upstream=(Upstream(faults=(tcp.GarbageAfter(),)),),
        # A reader that finds the bytes together with the end of the first answer may decline that one as a whole.
        expect=(Expect(step="next", seen="answered", invariant="no-invention"),),
    ),
    Case(
        id="endings.unknown-finish-reason",
        promise="An unknown finish reason is passed on or turned into an error, not into `stop`.",
        reference="OpenAI API: finish_reason",
        focus=("finish-true",),
        upstream=(Upstream(faults=(sse_ends.FinishUnknown(),)),),
    ),
    Case(
        id="endings.corrupted-bytes",
        promise="A stream with flipped bytes does not break the target.",
        reference="edgeproof's own rule: alive-after",
        focus=("alive-after", "ends-in-time"),
        # What comes before the damage comes by itself; in one piece with it, a target may or may not see it.
        steps=(Step(prompt=Prompt(pace_s=0.05)),),
        upstream=(Upstream(faults=(tcp.CorruptBytes(rate=0.01, from_byte=600),)),),
    ),
)
