"""Parameters that must reach upstream as they were set, and none that the client did not set.

The one rule: nothing is wrong with these requests; what upstream was sent is compared with what the client sent.
"""

from __future__ import annotations

from scenarios.asked import LARGE_ID, OFF, ORDER, RICH, RULES, STRICT
from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="requests.temperature-and-top-p",
        promise="`temperature` and `top_p` reach upstream as the client set them, zero included.",
        reference="OpenAI API: create chat completion",
        focus=("request-true",),
        steps=(Step(params={"temperature": 0, "top_p": 0.35}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.seed-and-stop",
        promise="`seed`, `stop` as a list or a word, and metadata reach upstream as the client set them.",
        reference="OpenAI API: create chat completion",
        focus=("request-true",),
        steps=(
            Step(
                stream=False,
                params={
                    "seed": LARGE_ID,
                    "stop": ["END", "\n\n"],
                    "user": "ann-7",
                    "metadata": {"ticket": "4711"},
                    "prompt_cache_key": "guide-2",
                },
            ),
            Step(label="word", question="r", start="with", params={"stop": "END", "seed": 1}),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.penalties",
        promise="Negative and positive penalties reach upstream as the client set them.",
        reference="OpenAI API: create chat completion",
        focus=("request-true",),
        steps=(
            Step(
                params={
                    "presence_penalty": -2,
                    "frequency_penalty": 2.0,
                    "temperature": 2,
                    "logit_bias": {"50256": -100, "11": 0.5},
                }
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.top-k",
        promise="`top_k`, which Workers AI knows and OpenAI does not, reaches upstream.",
        reference="Cloudflare docs: Workers AI, text generation input",
        focus=("request-true",),
        level="should",
        steps=(Step(stream=False, params={"top_k": 17}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.max-tokens",
        promise="The token limit reaches upstream under either of its names.",
        reference="OpenAI API: create chat completion",
        focus=("request-true", "finish-true"),
        steps=(
            Step(params={"max_tokens": 6}),
            Step(label="newer", question="r", start="with", params={"max_completion_tokens": 7}),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.number-of-choices",
        promise="The number of choices reaches upstream.",
        reference="OpenAI API: create chat completion",
        focus=("request-true", "choices-separate"),
        steps=(Step(stream=False, params={"n": 2}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.tools",
        promise="Tool definitions and `tool_choice` reach upstream complete.",
        reference="OpenAI API: tools",
        focus=("request-true", "tool-calls-intact"),
        steps=(
            Step(
                prompt=Prompt(tools=1),
                params={
                    "tools": [WEATHER, CLOCK, ORDER],
                    "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
                },
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.response-format",
        promise="A request for JSON output reaches upstream with its schema.",
        reference="OpenAI API: response_format; Cloudflare docs: Workers AI, JSON mode",
        focus=("request-true",),
        steps=(
            Step(
                stream=False,
                params={
                    "response_format": {
                        "type": "json_schema",
                        "json_schema": {
                            "name": "fruit",
                            "strict": True,
                            "schema": STRICT,
                        },
                    }
                },
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.usage-wanted",
        promise="A client that asks for usage at the end of a stream gets it.",
        reference="OpenAI API: stream_options.include_usage",
        focus=("usage-true", "request-true"),
        steps=(
            Step(
                prompt=Prompt(form="chat.fields(which=usage_details)"),
                params={"stream_options": {"include_usage": True}, "temperature": 0.45},
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.unknown-parameter",
        promise="A parameter that the target does not know does not make the request fail.",
        reference="OpenAI API: backwards compatibility",
        focus=("request-true",),
        level="should",
        steps=(Step(stream=False, params={"x_future": {"level": 3, "on": False, "name": None}, "x_off": False}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.off-and-nought",
        promise="Values that are false, zero or empty reach upstream and are not taken for missing.",
        reference="OpenAI API: create chat completion, defaults of the parameters",
        focus=("request-true", "fields-kept"),
        steps=(Step(stream=False, params=OFF),),
        expect=(Expect(step="ask", seen="served-or-declined", invariant="request-limits"),),
    ),
    Case(
        id="requests.nothing-added",
        promise="What a target adds to requests is declared in its file.",
        reference="edgeproof's own rule: request-true",
        focus=("request-true",),
        level="should",
        steps=(
            Step(label="stream"),
            Step(label="json", question="r", stream=False),
            Step(label="rich", question="s", stream=False, params=RICH, turns=RULES),
        ),
        expect=(Expect(step="stream", seen="answered", invariant="request-true"),),
        tells_additions=True,
    ),
)
