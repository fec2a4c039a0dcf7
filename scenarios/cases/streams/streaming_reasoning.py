"""Answers that tell their reasoning beside the text, under either name that upstreams give the field.

The one rule: nothing goes wrong upstream here; the prompt names the form, and the text is what it would have been.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="streaming.reasoning-beside-text",
        promise="Text in a chunk that also holds reasoning arrives, whichever name that field has.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="content", question="content", prompt=Prompt(form="chat.reasoning(place=beside)")),
            Step(
                label="short",
                question="short",
                start="with",
                prompt=Prompt(form="chat.reasoning(place=beside,name=reasoning)"),
            ),
            Step(
                label="both",
                question="both",
                start="with",
                prompt=Prompt(form="chat.reasoning(place=beside,name=both)"),
            ),
        ),
        expect=(
            Expect(step="content", seen="answered", invariant="no-loss"),
            Expect(step="short", seen="answered", invariant="no-loss"),
            Expect(step="both", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.reasoning-apart",
        promise="Reasoning in chunks of its own, before or between the text, adds no text and costs none.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=(
            "no-loss",
            "no-invention",
            "order-kept",
        ),
        steps=(
            Step(label="before", question="before", prompt=Prompt(form="chat.reasoning")),
            Step(
                label="between", question="between", start="with", prompt=Prompt(form="chat.reasoning(place=between)")
            ),
            Step(label="short", question="short", start="with", prompt=Prompt(form="chat.reasoning(name=reasoning)")),
            Step(
                label="between-both",
                question="between-both",
                start="with",
                prompt=Prompt(form="chat.reasoning(place=between,name=both)"),
            ),
        ),
        expect=(
            Expect(step="before", seen="answered", invariant="no-loss"),
            Expect(step="between", seen="answered", invariant="no-loss"),
            Expect(step="short", seen="answered", invariant="no-loss"),
            Expect(step="between-both", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.reasoning-empty",
        promise="Text beside a reasoning field that is null or empty arrives.",
        reference="Cloudflare docs: Workers AI, streaming",
        focus=("no-loss",),
        steps=(
            Step(label="null", question="null", prompt=Prompt(form="chat.reasoning(place=null)")),
            Step(label="empty", question="empty", start="with", prompt=Prompt(form="chat.reasoning(place=empty)")),
            Step(
                label="short-null",
                question="short-null",
                start="with",
                prompt=Prompt(form="chat.reasoning(place=null,name=reasoning)"),
            ),
            Step(
                label="short-empty",
                question="short-empty",
                start="with",
                prompt=Prompt(form="chat.reasoning(place=empty,name=reasoning)"),
            ),
        ),
        expect=(
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="empty", seen="answered", invariant="no-loss"),
            Expect(step="short-null", seen="answered", invariant="no-loss"),
            Expect(step="short-empty", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.reasoning-before-tools",
        promise="Reasoning before and beside a tool call leaves the call whole.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=("tool-calls-intact",),
        steps=(
            Step(
                label="before",
                question="before",
                prompt=Prompt(tools=1, form="chat.reasoning"),
                params={"tools": [WEATHER]},
            ),
            Step(
                label="beside",
                question="beside",
                start="with",
                prompt=Prompt(tools=2, form="chat.reasoning(place=beside)"),
                params={"tools": [WEATHER]},
            ),
        ),
        expect=(
            Expect(step="before", seen="answered", invariant="tool-calls-intact"),
            Expect(step="beside", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
)
