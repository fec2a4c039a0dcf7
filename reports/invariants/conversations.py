"""What is remembered of a conversation, and how it is spoken in over a WebSocket."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="conversations",
    title="Conversations",
    about="A client says what is new and names its conversation. What was said before is for the target to know.",
    guides=(
        Guide(
            id="conversation-kept",
            level=Level.MUST,
            promise="What was said in a conversation is there in its next turn and in its history: once, in order, "
            "and as it ended.",
            why="A model that does not get the earlier turns answers a question that nobody has asked. Half an answer "
            "that "
            "is remembered as a whole one is taken for the model's own word in every turn that follows.",
            sources=(
                "Cloudflare docs: Durable Objects, in-memory state and storage",
                "Cloudflare docs: Workers AI, text generation input",
                "edgeproof's own rule: conversation-kept",
            ),
            right="Leave out turns that failed or whose client left, mark them, or send upstream only the question. "
            "Leave out or sum up the earlier turns of a long conversation. Decline a second question while the first "
            "is being answered, and any name with a clean 4xx.",
            mend="Let one actor, lock or transaction have the turns of a conversation, add question and answer in one "
            "write when the answer is whole, and send its end only then. Never store an answer that has no text as "
            "null. Keep nothing in memory that a restart may not lose.",
        ),
        Guide(
            id="websocket-true",
            level=Level.MUST,
            promise="A WebSocket opens where it is claimed, answers pings and closes, says with a code why it ends, "
            "and reaches everybody it should reach.",
            why="A browser that gets no close frame waits for a timeout, and connects again without knowing why. What "
            "stands between client and target closes a connection whose pings have no pong.",
            sources=(
                "RFC 6455 §5.5, §7.1, §7.4",
                "Cloudflare docs: Workers runtime APIs, WebSockets",
                "Cloudflare docs: Durable Objects, use WebSockets",
            ),
            right="Answer a message that cannot be served with an error, and keep the connection; or close it with "
            "1003, 1007, 1008 or 1009.",
            mend="Let the library answer pings and closes. Catch what a message makes you throw, and send it as an "
            "error message; close with 1009 at one that is too large. Send every chunk to each socket of it.",
        ),
    ),
)
