"""Messages that must reach upstream as they were said: every turn, every role, every character.

The one rule: nothing is wrong with these requests; what upstream was sent is compared with what the client sent.
"""

from __future__ import annotations

from fault_injection.families import client
from scenarios.case import Case, Expect, Step
from scenarios.tools import WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="requests.system-message",
        promise="A system message reaches upstream in front of the question.",
        reference="OpenAI API: messages",
        focus=("request-true",),
        steps=(Step(turns=(("system", "You are a terse assistant."),)),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.conversation",
        promise="Earlier turns of a conversation reach upstream in full and in order.",
        reference="OpenAI API: messages",
        focus=("request-true",),
        steps=(
            Step(
                stream=False,
                turns=(
                    ("system", "You are a guide."),
                    ("user", "Where am I?"),
                    ("assistant", "In Zürich."),
                    ("user", "And now?"),
                    ("assistant", "Still in Zürich."),
                ),
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.second-turn",
        promise="The second turn of a conversation carries the first one along.",
        reference="OpenAI API: messages",
        focus=("request-true", "cache-key-complete"),
        steps=(
            Step(label="first", stream=False),
            Step(
                label="second",
                question="r",
                stream=False,
                turns=(("user", "What is the edge?"), ("assistant", "A place close to you.")),
            ),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="request-true"),
            Expect(step="second", seen="answered", invariant="request-true"),
        ),
    ),
    Case(
        id="requests.sixty-turns",
        promise="A conversation of sixty messages reaches upstream without a gap.",
        reference="OpenAI API: messages",
        focus=("request-true",),
        steps=(Step(faults=(client.ManyMessages(count=60),)),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.long-message",
        promise="A message of fifty kilobytes reaches upstream whole.",
        reference="Cloudflare docs: Workers AI, context windows",
        focus=("request-true",),
        steps=(Step(stream=False, faults=(client.HugeRequest(size_bytes=50_000),)),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.every-script",
        promise="Emoji, right-to-left text, combining characters and line separators reach upstream unchanged.",
        reference="RFC 8259 §8.1",
        focus=("request-true",),
        steps=(
            Step(
                turns=(
                    ("system", "Grüße aus Zürich — „so“ 👩‍👩‍👧‍👦 👋🏽 🇩🇪"),
                    ("user", "שלום مرحبا नमस्ते 한국어 東京 e\u0301 \u2028 \u2029 \ufeff \u200f"),
                    ("assistant", 'A "quote", a back\\slash, a\ttab and\na line.'),
                )
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.white-space-kept",
        promise="White space at the ends of a message and empty messages reach upstream as they are.",
        reference="OpenAI API: messages",
        focus=("request-true",),
        level="should",
        steps=(Step(stream=False, turns=(("system", "  indented\n\n"), ("user", " "), ("assistant", "ok\n"))),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.tool-result",
        promise="A tool's result reaches upstream behind the call that it belongs to.",
        reference="OpenAI API: function calling",
        focus=("request-true",),
        steps=(
            Step(
                stream=False,
                params={"tools": [WEATHER]},
                turns=(
                    ("user", "What is the weather in Zürich?"),
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [
                            {
                                "id": "call_7f3a",
                                "type": "function",
                                "function": {"name": "get_weather", "arguments": '{"place":"Zürich"}'},
                            }
                        ],
                    },
                    {"role": "tool", "tool_call_id": "call_7f3a", "content": '{"degrees": 7, "sky": "grey"}'},
                ),
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.content-in-parts",
        promise="A message whose content is a list of text parts reaches upstream with all of them.",
        reference="OpenAI API: content parts",
        focus=("request-true",),
        steps=(
            Step(
                turns=(
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "The first part."},
                            {"type": "text", "text": " And more."},
                        ],
                    },
                    ("assistant", "Read both."),
                )
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
)
