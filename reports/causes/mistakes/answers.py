"""Mistakes in reading events and in handing on what they say."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="parses-events-by-hand",
        sentence="Events are split by hand instead of by the SSE standard, so events it allows are lost or misread.",
        mends="Use a real SSE parser: lines end in LF, CRLF or CR; the space after a colon, comments, several data "
        "lines and long lines are all allowed.",
        best=(
            "streaming.crlf",
            "streaming.no-space-after-colon",
            "streaming.comments",
            "streaming.multi-line-data",
            "streaming.bare-cr",
            "native.byte-order-mark",
        ),
        made_by=(
            "mutant:lines-end-in-lf-alone",
            "mutant:bare-cr-ends-no-line",
            "mutant:order-mark-kept",
            "mutant:space-demanded",
            "mutant:last-data-line-wins",
            "mutant:comment-taken-for-data",
            "mutant:field-known-by-its-start",
            "proxy:knows-one-line-end",
            "proxy:needs-the-space",
            "proxy:takes-blocks",
            "proxy:splits-lines",
        ),
    ),
    Mistake(
        id="decodes-each-read",
        sentence="Bytes are decoded read by read, so a character cut in two is lost.",
        mends="Use one incremental decoder for the whole stream, or split into lines first and decode whole lines.",
        best=("streaming.characters-torn", "streaming.one-chunk-a-byte"),
        made_by=("mutant:decoded-read-by-read", "proxy:decodes-reads"),
    ),
    Mistake(
        id="takes-reads-for-events",
        sentence="A read is taken for whole events, so what is cut, joined or long is lost or repeated.",
        mends="Keep the rest of each read in a buffer, take every complete event out of it, and only those.",
        best=("streaming.one-chunk-a-byte", "streaming.events-merged", "streaming.byte-by-byte"),
        made_by=(
            "mutant:line-lost-at-a-read",
            "mutant:events-of-16-kib",
            "proxy:first-event-only",
            "proxy:never-trimmed",
        ),
    ),
    Mistake(
        id="skips-bad-events",
        sentence="Events that are errors or cannot be parsed are skipped, so a broken answer looks whole.",
        mends="Treat an event you cannot parse, and any `error` object, as a failure: tell the client and stop.",
        best=("streaming.malformed-json", "endings.error-object-early", "endings.error-then-done"),
        made_by=(
            "mutant:malformed-event-skipped",
            "mutant:error-object-skipped",
            "mutant:error-event-is-the-end",
            "proxy:skips-bad-json",
            "proxy:skips-errors",
        ),
    ),
    Mistake(
        id="changes-text",
        sentence="Text is trimmed or re-encoded on its way, so white space or characters change.",
        mends="Pass every piece of text on exactly as it came: no strip(), and JSON written as UTF-8 or with escapes.",
        best=("streaming.plain", "streaming.multi-byte-text", "json.multi-byte-text"),
        made_by=("mutant:tokens-trimmed", "mutant:characters-replaced", "proxy:tidies"),
    ),
    Mistake(
        id="drops-unusual-chunks",
        sentence="Chunks of an unusual but valid shape are dropped: a number as a token, text beside the role, "
        "no choices.",
        mends="Look at each field by itself, and take text wherever a chunk has some; a chunk without choices is fine.",
        best=("native.numeric-token", "streaming.text-at-once", "streaming.chunk-without-choices"),
        made_by=(
            "mutant:numeric-token-dropped",
            "mutant:text-of-the-role-chunk-lost",
            "mutant:empty-chunk-refused",
        ),
    ),
    Mistake(
        id="shuffles-chunks",
        sentence="Chunks are put back or handled side by side, so some come twice or out of order.",
        mends="Pass chunks through one queue, in order, and put a chunk you looked at back at the front, once.",
        best=("streaming.plain", "streaming.text-at-once", "native.events-merged"),
        made_by=("mutant:first-chunk-sent-twice", "mutant:first-chunk-put-last", "proxy:reorders"),
    ),
    Mistake(
        id="makes-up-finish-reasons",
        sentence="The finish reason is made up instead of passed on, so cut or filtered answers look complete.",
        mends="Pass on upstream's `finish_reason`, in every dialect that you read.",
        best=("streaming.finish-length", "json.finish-length", "native.finish-length"),
        made_by=("mutant:always-stop", "mutant:native-finish-made-up", "proxy:always-stop", "proxy:one-end-for-all"),
    ),
    Mistake(
        id="merges-choices",
        sentence="The index of a choice is ignored, so several answers are mixed into one.",
        mends="Keep `index` when you rewrite a chunk, and keep state for each index.",
        best=("streaming.choices-apart", "json.choices-apart"),
        made_by=("mutant:choices-merged", "proxy:one-choice"),
    ),
    Mistake(
        id="breaks-tool-calls",
        sentence="Tool calls are dropped, merged or rewritten, so they do not arrive as the model sent them.",
        mends="Pass `tool_calls` on by their index, every fragment of the arguments included, as JSON text.",
        best=("streaming.tool-call", "streaming.parallel-tool-calls", "streaming.tool-arguments-in-crumbs"),
        made_by=(
            "mutant:arguments-of-the-first-fragment",
            "mutant:parallel-calls-merged",
            "mutant:arguments-in-python",
            "proxy:text-only",
            "proxy:one-tool-call",
            "proxy:forgets-indexes",
        ),
    ),
    Mistake(
        id="gets-usage-wrong",
        sentence="Token usage is dropped or guessed instead of passed on.",
        mends="Ask upstream for usage (`stream_options.include_usage`) and pass its numbers on unchanged.",
        best=("streaming.usage-when-asked", "json.plain"),
        made_by=("mutant:usage-forgotten", "proxy:counts-itself"),
    ),
    Mistake(
        id="reuses-one-id",
        sentence="Answer ids are made once for the process, so all answers share one.",
        mends="Make the id for each request, or pass upstream's on. In Python, beware of default arguments.",
        best=("json.ids-differ", "concurrency.twenty-questions"),
        made_by=("mutant:one-id-for-all", "proxy:one-id"),
    ),
    Mistake(
        id="writes-events-by-hand",
        sentence="Events are put together by hand, so JSON, blank lines or the content type come out wrong.",
        mends="Write each event as `data: `, compact JSON from a JSON library and a blank line, as text/event-stream.",
        best=("streaming.plain",),
        made_by=(
            "mutant:pretty-printed-events",
            "mutant:blank-line-forgotten",
            "proxy:single-quotes",
            "proxy:no-content-type",
            "proxy:calls-json-text",
        ),
    ),
    Mistake(
        id="buffers-answers",
        sentence="The answer, or a part of it, is collected before any is sent, so text comes late or in jerks.",
        mends="Send each event as it arrives, and flush. In nginx: `proxy_buffering off`; in code: no "
        "`await response.read()`, no waiting for a full buffer or a timer; check compression and middleware as well.",
        best=("streaming.first-token-at-once", "native.paced-stream", "streaming.steady-pace"),
        made_by=(
            "mutant:whole-before-the-first",
            "mutant:first-held-for-good",
            "mutant:lumps-of-eight",
            "proxy:reads-all",
            "proxy:lumps",
        ),
    ),
    Mistake(
        id="queues-without-waiting",
        sentence="The queue between upstream and client makes nobody wait: it grows without bound, or drops events.",
        mends="Use a bounded queue and wait when it is full (await drain() or put()), so that reading stops as well.",
        best=("concurrency.reader-that-does-not-read", "streaming.many-tokens"),
        made_by=("mutant:never-waits-for-readers", "proxy:unbounded-queue", "proxy:drops-when-full"),
    ),
    Mistake(
        id="blocks-the-event-loop",
        sentence="A large request is worked on without a break, and everybody else waits for it.",
        mends="Move heavy work off the event loop (a thread or a worker), or do it in pieces.",
        best=("concurrency.small-beside-a-large-request", "concurrency.small-beside-a-large-answer"),
        made_by=("mutant:parsing-on-the-loop", "proxy:blocks"),
    ),
)
