"""Messages that must reach upstream as they were said: every turn, every role, every character.

The one rule: nothing is wrong with these requests; what upstream was sent is compared with what the client sent.
"""

from __future__ import annotations

from fault_injection.families import client, http
from scenarios.asked import ATTACHMENTS, EXTRAS, IMAGES, ODD_TEXTS, PICTURE, RESULTS, SOUND, history
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="requests.system-message",
        promise="A system message reaches upstream before the question.",
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
                    ("system", "The guest has moved."),
                    ("user", "And now?"),
                    ("assistant", "Still in Zürich."),
                ),
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.second-turn",
        promise="The second turn of a conversation includes the first one.",
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
        promise="Tool calls and their results reach upstream in order, with every digit of their numbers.",
        reference="OpenAI API: function calling",
        focus=("request-true",),
        steps=(
            Step(
                stream=False,
                params={"tools": [WEATHER, CLOCK]},
                turns=RESULTS,
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.content-in-parts",
        promise="Messages in any role whose content is a list of text parts reach upstream with all of them.",
        reference="OpenAI API: content parts",
        focus=("request-true",),
        steps=(
            Step(
                turns=(
                    {
                        "role": "system",
                        "content": [
                            {"type": "text", "text": "You read parts."},
                            {"type": "text", "text": " You read them all."},
                        ],
                    },
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "The first part."},
                            {"type": "text", "text": " And more."},
                        ],
                    },
                    {"role": "assistant", "content": [{"type": "text", "text": "Read both."}]},
                )
            ),
        ),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.images",
        promise="Pictures in a conversation reach upstream, in every attempt, or the request is declined.",
        reference="OpenAI API: images in messages",
        focus=("request-true",),
        steps=(Step(stream=False, turns=IMAGES, parts=(PICTURE,)),),
        upstream=(Upstream(faults=(http.Status(code=500),), first=1, must_strike=False),),
    ),
    Case(
        id="requests.audio-and-files",
        promise="Audio and files in a conversation reach upstream, or the request is declined.",
        reference="OpenAI API: audio and file inputs",
        focus=("request-true",),
        steps=(Step(turns=ATTACHMENTS, parts=(SOUND,)),),
        expect=(Expect(step="ask", seen="served-or-declined", invariant="request-limits"),),
    ),
    Case(
        id="requests.names-and-extras",
        promise="Names, reasoning, refusals and empty results of earlier messages reach upstream with them.",
        reference="OpenAI API: messages; DeepSeek API: reasoning_content in tool calls",
        focus=("request-true",),
        steps=(Step(stream=False, turns=EXTRAS),),
        expect=(Expect(step="ask", seen="served-or-declined", invariant="request-limits"),),
    ),
    Case(
        id="requests.odd-characters",
        promise="Control and format characters and half a character reach upstream, or the request is declined.",
        reference="RFC 8259 §7, §8.2",
        focus=("request-true",),
        steps=(Step(stream=False, turns=ODD_TEXTS),),
        expect=(Expect(step="ask", seen="served-or-declined", invariant="request-limits"),),
    ),
    Case(
        id="requests.long-history",
        promise="A conversation of a hundred kilobytes reaches upstream with every tool call and its result.",
        reference="OpenAI API: messages",
        focus=("request-true",),
        steps=(Step(stream=False, turns=history(turns=16, turn_bytes=3_000)),),
        expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
    ),
    Case(
        id="requests.conversation-of-three-turns",
        promise="Each turn of a conversation reaches upstream with the earlier ones in it, each of them once.",
        reference="OpenAI API: create chat completion, messages",
        focus=("request-true", "no-cross-talk"),
        steps=(
            Step(label="one", question="q1"),
            Step(label="two", question="q2", turns=(("user", "Where am I?"), ("assistant", "At the edge."))),
            Step(
                label="three",
                question="q3",
                stream=False,
                turns=(
                    ("user", "Where am I?"),
                    ("assistant", "At the edge."),
                    ("user", "And now?"),
                    ("assistant", "Still there."),
                ),
            ),
        ),
        expect=(
            Expect(step="one", seen="answered", invariant="request-true"),
            Expect(step="two", seen="answered", invariant="request-true"),
            Expect(step="three", seen="answered", invariant="request-true"),
        ),
    ),
)
