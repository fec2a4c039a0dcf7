"""What an answer says: every piece of text, every tool call and every number arrives as upstream sent it."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="answers",
    title="What an answer says",
    about="Every piece of text, every tool call and every number arrives as upstream sent it.",
    guides=(
        Guide(
            id="no-loss",
            level=Level.MUST,
            promise="The text of a finished answer is all of upstream's.",
            why="A missing token changes what an answer says and cannot be seen by the reader. This is the most "
            "common defect of hand-written stream parsers.",
            sources=(
                "WHATWG HTML §9.2.6: interpreting an event stream",
                "RFC 9293 §3.8: TCP keeps no message boundaries",
                "OpenAI API: chat completion chunks",
            ),
            right="Send the text in other pieces than upstream did. An answer that broke off may be a prefix of "
            "upstream's.",
            mend="Keep a buffer across reads and cut it at blank lines; one read is not one event. Accept LF, CR and "
            "CRLF. Decode UTF-8 with a decoder that keeps half a character for the next read (TextDecoder with "
            "stream: true, an incremental decoder in Python). Flush what is left at the end of the body. Better "
            "still, use a maintained parser.",
        ),
        Guide(
            id="no-duplication",
            level=Level.MUST,
            promise="No part of the text arrives twice.",
            why="Repeated text is seen by every reader, and repeated tool arguments are no longer JSON.",
            sources=(
                "OpenAI API: chat completion chunks hold what is new, not all so far",
                "edgeproof's own rule: no-retry-after-first-byte",
            ),
            right="Pass on twice what upstream itself sent twice; it need not guess.",
            mend="Remove what you have handled from the buffer before the next read. Never start an answer anew once "
            "a piece of it has gone out. Send deltas, not the whole text so far.",
        ),
        Guide(
            id="no-invention",
            level=Level.MUST,
            promise="No text arrives that upstream did not send.",
            why="The client reads text that no model wrote. Typical inventions are replacement "
            "characters, the words null and undefined, error messages, and half an event shown as text.",
            sources=(
                "WHATWG HTML §9.2.6: an incomplete event at the end is discarded",
                "RFC 3629 §3: UTF-8",
                "OpenAI API: chat completion chunks",
            ),
            right="Replace broken characters in a way of its own; upstream's bytes were not valid text to begin with. "
            "That is at most non-strict.",
            mend="Put bytes together before you decode them. Treat content that is null or missing as no text. "
            "Discard what is left in the buffer without a blank line after it. Report errors as errors, never as "
            "text of the answer.",
        ),
        Guide(
            id="order-kept",
            level=Level.MUST,
            promise="The text arrives in the order in which it was sent.",
            why="Tokens in another order make another answer.",
            sources=("WHATWG HTML §9.2.6: events are dispatched in order", "OpenAI API: chat completion chunks"),
            right="Cut the text into other pieces, as long as they follow one another.",
            mend="Write to the client from a single task, and await each write. Do not start a task for each "
            "event, and do not sort chunks by a time stamp or an index of your own.",
        ),
        Guide(
            id="no-cross-talk",
            level=Level.MUST,
            promise="Concurrent exchanges never mix.",
            why="A stranger's answer is a breach of privacy, and the hardest defect to reproduce: it "
            "takes two clients at the right moment.",
            sources=(
                "edgeproof's own rule: no-cross-talk",
                "RFC 9111 §3.5: answers to requests with Authorization are not shared",
            ),
            right="Ask upstream once for several clients that ask the same, where the cache that it claims may be "
            "shared between them.",
            mend="Keep the buffer, the decoder and the state of an answer inside the request. Look for module "
            "variables and for objects that are reused: a global buffer, a regular expression with a memory (the g "
            "flag in JavaScript), one parser for all. Make the key of shared calls complete.",
        ),
        Guide(
            id="finish-true",
            level=Level.MUST,
            promise="finish_reason arrives as sent.",
            why="length means that the answer was cut and the client should ask for more; tool_calls means that it "
            "has to act; content_filter that something was withheld. stop in their place ends the conversation too "
            "early.",
            sources=("OpenAI API: finish_reason", "Cloudflare docs: Workers AI, text generation output"),
            right="Choose a reason where upstream names none, as in Workers AI's native dialect. Unknown values "
            "may be mapped.",
            mend="Copy the value; do not write stop as a constant at the end of the stream. Keep it per choice.",
        ),
        Guide(
            id="choices-separate",
            level=Level.MUST,
            promise="Several choices stay apart.",
            why="With n above 1, or where upstream interleaves choices, pieces that are joined without regard to "
            "their index make a text that nobody wrote.",
            sources=("OpenAI API: n", "OpenAI API: choices[].index"),
            right="Drop or keep a choice that was not asked for: that is reported but does not fail the run.",
            mend="Collect text, tool calls and finish reasons by choices[].index. Do not read choices[0] only.",
        ),
        Guide(
            id="tool-calls-intact",
            level=Level.MUST,
            promise="Tool calls and their arguments arrive whole, each with an id of its own.",
            why="Arguments that lost a piece are no longer JSON, or worse: they still are, and the wrong thing is "
            "done.",
            sources=(
                "OpenAI API: streaming tool calls",
                "OpenAI API: parallel tool calls",
                "Cloudflare docs: Workers AI, function calling",
            ),
            right="Turn the native form of Workers AI, where arguments are an object and calls have no id, into "
            "OpenAI's form, and give the calls ids. Another id or no type is at most non-strict.",
            mend="Join argument pieces by tool_calls[].index, write that index with every piece, and never parse them "
            "before the last one has arrived. Write arguments as a JSON string. Skip the closing call of nulls that "
            "Workers AI sends. Do not filter out events that have no text.",
        ),
        Guide(
            id="fields-kept",
            level=Level.MUST,
            promise="Reasoning, refusals, annotations, audio and log probabilities arrive as upstream said them, in "
            "streams, in JSON and from a cache.",
            why="A refusal is the whole answer. Log probabilities that a client asked for and gets in part are worse "
            "than none. An answer cached in one form and served in another loses the fields that nobody looks at.",
            sources=(
                "OpenAI API: the chat completion object and the chat completion chunk object",
                "Cloudflare docs: Workers AI, reasoning models",
            ),
            right="Leave out reasoning, annotations, a fingerprint or a tier altogether, or the role, the model or "
            "the kind of object: that is at most non-strict. Write reasoning in either spelling, and cut it into "
            "other pieces. Treat null, empty and absent alike.",
            mend="Copy a delta and change what you must, instead of building one from the text. When you put chunks "
            "together, join text, append lists, and merge tool calls by index; do not let the last one win.",
        ),
        Guide(
            id="usage-unasked",
            level=Level.SHOULD,
            promise="A stream client that did not ask for usage gets no chunk without choices.",
            why="Many clients read choices[0] of every chunk, and fail at the one that has none.",
            sources=("OpenAI API: stream_options.include_usage",),
            right="Pass on what upstream sends by itself, and report the usage in a chunk that has choices.",
            mend="If you ask upstream for usage for your own purposes, remove the chunk for clients that did not ask.",
        ),
        Guide(
            id="usage-true",
            level=Level.SHOULD,
            promise="Token usage arrives as sent, its total included.",
            why="Billing, quotas and budgets are computed from it.",
            sources=("OpenAI API: stream_options.include_usage", "Cloudflare docs: Workers AI, streaming"),
            right="Leave usage out of a stream whose client did not ask for it.",
            mend="Pass on the event with usage, which comes after the finish reason and has an empty list of choices. "
            "Do not count tokens yourself where upstream has counted.",
        ),
        Guide(
            id="cost-true",
            level=Level.SHOULD,
            promise="The reported cost of an answer is a number, and the same for the same tokens of the same model.",
            why="A client pays a cost that grows with attempts or hits for answers it never got.",
            sources=("Cloudflare docs: AI Gateway, costs", "OpenAI API: usage"),
            right="Leave the cost out of a stream, whose headers come before its tokens are counted.",
            mend="Compute the cost from the usage of the answer that the client gets, once, when it is whole.",
        ),
        Guide(
            id="ids-unique",
            level=Level.SHOULD,
            promise="No two answers share an id, and one stream carries one id.",
            why="Clients and logs join pieces by id: two answers with one id become one, and one answer with two ids "
            "falls apart.",
            sources=("OpenAI API: the chat completion object, id is unique",),
            right="Pass on ids that upstream itself repeated.",
            mend="Make the id once for each answer, from something random, not from the time in seconds. Give an "
            "answer from the cache a new id or the cached one, but the same in all of its events.",
        ),
    ),
)
