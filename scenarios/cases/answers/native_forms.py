"""Workers AI's own dialect with other fields and in other pieces.

The one rule: all of it is asked through the target's second model, which it calls at the native endpoint.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="native.last-text-with-usage",
        promise="Text in the same event as the token usage is text.",
        reference="Cloudflare docs: Workers AI, streaming",
        focus=(
            "no-loss",
            "usage-true",
        ),
        needs=("second-model",),
        steps=(
            Step(label="usage", question="usage", model="second", prompt=Prompt(form="chat.finish(place=with-usage)")),
            Step(
                label="finish",
                question="finish",
                start="with",
                model="second",
                prompt=Prompt(finish="length", form="chat.finish"),
            ),
        ),
        expect=(
            Expect(step="usage", seen="answered", invariant="no-loss"),
            Expect(step="finish", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="native.events-that-add-nothing",
        promise="Events whose response is empty, null or missing cost no text.",
        reference="Cloudflare docs: Workers AI, streaming",
        focus=(
            "no-loss",
            "no-invention",
        ),
        needs=("second-model",),
        steps=(
            Step(label="empty", question="empty", model="second", prompt=Prompt(form="chat.empty_delta")),
            Step(
                label="null",
                question="null",
                start="with",
                model="second",
                prompt=Prompt(form="chat.empty_delta(kind=null)"),
            ),
            Step(
                label="missing",
                question="missing",
                start="with",
                model="second",
                prompt=Prompt(form="chat.empty_delta(kind=missing)"),
            ),
        ),
        expect=(
            Expect(step="empty", seen="answered", invariant="no-loss"),
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="missing", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="native.usage-everywhere",
        promise="Token usage on every event says nothing about the end of the answer.",
        reference="Cloudflare docs: Workers AI, streaming",
        focus=(
            "no-loss",
            "usage-true",
        ),
        needs=("second-model",),
        steps=(
            Step(label="every", question="every", model="second", prompt=Prompt(form="chat.usage")),
            Step(
                label="nulls",
                question="nulls",
                start="with",
                model="second",
                prompt=Prompt(form="chat.usage(place=nulls)"),
            ),
            Step(
                label="zeros",
                question="zeros",
                start="with",
                model="second",
                prompt=Prompt(form="chat.usage(place=zeros)"),
            ),
        ),
        expect=(
            Expect(step="every", seen="answered", invariant="no-loss"),
            Expect(step="nulls", seen="answered", invariant="no-loss"),
            Expect(step="zeros", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="native.fields-and-spellings",
        promise="Unknown fields, other spellings and a character in two escapes do not change a native stream's text.",
        reference="RFC 8259 §2, §7",
        focus=(
            "no-loss",
            "no-invention",
        ),
        needs=("second-model",),
        steps=(
            Step(label="unknown", question="unknown", model="second", prompt=Prompt(form="chat.fields")),
            Step(label="spaced", question="spaced", start="with", model="second", prompt=Prompt(form="chat.spelling")),
            Step(
                label="escaped",
                question="escaped",
                start="with",
                model="second",
                prompt=Prompt(form="chat.spelling(kind=escaped)"),
            ),
            Step(
                label="reordered",
                question="reordered",
                start="with",
                model="second",
                prompt=Prompt(form="chat.spelling(kind=reordered)"),
            ),
        ),
        expect=(
            Expect(step="unknown", seen="answered", invariant="no-loss"),
            Expect(step="spaced", seen="answered", invariant="no-loss"),
            Expect(step="escaped", seen="answered", invariant="no-loss"),
            Expect(step="reordered", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="native.tool-calls-in-other-pieces",
        promise="Native tool calls in one event, named late or interleaved are the same calls.",
        reference="Cloudflare docs: Workers AI, function calling",
        focus=("tool-calls-intact",),
        needs=("second-model",),
        steps=(
            Step(
                label="whole",
                question="whole",
                model="second",
                prompt=Prompt(tools=2, form="chat.tool_calls"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="id-late",
                question="id-late",
                start="with",
                model="second",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=id-late)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="nulls",
                question="nulls",
                start="with",
                model="second",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=nulls)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="interleaved",
                question="interleaved",
                start="with",
                model="second",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=interleaved)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
        ),
        expect=(
            Expect(step="whole", seen="answered", invariant="tool-calls-intact"),
            Expect(step="id-late", seen="answered", invariant="tool-calls-intact"),
            Expect(step="nulls", seen="answered", invariant="tool-calls-intact"),
            Expect(step="interleaved", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="native.json-tool-calls-in-openais-shape",
        promise="Native tool calls in OpenAI's shape, with an id and with arguments as text, are the same calls.",
        reference="Cloudflare docs: Workers AI, function calling",
        focus=("tool-calls-intact",),
        needs=("second-model",),
        steps=(
            Step(
                model="second",
                stream=False,
                prompt=Prompt(tools=2, form="chat.tool_calls"),
                params={"tools": [WEATHER, CLOCK]},
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="tool-calls-intact"),),
    ),
    Case(
        id="native.json-in-other-forms",
        promise="A native answer with unknown fields, or spelled in another way, is the same answer.",
        reference="Cloudflare API: response envelope",
        focus=(
            "no-loss",
            "usage-true",
        ),
        needs=("second-model",),
        steps=(
            Step(label="unknown", question="unknown", model="second", stream=False, prompt=Prompt(form="chat.fields")),
            Step(
                label="details",
                question="details",
                start="with",
                model="second",
                stream=False,
                prompt=Prompt(form="chat.fields(which=usage_details)"),
            ),
            Step(
                label="escaped",
                question="escaped",
                start="with",
                model="second",
                stream=False,
                prompt=Prompt(form="chat.spelling(kind=escaped)"),
            ),
            Step(
                label="spaced",
                question="spaced",
                start="with",
                model="second",
                stream=False,
                prompt=Prompt(form="chat.spelling"),
            ),
        ),
        expect=(
            Expect(step="unknown", seen="answered", invariant="no-loss"),
            Expect(step="details", seen="answered", invariant="no-loss"),
            Expect(step="escaped", seen="answered", invariant="no-loss"),
            Expect(step="spaced", seen="answered", invariant="no-loss"),
        ),
    ),
)
