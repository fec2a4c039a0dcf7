"""Mistakes in how answers end: broken ones, failed ones, and those that nobody waits for any more."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="finishes-broken-answers",
        sentence="An answer that ends too soon or breaks off is finished as if it were whole.",
        mends="Believe an answer only after its finish reason and `[DONE]`, and only then write your own "
        "`[DONE]`, never in a `finally`; report everything else as an error.",
        client_gets=200,
        best=("endings.cut-between-events-cleanly", "endings.cut-between-events-by-fin", "endings.stall-then-close"),
        made_by=(
            "mutant:message-stops-at-a-break",
            "mutant:response-completed-at-a-break",
            "mutant:end-of-bytes-is-the-end",
            "mutant:broken-read-is-the-end",
            "mutant:done-whatever-happened",
            "mutant:done-on-any-socket",
            "proxy:eof-is-the-end",
            "proxy:always-done",
        ),
    ),
    Mistake(
        id="miscounts-end-marks",
        sentence="Streams do not end exactly once: they have two `[DONE]` marks, one after an error, or none.",
        mends="Swallow upstream's `[DONE]` and write your own exactly once, in one place, never after an error.",
        best=("streaming.plain", "endings.done-twice", "endings.error-object-early"),
        made_by=(
            "mutant:message-stops-twice",
            "mutant:done-said-twice",
            "mutant:done-behind-an-error",
            "proxy:done-twice",
            "proxy:drops-done",
        ),
    ),
    Mistake(
        id="hides-breaks",
        sentence="A broken stream ends normally, or with an error that is not an event: the client cannot see that it "
        "broke.",
        mends="When upstream breaks off, send an error as an event (`data: `, the JSON, a blank line), or close the "
        "connection without the last chunk.",
        client_gets=200,
        best=(
            "endings.cut-between-events-by-reset",
            "endings.cut-between-events-by-fin",
            "endings.error-object-late",
        ),
        made_by=(
            "mutant:ends-without-a-word",
            "proxy:polite-end",
            "proxy:swallows",
            "mutant:error-without-a-field",
            "proxy:error-without-a-field",
        ),
    ),
    Mistake(
        id="passes-off-broken-bodies",
        sentence="A body that is truncated, or is not an answer at all, is patched up and sent as a good answer.",
        mends="Parse the whole body, check that it is an answer, and reply 502 when it is not; never repair it.",
        client_gets=200,
        best=("json.connection-lost", "json.cut-inside-the-text", "json.page-with-status-200"),
        made_by=("mutant:cut-json-mended", "proxy:takes-what-came", "proxy:wraps-pages"),
    ),
    Mistake(
        id="answers-200-to-failures",
        sentence="A failure is sent with status 200, because the answer began too early or no status is mapped.",
        mends="Wait for upstream's status before you send your own, and map failures to 4xx and 5xx.",
        client_gets=200,
        best=("errors.internal", "errors.internal-on-a-stream"),
        made_by=("mutant:failure-as-200", "proxy:errors-as-answers", "proxy:begins-too-soon"),
    ),
    Mistake(
        id="writes-errors-as-text",
        sentence="Errors are sent as plain text instead of the JSON that clients parse.",
        mends='Answer errors as JSON: `{"error": {"message": ..., "type": ...}}`, also in the framework\'s own '
        "error handlers.",
        best=("errors.bad-request", "errors.internal"),
        made_by=("mutant:failure-as-text", "proxy:plain-errors", "proxy:calls-errors-events"),
    ),
    Mistake(
        id="loses-retry-after",
        sentence="`Retry-After` is not passed on, so clients do not know when to come back.",
        mends="Copy `Retry-After` to the answer wherever upstream's error is passed on.",
        best=("errors.retry-after-kept", "errors.retry-after-kept-on-a-stream"),
        made_by=("mutant:retry-after-lost", "proxy:forgets-retry-after"),
    ),
    Mistake(
        id="tells-secrets",
        sentence="The upstream credentials are shown to clients, in an error or a header.",
        mends="Never put the upstream request or its headers into an answer. Then change the token.",
        best=("errors.unauthorized", "streaming.plain"),
        made_by=("mutant:credentials-in-a-header", "proxy:tells-its-token"),
    ),
    Mistake(
        id="waits-for-ever",
        sentence="The proxy waits forever for a silent upstream: there is no timeout between two reads.",
        mends="Set a read timeout (not only a connect timeout), for the headers and between two pieces of the body.",
        best=("endings.stall-for-ever", "endings.silence-instead-of-a-head"),
        made_by=(
            "mutant:waits-for-ever",
            "proxy:no-timeouts",
            "proxy:waits-for-bodies",
            "proxy:waits-for-reasons",
            "hard:endless",
        ),
    ),
    Mistake(
        id="limits-the-whole-answer",
        sentence="One timeout covers the whole answer, so long streams are cut although they are alive.",
        mends="Apply the timeout to the time between two pieces, not to the total.",
        best=("streaming.long-and-slow",),
        made_by=("mutant:whole-answer-in-two-seconds", "proxy:total-timeout"),
    ),
    Mistake(
        id="dies-or-hangs",
        sentence="One bad exchange leaves the process dead, hanging or without free slots for all later requests.",
        mends="Catch errors for each request, and give back locks and permits in a `finally`.",
        best=("errors.no-response", "endings.cut-between-events-by-reset", "json.over-a-megabyte"),
        made_by=(
            "mutant:dies-of-a-lost-connection",
            "mutant:slots-lost-to-leavers",
            "proxy:loses-permits",
            "hard:dies-often",
            "hard:hangs-at-large",
        ),
    ),
    Mistake(
        id="works-for-clients-that-left",
        sentence="When a client leaves, its upstream call goes on, and is paid for, or its connection stays open.",
        mends="Watch for the client's disconnect and close the upstream response at once, even before its headers.",
        best=("cancel.after-the-first-event", "cancel.after-three-events", "cancel.json-client"),
        made_by=(
            "mutant:leaver-not-noticed",
            "mutant:leaver-of-json-not-noticed",
            "mutant:leaving-is-a-failure",
            "mutant:connection-not-let-go",
            "mutant:answered-after-goodbye",
            "proxy:reads-to-the-end",
            "proxy:leaks",
        ),
    ),
    Mistake(
        id="leaks-handles",
        sentence="Connections or files are opened for requests and not closed on every path.",
        mends="Close them in a `with` or `finally`, and use one upstream client for the whole process.",
        best=("resources.forty-streams", "resources.clients-that-leave", "resources.bad-requests"),
        made_by=(
            "mutant:descriptor-a-request",
            "mutant:descriptor-a-refusal",
            "mutant:client-a-call",
            "mutant:descriptor-a-leaver",
        ),
    ),
)
