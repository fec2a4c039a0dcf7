"""Defects in understanding an answer that comes in another form than the usual one.

The one rule: each is a mistake that a proxy was seen to make with an upstream that was in the right.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        id="text-beside-the-finish-lost",
        defect="A chunk with a finish reason is taken to have no text.",
        area="content",
        invariant="no-loss",
        cases=("streaming.last-text-with-finish",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="text-beside-reasoning-lost",
        defect="A chunk with reasoning is taken to have no text.",
        area="content",
        invariant="no-loss",
        cases=("streaming.reasoning-beside-text",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="reasoning-known-by-its-key",
        defect="A chunk that has the key of reasoning, even with nothing in it, is taken for reasoning alone.",
        area="content",
        invariant="no-loss",
        cases=("streaming.reasoning-empty",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="whole-call-unnamed",
        defect="A fragment with arguments is taken for a later one, and loses its id and its name.",
        area="content",
        invariant="tool-calls-intact",
        cases=("streaming.tool-call-in-one-delta",),
        seam="answers.toolcalls:deltas",
    ),
    Mutant(
        id="late-name-lost",
        defect="Id and name are taken from the first fragment of a call only.",
        area="content",
        invariant="tool-calls-intact",
        cases=("streaming.tool-call-named-late",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="pieces-go-to-the-last-call",
        defect="Arguments go to the call that was opened last, whatever index they carry.",
        area="content",
        invariant="tool-calls-intact",
        cases=("streaming.tool-calls-interleaved",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="usage-is-the-end",
        defect="The first chunk with token usage is taken for the last one.",
        area="endings",
        invariant="tool-calls-intact",
        cases=("streaming.tool-call-beside-usage",),
        seam="answers.chunks:Translator._from_openai",
    ),
    Mutant(
        id="last-read-forgotten",
        defect="Everything else in the read that holds the end mark is lost.",
        area="endings",
        invariant="finish-true",
        cases=("streaming.end-in-one-segment",),
        seam="answers.sse:SseParser.feed",
    ),
    Mutant(
        id="null-text-refused",
        defect="A chunk whose text is null makes a good stream fail.",
        area="content",
        invariant="no-loss",
        cases=("streaming.chunks-that-add-nothing",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="role-awaited",
        defect="Text before the role is dropped, and all of it if the role never comes.",
        area="content",
        invariant="no-loss",
        cases=("streaming.role-told-oddly",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="json-known-by-its-start",
        defect="An event is taken for JSON only where its data begins with a brace and a quotation mark.",
        area="parser",
        invariant="no-loss",
        cases=("streaming.json-spelled-otherwise",),
        seam="answers.chunks:Translator.accept",
    ),
    Mutant(
        id="comment-ends-an-event",
        defect="A comment is taken for the end of the event it stands in.",
        area="parser",
        invariant="no-loss",
        cases=("streaming.comments-anywhere",),
        seam="answers.sse:SseParser._take",
    ),
    Mutant(
        id="unreadable-arguments-skipped",
        defect="A malformed event is skipped once a tool is being called.",
        area="endings",
        invariant="error-surfaced",
        cases=("endings.arguments-with-a-hole",),
        seam="answers.chunks:Translator.accept",
    ),
    Mutant(
        id="kept-only-with-content",
        defect="A stream is kept only where its first chunk has the key of the text.",
        area="cache",
        invariant="cache-hit-equal",
        cases=("cache.role-without-content-kept",),
        seam="answers.capture:Capture.add",
    ),
    Mutant(
        id="names-added-up",
        defect="The name of a call is joined from all pieces, even when every piece repeats it.",
        area="cache",
        invariant="tool-calls-intact",
        cases=("cache.tool-calls-in-other-pieces",),
        seam="answers.capture:_Choice._add_call",
    ),
    Mutant(
        id="first-event-is-the-answer",
        defect="When events answer a JSON request, the first with text is taken for the whole answer.",
        area="content",
        invariant="no-loss",
        cases=("json.events-instead",),
        seam="upstream.upstream:collect",
    ),
)
