"""How an answer flows: an answer flows as it is made, waits for a slow reader, and leaves room for others."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="pace",
    title="How an answer flows",
    about="An answer flows as it is made, waits for a slow reader, and leaves room for others.",
    guides=(
        Guide(
            id="not-buffered",
            level=Level.MUST,
            promise="A streaming target delivers the first event before upstream has sent the rest.",
            why="Streaming exists so that a user sees the first word at once. A buffer somewhere in the chain turns "
            "it into a long wait.",
            sources=("WHATWG HTML §9.2: server-sent events", "Cloudflare docs: Workers AI, streaming"),
            right="Wait for a first event before it answers, or make clients wait for their turn. A proxy that does "
            "not claim streaming is not held to this.",
            mend="Turn buffering off along the whole way: proxy_buffering off in nginx, X-Accel-Buffering: no, no "
            "compression of event streams or a flush after each event. Do not await the whole body; read it piece by "
            "piece. Flush the response headers.",
        ),
        Guide(
            id="cadence",
            level=Level.SHOULD,
            promise="Events are not held back and released in bursts.",
            why="Text that comes in bursts reads badly, and a client's timeout between tokens may strike although "
            "upstream is healthy.",
            sources=("WHATWG HTML §9.2: server-sent events", "Cloudflare docs: Workers AI, streaming"),
            right="Join events that are available at the same moment; be late once on a busy machine.",
            mend="Send each event as soon as it is complete. Do not collect by size or by a timer of more than some "
            "milliseconds. Look for compression and for buffered writers without a flush.",
        ),
        Guide(
            id="backpressure",
            level=Level.SHOULD,
            promise="A slow reader slows upstream instead of filling the target's memory.",
            why="One slow phone per large answer is enough to exhaust a proxy that reads ahead without a limit.",
            sources=("RFC 9293 §3.8: flow control", "WHATWG Streams: backpressure"),
            right="Read some megabytes ahead, or drop a client that reads too slowly.",
            mend="Wait for each write before you read on: await drain in asyncio, the return value of write and the "
            "drain event in Node, or pipeTo and pipeline, which do it for you.",
        ),
        Guide(
            id="stays-responsive",
            level=Level.SHOULD,
            promise="One heavy request does not hold up the others.",
            why="In a server with one event loop, a second of computing for one client is a second of silence for all.",
            sources=("edgeproof's own rule: stays-responsive",),
            right="Serve the heavy request itself slowly, or decline it.",
            mend="Keep work per event small and linear: no joining of the whole text again with every piece, no "
            "regular expression over the whole buffer. Move large JSON, hashing and compression out of the event "
            "loop. Do not use blocking calls in it.",
        ),
    ),
)
