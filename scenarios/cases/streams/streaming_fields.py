"""Streams with every field that a chunk may have beside its text: usage, log probabilities, refusals and the rest.

The one rule: nothing goes wrong upstream here; the prompt names the form, and the text is what it would have been.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="streaming.usage-everywhere",
        promise="Token usage on every chunk, or on any, says nothing about the end of the answer.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=(
            "no-loss",
            "usage-true",
        ),
        steps=(
            Step(
                label="every",
                question="every",
                prompt=Prompt(form="chat.usage"),
                params={"stream_options": {"include_usage": True}},
            ),
            Step(
                label="nulls",
                question="nulls",
                start="with",
                prompt=Prompt(form="chat.usage(place=nulls)"),
                params={"stream_options": {"include_usage": True}},
            ),
            Step(
                label="zeros",
                question="zeros",
                start="with",
                prompt=Prompt(form="chat.usage(place=zeros)"),
                params={"stream_options": {"include_usage": True}},
            ),
            Step(
                label="finish",
                question="finish",
                start="with",
                prompt=Prompt(form="chat.usage(place=finish)"),
                params={"stream_options": {"include_usage": True}},
            ),
            Step(
                label="early",
                question="early",
                start="with",
                prompt=Prompt(form="chat.usage(place=early)"),
                params={"stream_options": {"include_usage": True}},
            ),
        ),
        expect=(
            Expect(step="every", seen="answered", invariant="no-loss"),
            Expect(step="nulls", seen="answered", invariant="no-loss"),
            Expect(step="zeros", seen="answered", invariant="no-loss"),
            Expect(step="finish", seen="answered", invariant="no-loss"),
            Expect(step="early", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.tool-call-beside-usage",
        promise="Token usage on every chunk does not end a tool call.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=("tool-calls-intact",),
        steps=(
            Step(
                label="every",
                question="every",
                prompt=Prompt(tools=2, form="chat.usage"),
                params={"tools": [WEATHER], "stream_options": {"include_usage": True}},
            ),
            Step(
                label="zeros",
                question="zeros",
                start="with",
                prompt=Prompt(tools=1, form="chat.usage(place=zeros)"),
                params={"tools": [WEATHER], "stream_options": {"include_usage": True}},
            ),
        ),
        expect=(
            Expect(step="every", seen="answered", invariant="tool-calls-intact"),
            Expect(step="zeros", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="streaming.log-probabilities",
        promise="Log probabilities that the client asked for cost no text.",
        reference="OpenAI API: logprobs",
        focus=("no-loss",),
        steps=(
            Step(label="one", question="one", params={"logprobs": True}),
            Step(label="likely", question="likely", start="with", params={"logprobs": True, "top_logprobs": 3}),
            Step(label="unasked", question="unasked", start="with", prompt=Prompt(form="chat.logprobs")),
        ),
        expect=(
            Expect(step="one", seen="answered", invariant="no-loss"),
            Expect(step="likely", seen="answered", invariant="no-loss"),
            Expect(step="unasked", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.fields-beside-text",
        promise="Refusals, annotations, audio and other fields beside the text cost none of it.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "no-invention",
            "finish-true",
        ),
        steps=(
            Step(label="refusal", question="refusal", prompt=Prompt(form="chat.fields(which=refusal)")),
            Step(
                label="annotations",
                question="annotations",
                start="with",
                prompt=Prompt(form="chat.fields(which=annotations)"),
            ),
            Step(label="audio", question="audio", start="with", prompt=Prompt(form="chat.fields(which=audio)")),
            Step(label="unknown", question="unknown", start="with", prompt=Prompt(form="chat.fields")),
            Step(
                label="details",
                question="details",
                start="with",
                prompt=Prompt(form="chat.fields(which=usage_details)"),
                params={"stream_options": {"include_usage": True}},
            ),
            Step(
                label="tier",
                question="tier",
                start="with",
                prompt=Prompt(form="chat.fields(which=service_tier)+chat.fields(which=system_fingerprint)"),
            ),
        ),
        expect=(
            Expect(step="refusal", seen="answered", invariant="no-loss"),
            Expect(step="annotations", seen="answered", invariant="no-loss"),
            Expect(step="audio", seen="answered", invariant="no-loss"),
            Expect(step="unknown", seen="answered", invariant="no-loss"),
            Expect(step="details", seen="answered", invariant="no-loss"),
            Expect(step="tier", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.fields-empty",
        promise="Fields that are null or empty in every chunk change nothing.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="refusal", question="refusal", prompt=Prompt(form="chat.fields(which=refusal,value=null)")),
            Step(
                label="annotations",
                question="annotations",
                start="with",
                prompt=Prompt(form="chat.fields(which=annotations,value=null)+chat.fields(which=audio,value=null)"),
            ),
            Step(
                label="empty",
                question="empty",
                start="with",
                prompt=Prompt(form="chat.fields(which=annotations,value=empty)+chat.fields(which=refusal,value=empty)"),
            ),
            Step(label="unknown", question="unknown", start="with", prompt=Prompt(form="chat.fields(value=null)")),
            Step(
                label="details",
                question="details",
                start="with",
                prompt=Prompt(form="chat.fields(which=usage_details,value=null)"),
                params={"stream_options": {"include_usage": True}},
            ),
        ),
        expect=(
            Expect(step="refusal", seen="answered", invariant="no-loss"),
            Expect(step="annotations", seen="answered", invariant="no-loss"),
            Expect(step="empty", seen="answered", invariant="no-loss"),
            Expect(step="unknown", seen="answered", invariant="no-loss"),
            Expect(step="details", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="streaming.everything-at-once",
        promise="An answer full of reasoning, log probabilities, extra fields and usage keeps its text.",
        reference="OpenAI API: chat completion chunks",
        focus=(
            "no-loss",
            "usage-true",
        ),
        steps=(
            Step(
                label="rich",
                question="rich",
                prompt=Prompt(
                    form="chat.reasoning(place=beside)+chat.logprobs+chat.fields+chat.usage+chat.role(kind=every)+chat.finish"
                ),
                params={"stream_options": {"include_usage": True}},
            ),
        ),
        expect=(Expect(step="rich", seen="answered", invariant="no-loss"),),
    ),
)
