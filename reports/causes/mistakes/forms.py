"""Mistakes in understanding answers that come in another form than the usual one."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="one-thing-a-chunk",
        sentence="A chunk is read as one thing only, so text beside a finish reason, reasoning or a null is lost.",
        mends="Take every field of a delta by itself: text, reasoning, tool calls and the finish reason may come "
        "together, and null, empty and missing mean the same.",
        best=(
            "streaming.last-text-with-finish",
            "streaming.reasoning-beside-text",
            "streaming.reasoning-empty",
            "streaming.chunks-that-add-nothing",
        ),
        made_by=(
            "mutant:first-text-of-a-block-lost",
            "mutant:text-beside-the-finish-lost",
            "mutant:text-beside-reasoning-lost",
            "mutant:reasoning-known-by-its-key",
            "mutant:null-text-refused",
            "mutant:role-awaited",
            "proxy:finish-eats-text",
            "proxy:reasoning-eats-text",
            "proxy:reasoning-by-its-key",
        ),
    ),
    Mistake(
        id="puts-heartbeats-anywhere",
        sentence="The proxy writes something of its own into an upstream event that is not complete yet.",
        mends="Write heartbeats only after a blank line; while an event is incomplete, send nothing.",
        best=("streaming.pause-inside-an-event",),
        made_by=("proxy:heartbeats-anywhere", "proxy:heartbeats-by-the-clock"),
    ),
    Mistake(
        id="calls-with-a-hole",
        sentence="An unreadable event within tool arguments is skipped, so a call runs with arguments nobody meant.",
        mends="An event that cannot be parsed fails the answer, most of all inside a tool call.",
        best=("endings.arguments-with-a-hole",),
        made_by=("mutant:unreadable-arguments-skipped", "proxy:skips-bad-arguments"),
    ),
    Mistake(
        id="keeps-by-the-form",
        sentence="Whether an answer is cached depends on its form: good ones are not cached, or empty ones are.",
        mends="Cache what ends with a finish reason and has text or calls, whatever its first chunk looks like.",
        presupposes=("cache",),
        best=("cache.role-without-content-kept", "cache.not-an-answer-without-an-answer"),
        made_by=("mutant:kept-only-with-content", "proxy:keeps-only-with-content", "proxy:keeps-whatever-is-done"),
    ),
    Mistake(
        id="codes-twice",
        sentence="The body of a refusal is compressed again, or decompressed and still called compressed.",
        mends="Pass a coded body on with its Content-Encoding as it is, or decode it and drop the header.",
        best=("errors.compressed",),
        made_by=("proxy:compresses-twice", "proxy:says-gzip-still"),
    ),
)
