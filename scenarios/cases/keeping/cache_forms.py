"""Answers in odd forms that are kept all the same, and ones that look finished and must not be.

The one rule: whether an answer is whole is decided by what it says, never by the form of its first or last chunk.
"""

from __future__ import annotations

from fault_injection.families import sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="cache.role-without-content-kept",
        promise="A stream whose first chunk has a role and no text is cached like any other.",
        reference="OpenAI API: chat completion chunks",
        focus=("cache-hit-equal",),
        needs=("cache.streams",),
        steps=(
            Step(label="first", prompt=Prompt(form="chat.role")),
            Step(label="again", prompt=Prompt(form="chat.role")),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.text-with-finish-kept",
        promise="A stream whose last text comes with its finish reason is cached whole, as a stream and as JSON.",
        reference="OpenAI API: chat completion chunks",
        focus=("cache-hit-equal", "cache-stream-form"),
        needs=("cache.streams",),
        steps=(
            Step(label="stream", prompt=Prompt(form="chat.finish")),
            Step(label="again", prompt=Prompt(form="chat.finish")),
            Step(label="json", prompt=Prompt(form="chat.finish"), stream=False),
        ),
        expect=(
            Expect(step="stream", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="json", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.tool-calls-in-other-pieces",
        promise="Tool calls that came in one piece, or named in every piece, are cached correctly.",
        reference="OpenAI API: streaming tool calls",
        focus=("cache-hit-equal", "tool-calls-intact"),
        needs=("cache.streams",),
        steps=(
            Step(
                label="named",
                question="named",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=repeated)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="named-json",
                question="named",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=repeated)"),
                params={"tools": [WEATHER, CLOCK]},
                stream=False,
            ),
            Step(
                label="turns",
                question="turns",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=interleaved)"),
                params={"tools": [WEATHER, CLOCK]},
            ),
            Step(
                label="turns-json",
                question="turns",
                prompt=Prompt(tools=2, form="chat.tool_calls(cut=interleaved)"),
                params={"tools": [WEATHER, CLOCK]},
                stream=False,
            ),
        ),
        expect=(
            Expect(step="named", seen="answered", invariant="tool-calls-intact"),
            Expect(step="named-json", seen="answered", invariant="cache-hit-equal"),
            Expect(step="turns", seen="answered", invariant="tool-calls-intact"),
            Expect(step="turns-json", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.not-done-without-a-finish",
        promise="A stream with [DONE] but no finish reason is not served to anyone else.",
        reference="edgeproof's own rule: cache-never-bad",
        focus=("cache-never-bad",),
        level="should",
        needs=("cache.streams",),
        steps=(Step(label="cut"), Step(label="again")),
        upstream=(Upstream(faults=(sse_ends.DoneWithoutFinish(),), first=1),),
        expect=(Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),),
    ),
    Case(
        id="cache.not-an-answer-without-an-answer",
        promise="A stream with [DONE] and nothing else is not cached.",
        reference="edgeproof's own rule: cache-never-bad",
        focus=("cache-never-bad",),
        needs=("cache.streams",),
        steps=(Step(label="nothing", prompt=Prompt(tokens=0)), Step(label="again", prompt=Prompt(tokens=0))),
        upstream=(Upstream(faults=(sse_ends.DoneWithoutFinish(),), first=1),),
        expect=(Expect(step="again", seen="asked-upstream", invariant="cache-never-bad"),),
    ),
)
