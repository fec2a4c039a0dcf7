"""The same answer cut and written in other ways that well-behaved upstreams have been seen to choose.

The one rule: nothing goes wrong upstream here; the prompt names the form, and the text is what it would have been.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="streaming.last-text-with-finish",
        promise="Text in the same chunk as the finish reason is text, and comes once.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "no-duplication",
            "finish-true",
        ),
        steps=(
            Step(label="beside", question="beside", prompt=Prompt(form="chat.finish")),
            Step(
                label="with-usage",
                question="with-usage",
                start="with",
                prompt=Prompt(form="chat.finish(place=with-usage)"),
                params={"stream_options": {"include_usage": True}},
            ),
            Step(label="cut", question="cut", start="with", prompt=Prompt(finish="length", form="chat.finish")),
        ),
        expect=(
            Expect(step="beside", seen="answered", invariant="no-loss"),
            Expect(step="with-usage", seen="answered", invariant="no-loss"),
            Expect(step="cut", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.finish-not-last",
        promise="A chunk after the finish reason that is empty, or repeats it, changes nothing.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "one-terminal",
            "finish-true",
        ),
        steps=(
            Step(label="then-empty", question="then-empty", prompt=Prompt(form="chat.finish(place=then-empty)")),
            Step(label="twice", question="twice", start="with", prompt=Prompt(form="chat.finish(place=twice)")),
        ),
        expect=(
            Expect(step="then-empty", seen="answered", invariant="no-loss"),
            Expect(step="twice", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.finish-on-every-chunk",
        promise="When every chunk of text has a finish reason, only the last one ends the answer.",
        reference="Google: Gemini API, OpenAI compatibility",
        focus=("no-loss", "finish-true"),
        level="should",
        steps=(Step(prompt=Prompt(form="chat.finish(place=every)")),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.role-alone",
        promise="A first chunk with a role and with missing, null or empty text begins an answer and adds no text.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="no-content", question="no-content", prompt=Prompt(form="chat.role")),
            Step(label="null", question="null", start="with", prompt=Prompt(form="chat.role(kind=null-content)")),
            Step(label="empty", question="empty", start="with", prompt=Prompt(form="chat.role(kind=empty-content)")),
        ),
        expect=(
            Expect(step="no-content", seen="answered", invariant="no-loss"),
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="empty", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.role-told-oddly",
        promise="A role that comes in every chunk, late, empty, null or never does not change the text.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=(
            "no-loss",
            "no-duplication",
        ),
        steps=(
            Step(label="every", question="every", prompt=Prompt(form="chat.role(kind=every)")),
            Step(label="empty", question="empty", start="with", prompt=Prompt(form="chat.role(kind=empty)")),
            Step(label="null", question="null", start="with", prompt=Prompt(form="chat.role(kind=null)")),
            Step(label="late", question="late", start="with", prompt=Prompt(form="chat.role(kind=late)")),
            Step(label="never", question="never", start="with", prompt=Prompt(form="chat.role(kind=never)")),
        ),
        expect=(
            Expect(step="every", seen="answered", invariant="no-loss"),
            Expect(step="empty", seen="answered", invariant="no-loss"),
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="late", seen="answered", invariant="no-loss"),
            Expect(step="never", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.chunks-that-add-nothing",
        promise="Chunks with empty, null or missing text between others lose none of the text.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="empty", question="empty", prompt=Prompt(form="chat.empty_delta")),
            Step(label="null", question="null", start="with", prompt=Prompt(form="chat.empty_delta(kind=null)")),
            Step(
                label="missing", question="missing", start="with", prompt=Prompt(form="chat.empty_delta(kind=missing)")
            ),
        ),
        expect=(
            Expect(step="empty", seen="answered", invariant="no-loss"),
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="missing", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.chunks-without-delta",
        promise="A choice without a delta, or with a null one, adds nothing.",
        reference="OpenAI API: chat completion chunks",
        focus=("no-loss",),
        level="should",
        steps=(
            Step(label="null", question="null", prompt=Prompt(form="chat.empty_delta(kind=null-delta)")),
            Step(
                label="missing", question="missing", start="with", prompt=Prompt(form="chat.empty_delta(kind=no-delta)")
            ),
        ),
        expect=(
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="missing", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.choices-null-or-missing",
        promise="A chunk whose choices are null or missing is skipped, like an empty one.",
        reference="Azure OpenAI docs: content filtering",
        focus=(
            "no-loss",
            "ends-in-time",
        ),
        level="should",
        steps=(
            Step(label="null", question="null", prompt=Prompt(form="sse.empty_choices_chunk(kind=null,at=3)")),
            Step(
                label="missing",
                question="missing",
                start="with",
                prompt=Prompt(form="sse.empty_choices_chunk(kind=missing,at=3)"),
            ),
        ),
        expect=(
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="missing", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.json-spelled-otherwise",
        promise="JSON with white space, other key orders or escapes of every kind is the same JSON.",
        reference="RFC 8259 §2, §7",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="spaced", question="spaced", prompt=Prompt(form="chat.spelling")),
            Step(
                label="reordered",
                question="reordered",
                start="with",
                prompt=Prompt(form="chat.spelling(kind=reordered)"),
            ),
            Step(label="escaped", question="escaped", start="with", prompt=Prompt(form="chat.spelling(kind=escaped)")),
            Step(label="slashes", question="slashes", start="with", prompt=Prompt(form="chat.spelling(kind=slashes)")),
        ),
        expect=(
            Expect(step="spaced", seen="answered", invariant="no-loss"),
            Expect(step="reordered", seen="answered", invariant="no-loss"),
            Expect(step="escaped", seen="answered", invariant="no-loss"),
            Expect(step="slashes", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.keys-twice",
        promise="A key that occurs twice with the same value is read as that value, or refused.",
        reference="RFC 8259 §4",
        focus=("no-loss",),
        level="should",
        steps=(Step(label="twice", question="twice", prompt=Prompt(form="chat.spelling(kind=repeated)")),),
        expect=(Expect(step="twice", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.character-in-two-escapes",
        promise="A character whose escaped halves come in two chunks stays one character.",
        reference="RFC 8259 §8.2",
        focus=(
            "no-loss",
            "no-invention",
        ),
        level="should",
        steps=(Step(label="halves", question="halves", prompt=Prompt(tokens=60, form="chat.halves")),),
        expect=(Expect(step="halves", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="streaming.comments-anywhere",
        promise="Comments inside an event, before the first and after the last change nothing.",
        reference="WHATWG HTML §9.2.6",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="inside", question="inside", prompt=Prompt(form="sse.comments(place=inside)")),
            Step(
                label="lines",
                question="lines",
                start="with",
                prompt=Prompt(form="sse.multi_line_data+sse.comments(place=inside)"),
            ),
            Step(label="ends", question="ends", start="with", prompt=Prompt(form="sse.comments(place=ends)")),
        ),
        expect=(
            Expect(step="inside", seen="answered", invariant="no-loss"),
            Expect(step="lines", seen="answered", invariant="no-loss"),
            Expect(step="ends", seen="answered", invariant="no-loss"),
        ),
    ),
)
