"""Parameters that must reach upstream as they were set, and none that the client did not set.

The one rule: nothing is wrong with these requests; what upstream was sent is compared with what the client sent.
"""

from __future__ import annotations

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
        promise="`seed` and `stop` reach upstream as the client set them.",
        reference="OpenAI API: create chat completion",
        focus=("request-true",),
        steps=(Step(stream=False, params={"seed": 4711, "stop": ["END", "\n\n"]}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.penalties",
        promise="Negative and positive penalties reach upstream as the client set them.",
        reference="OpenAI API: create chat completion",
        focus=("request-true",),
        steps=(Step(params={"presence_penalty": -1.5, "frequency_penalty": 0.7}),),
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
        promise="The limit on tokens reaches upstream, so that the client pays for no more.",
        reference="OpenAI API: create chat completion",
        focus=("request-true", "finish-true"),
        steps=(Step(params={"max_tokens": 6}),),
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
        promise="Tool definitions and the choice among them reach upstream whole.",
        reference="OpenAI API: tools",
        focus=("request-true", "tool-calls-intact"),
        steps=(
            Step(
                prompt=Prompt(tools=1),
                params={
                    "tools": [WEATHER, CLOCK],
                    "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
                },
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.response-format",
        promise="A wish for JSON output reaches upstream with its schema.",
        reference="OpenAI API: response_format; Cloudflare docs: Workers AI, JSON mode",
        focus=("request-true",),
        steps=(
            Step(
                stream=False,
                params={
                    "response_format": {
                        "type": "json_schema",
                        "json_schema": {
                            "name": "place",
                            "schema": {"type": "object", "properties": {"city": {"type": "string"}}},
                        },
                    }
                },
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.usage-wanted",
        promise="A wish for usage at the end of a stream is granted.",
        reference="OpenAI API: stream_options.include_usage",
        focus=("usage-true", "request-true"),
        steps=(Step(params={"stream_options": {"include_usage": True}, "temperature": 0.45}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.unknown-parameter",
        promise="A parameter that the target does not know does not make the request fail.",
        reference="OpenAI API: backwards compatibility",
        focus=("request-true",),
        level="should",
        steps=(Step(stream=False, params={"x_future": {"level": 3}}),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
)
