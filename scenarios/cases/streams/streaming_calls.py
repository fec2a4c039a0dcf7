"""Tool calls in every form in which upstreams have been seen to stream them.

The one rule: id, name and arguments come once each in the end, whatever the pieces they came in.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, RECORD, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="streaming.tool-call-in-one-delta",
        promise="A tool call whole in one chunk keeps its id, its name and its arguments.",
        reference="OpenAI API: streaming tool calls",
        focus=(
            "tool-calls-intact",
            "finish-true",
        ),
        steps=(
            Step(
                label="whole",
                question="whole",
                prompt=Prompt(tools=1, form="chat.tool_calls"),
                params={"tools": [WEATHER]},
            ),
            Step(
                label="two",
                question="two",
                start="with",
                prompt=Prompt(tools=2, form="chat.tool_calls"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="together",
                question="together",
                start="with",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=together)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="one-piece",
                question="one-piece",
                start="with",
                prompt=Prompt(tools=1, form="chat.tool_calls(cut=one-piece)"),
                params={"tools": [WEATHER]},
            ),
        ),
        expect=(
            Expect(step="whole", seen="answered", invariant="tool-calls-intact"),
            Expect(step="two", seen="answered", invariant="tool-calls-intact"),
            Expect(step="together", seen="answered", invariant="tool-calls-intact"),
            Expect(step="one-piece", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="streaming.tool-call-named-late",
        promise="An id or a name that comes with the arguments still belongs to its call.",
        reference="OpenAI API: streaming tool calls",
        focus=("tool-calls-intact",),
        steps=(
            Step(
                label="id",
                question="id",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=id-late)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="name",
                question="name",
                start="with",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=name-late)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
        ),
        expect=(
            Expect(step="id", seen="answered", invariant="tool-calls-intact"),
            Expect(step="name", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="streaming.tool-call-named-again",
        promise="An id and a name that are repeated, null or empty in later pieces arrive once.",
        reference="vLLM docs: OpenAI-compatible server",
        focus=("tool-calls-intact",),
        steps=(
            Step(
                label="repeated",
                question="repeated",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=repeated)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="nulls",
                question="nulls",
                start="with",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=nulls)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="empty",
                question="empty",
                start="with",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=empty)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
        ),
        expect=(
            Expect(step="repeated", seen="answered", invariant="tool-calls-intact"),
            Expect(step="nulls", seen="answered", invariant="tool-calls-intact"),
            Expect(step="empty", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="streaming.tool-calls-interleaved",
        promise="Interleaved pieces of two calls belong to the call that their index names.",
        reference="OpenAI API: streaming tool calls",
        focus=(
            "tool-calls-intact",
            "order-kept",
        ),
        steps=(
            Step(
                label="turns",
                question="turns",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=interleaved)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
        ),
        expect=(Expect(step="turns", seen="answered", invariant="tool-calls-intact"),),
    ),
    Case(
        id="streaming.tool-call-with-finish",
        promise="The last piece of a call arrives even when the finish reason is in the same chunk.",
        reference="OpenAI API: streaming tool calls",
        focus=(
            "tool-calls-intact",
            "finish-true",
        ),
        steps=(
            Step(
                label="beside",
                question="beside",
                prompt=Prompt(tools=1, form="chat.finish"),
                params={"tools": [WEATHER]},
            ),
            Step(
                label="whole",
                question="whole",
                start="with",
                prompt=Prompt(tools=2, form="chat.tool_calls+chat.finish"),
                params={"tools": [WEATHER, CLOCK]},
            ),
        ),
        expect=(
            Expect(step="beside", seen="answered", invariant="tool-calls-intact"),
            Expect(step="whole", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="streaming.tool-arguments-of-every-number",
        promise="Numbers with nineteen digits, a zero fraction or an exponent arrive in arguments unchanged.",
        reference="RFC 8259 §6",
        focus=("tool-calls-intact",),
        steps=(
            Step(label="stream", question="stream", prompt=Prompt(tools=1), params={"tools": [RECORD]}),
            Step(
                label="whole",
                question="whole",
                start="with",
                prompt=Prompt(tools=1, form="chat.tool_calls"),
                params={"tools": [RECORD]},
            ),
        ),
        expect=(
            Expect(step="stream", seen="answered", invariant="tool-calls-intact"),
            Expect(step="whole", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
)
