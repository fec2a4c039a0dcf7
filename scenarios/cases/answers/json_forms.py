"""Whole answers with other fields, other spellings, or as events, as upstreams have been seen to give them.

The one rule: the answer is a good one; a target that cannot carry it must say so, not change it.
"""

from __future__ import annotations

from fault_injection.families import payload
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import RECORD

CASES: tuple[Case, ...] = (
    Case(
        id="json.reasoning",
        promise="An answer with reasoning, or with an empty field for it, keeps its text.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="full", question="full", stream=False, prompt=Prompt(form="chat.reasoning")),
            Step(
                label="short",
                question="short",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.reasoning(name=reasoning)"),
            ),
            Step(
                label="null",
                question="null",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.reasoning(place=null)"),
            ),
            Step(
                label="empty",
                question="empty",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.reasoning(place=empty)"),
            ),
        ),
        expect=(
            Expect(step="full", seen="answered", invariant="no-loss"),
            Expect(step="short", seen="answered", invariant="no-loss"),
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="empty", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="json.log-probabilities",
        promise="Log probabilities of every token cost no text.",
        reference="OpenAI API: logprobs",
        focus=("no-loss",),
        steps=(Step(label="asked", question="asked", stream=False, params={"logprobs": True, "top_logprobs": 2}),),
        expect=(Expect(step="asked", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.fields-beside-text",
        promise="Refusals, annotations, audio, usage details and unknown fields cost no text and no usage.",
        reference="OpenAI API: chat completion object",
        focus=(
            "no-loss",
            "usage-true",
        ),
        steps=(
            Step(
                label="message",
                question="message",
                stream=False,
                prompt=Prompt(
                    form="chat.fields(which=refusal)+chat.fields(which=annotations)+chat.fields(which=audio)"
                ),
            ),
            Step(
                label="null",
                question="null",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.fields(which=annotations,value=null)+chat.fields(which=audio,value=null)"),
            ),
            Step(
                label="top",
                question="top",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.fields(which=service_tier)+chat.fields(which=system_fingerprint)"),
            ),
            Step(label="unknown", question="unknown", start="with", stream=False, prompt=Prompt(form="chat.fields")),
            Step(
                label="details",
                question="details",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.fields(which=usage_details)"),
            ),
        ),
        expect=(
            Expect(step="message", seen="answered", invariant="no-loss"),
            Expect(step="null", seen="answered", invariant="no-loss"),
            Expect(step="top", seen="answered", invariant="no-loss"),
            Expect(step="unknown", seen="answered", invariant="no-loss"),
            Expect(step="details", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="json.spelled-otherwise",
        promise="JSON with white space, other key orders or escapes of every kind is the same JSON.",
        reference="RFC 8259 §2, §7",
        focus=(
            "no-loss",
            "no-invention",
        ),
        steps=(
            Step(label="spaced", question="spaced", stream=False, prompt=Prompt(form="chat.spelling")),
            Step(
                label="reordered",
                question="reordered",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.spelling(kind=reordered)"),
            ),
            Step(
                label="escaped",
                question="escaped",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.spelling(kind=escaped)"),
            ),
            Step(
                label="slashes",
                question="slashes",
                start="with",
                stream=False,
                prompt=Prompt(form="chat.spelling(kind=slashes)"),
            ),
        ),
        expect=(
            Expect(step="spaced", seen="answered", invariant="no-loss"),
            Expect(step="reordered", seen="answered", invariant="no-loss"),
            Expect(step="escaped", seen="answered", invariant="no-loss"),
            Expect(step="slashes", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="json.keys-twice",
        promise="A key that occurs twice with the same value is read as that value, or refused.",
        reference="RFC 8259 §4",
        focus=("no-loss",),
        level="should",
        steps=(
            Step(label="twice", question="twice", stream=False, prompt=Prompt(form="chat.spelling(kind=repeated)")),
        ),
        expect=(Expect(step="twice", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="json.tool-arguments-of-every-number",
        promise="Numbers with nineteen digits, a zero fraction or an exponent arrive in arguments unchanged.",
        reference="RFC 8259 §6",
        focus=("tool-calls-intact",),
        steps=(Step(label="json", question="json", stream=False, prompt=Prompt(tools=1), params={"tools": [RECORD]}),),
        expect=(Expect(step="json", seen="answered", invariant="tool-calls-intact"),),
    ),
    Case(
        id="json.events-instead",
        promise="Events for a request that wanted one body become that body, or an error that says so.",
        reference="OpenAI API: stream",
        focus=(
            "no-loss",
            "valid-framing",
            "status-mapped",
        ),
        steps=(
            Step(label="told", question="told", stream=False),
            Step(label="labelled", question="labelled", start="with", stream=False),
            Step(
                label="calls",
                question="calls",
                start="with",
                stream=False,
                prompt=Prompt(tools=2),
                params={"tools": [RECORD]},
            ),
            Step(label="choices", question="choices", start="with", stream=False, params={"n": 2}),
        ),
        upstream=(
            Upstream(faults=(payload.EventsInstead(),), question="told"),
            Upstream(faults=(payload.EventsInstead(label="json"),), question="labelled"),
            Upstream(faults=(payload.EventsInstead(),), question="calls"),
            Upstream(faults=(payload.EventsInstead(),), question="choices"),
        ),
    ),
)
