"""Requests that cannot be meant: too large, too deep, too many, or no chat request at all.

The one rule: the answer is a clean 4xx, from the target itself; where a limit is the target's own, the checks know it.
"""

from __future__ import annotations

from fault_injection.families import client
from scenarios.case import Case, Expect, Step

CASES: tuple[Case, ...] = (
    Case(
        id="limits.a-little-too-large",
        promise="A request of a little more than a megabyte is declined where that is over the limit.",
        reference="RFC 9110 §15.5.14 Content Too Large",
        focus=("request-limits", "error-shape"),
        needs=("limits.max_request_bytes",),
        steps=(Step(stream=False, faults=(client.HugeRequest(size_bytes=1_200_000),)),),
    ),
    Case(
        id="limits.much-too-large",
        promise="A request of twelve megabytes is declined cleanly where that is over the limit.",
        reference="RFC 9110 §15.5.14 Content Too Large",
        focus=("request-limits", "error-shape"),
        needs=("limits.max_request_bytes",),
        steps=(Step(faults=(client.HugeRequest(size_bytes=12_000_000),)),),
    ),
    Case(
        id="limits.too-deep",
        promise="A request nested ten thousand levels deep is declined where depth is limited.",
        reference="RFC 8259 §9 (limits on depth)",
        focus=("request-limits", "error-shape"),
        needs=("limits.max_depth",),
        steps=(Step(stream=False, faults=(client.DeepNesting(depth=10_000),)),),
    ),
    Case(
        id="limits.a-little-too-deep",
        promise="A request nested a hundred levels deep, which any parser takes, is declined where less is allowed.",
        reference="RFC 8259 §9 (limits on depth)",
        focus=("request-limits", "error-shape"),
        needs=("limits.max_depth",),
        steps=(Step(stream=False, faults=(client.DeepNesting(depth=100),)),),
    ),
    Case(
        id="limits.absurdly-deep",
        promise="A request nested two hundred thousand levels deep does not take the target down.",
        reference="RFC 8259 §9 (limits on depth)",
        focus=("alive-after", "request-limits"),
        steps=(Step(stream=False, faults=(client.DeepNesting(depth=200_000),)),),
    ),
    Case(
        id="limits.too-many-messages",
        promise="A conversation of a thousand messages is declined where their number is limited.",
        reference="RFC 9110 §15.5.1",
        focus=("request-limits", "error-shape"),
        needs=("limits.max_messages",),
        steps=(Step(stream=False, faults=(client.ManyMessages(count=1000),)),),
    ),
    Case(
        id="limits.plain-text",
        promise="A request that is plain text is declined.",
        reference="RFC 8259 §2",
        focus=("request-limits", "error-shape"),
        steps=(Step(faults=(client.NotJson(),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.half-a-request",
        promise="A request whose JSON stops in the middle is declined.",
        reference="RFC 8259 §2",
        focus=("request-limits", "error-shape"),
        steps=(Step(stream=False, faults=(client.NotJson(kind="truncated"),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.empty-request",
        promise="A request without a body is declined.",
        reference="RFC 9110 §15.5.1",
        focus=("request-limits", "error-shape"),
        steps=(Step(stream=False, faults=(client.NotJson(kind="empty"),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.random-bytes",
        promise="A request of random bytes is declined.",
        reference="RFC 8259 §8.1",
        focus=("request-limits", "error-shape"),
        steps=(Step(faults=(client.NotJson(kind="binary"),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.invalid-utf8",
        promise="A request that is not valid UTF-8 is declined and not passed on.",
        reference="RFC 8259 §8.1",
        focus=("request-limits", "error-shape"),
        # Decoders by the Encoding standard read U+FFFD there and pass that on: less strict, and no `expect` then.
        steps=(Step(stream=False, faults=(client.InvalidUtf8Body(),)),),
    ),
    Case(
        id="limits.messages-missing",
        promise="A request without messages is declined.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        steps=(Step(stream=False, faults=(client.WrongField(),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.messages-empty",
        promise="A request with an empty list of messages is declined.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        steps=(Step(faults=(client.WrongField(kind="messages-empty"),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.role-missing",
        promise="A message without a role is declined.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        # A target may put it right and take it for the user's: less strict, and no `expect` then.
        steps=(Step(stream=False, faults=(client.WrongField(kind="role-missing"),)),),
    ),
    Case(
        id="limits.role-unknown",
        promise="A message in a role that nobody knows is declined.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        # Workers AI takes any role, so a byte pipe that passes it on is only less strict: there is no `expect`.
        steps=(Step(stream=False, faults=(client.WrongField(kind="role-unknown"),)),),
    ),
    Case(
        id="limits.content-a-number",
        promise="A message whose content is a number is declined.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        # A target may put it right and write the number out: less strict, and no `expect` then.
        steps=(Step(stream=False, faults=(client.WrongField(kind="content-number"),)),),
    ),
    Case(
        id="limits.model-a-number",
        promise="A request whose model is a number is declined.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        steps=(Step(stream=False, faults=(client.WrongField(kind="model-number"),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.stream-a-word",
        promise="A request whose `stream` is a word is declined, not guessed at.",
        reference="OpenAI API: create chat completion",
        focus=("request-limits", "error-shape"),
        level="should",
        steps=(Step(stream=False, faults=(client.WrongField(kind="stream-string"),)),),
        expect=(Expect(step="ask", seen="refused", invariant="request-limits"),),
    ),
    Case(
        id="limits.slow-upload",
        promise="A request that arrives in small pieces is waited for.",
        reference="RFC 9112 §6.3",
        focus=("request-limits", "no-loss"),
        steps=(Step(faults=(client.SlowUpload(piece_bytes=24, wait_s=0.04),)),),
        expect=(Expect(step="ask", seen="answered", invariant="request-limits"),),
    ),
    Case(
        id="limits.large-but-allowed",
        promise="A request of three hundred kilobytes is served.",
        reference="Cloudflare docs: Workers AI, context windows",
        focus=("request-limits", "no-loss"),
        steps=(Step(faults=(client.HugeRequest(size_bytes=300_000),)),),
        expect=(Expect(step="ask", seen="answered", invariant="request-limits"),),
    ),
    Case(
        id="limits.many-bad-requests",
        promise="Twenty bad requests at once are declined, and a good one between them is served.",
        reference="edgeproof: alive-after",
        focus=("request-limits", "no-cross-talk", "alive-after"),
        steps=(
            Step(label="bad", stream=False, together=20, faults=(client.NotJson(kind="truncated"),)),
            Step(label="good", question="r", start="with"),
        ),
        expect=(
            Expect(step="bad", seen="refused", invariant="request-limits"),
            Expect(step="good", seen="answered", invariant="no-cross-talk"),
        ),
    ),
)
