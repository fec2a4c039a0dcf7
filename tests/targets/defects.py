"""The table of defects: which proxy is wrong, which invariant must say so, and which cases are enough to see it.

The one rule: `also` lists every other invariant that may rightly speak up about the same mistake, and nothing else may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.targets import defects_asking as asking
from tests.targets import defects_cache as cache
from tests.targets import defects_content as content
from tests.targets import defects_ends as ends
from tests.targets import defects_parsing as parsing
from tests.targets.compared import asking as asked
from tests.targets.compared import saying as said
from tests.targets.irregular import clients, forms, neighbours, sequences
from tests.targets.serving import Target

Base: TypeAlias = Literal["pipe", "parser", "cache"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One wrong proxy. `base` names the right one whose claims it makes; `cases` are patterns of case ids."""

    invariant: str
    target: type[Target]
    base: Base
    cases: tuple[str, ...]
    also: tuple[str, ...] = ()


def _of(invariant: str, base: Base, target: type[Target], *cases: str, also: tuple[str, ...] = ()) -> Defect:
    return Defect(invariant=invariant, target=target, base=base, cases=cases, also=also)


DEFECTS: dict[str, Defect] = {
    # how answers end
    "always-done": _of("no-laundering", "parser", ends.AlwaysDone, "endings.cut-between-events-*"),
    "eof-is-the-end": _of("no-laundering", "parser", ends.EofIsTheEnd, "endings.cut-between-events-cleanly"),
    "swallows": _of("no-loss", "pipe", ends.Swallows, "endings.cut-between-events-by-fin", also=("break-visible",)),
    "wraps-pages": _of("no-laundering", "pipe", ends.WrapsPages, "json.page-with-status-200"),
    "begins-too-soon": _of("status-mapped", "pipe", ends.BeginsTooSoon, "errors.internal-on-a-stream"),
    "drops-done": _of("one-terminal", "parser", ends.DropsDone, "streaming.plain"),
    "done-twice": _of("one-terminal", "parser", ends.DoneTwice, "streaming.plain"),
    "skips-bad-json": _of("error-surfaced", "parser", ends.SkipsBadJson, "streaming.malformed-json"),
    "skips-errors": _of("error-surfaced", "parser", ends.SkipsErrors, "endings.error-object-late"),
    "polite-end": _of("break-visible", "pipe", ends.PoliteEnd, "endings.cut-between-events-by-reset"),
    "errors-as-answers": _of(
        "status-mapped", "parser", ends.ErrorsAsAnswers, "errors.internal", also=("no-invention",)
    ),
    "no-timeouts": _of("ends-in-time", "parser", ends.NoTimeouts, "endings.stall-for-ever"),
    "total-timeout": _of("long-stream-lives", "parser", ends.TotalTimeout, "streaming.long-and-slow"),
    "reads-to-the-end": _of("cancel-propagates", "parser", ends.ReadsToTheEnd, "cancel.after-three-events"),
    "loses-permits": _of("alive-after", "parser", ends.LosesPermits, "endings.cut-between-events-by-reset"),
    "takes-what-came": _of("valid-framing", "pipe", ends.TakesWhatCame, "json.connection-lost"),
    # how events are read
    "knows-one-line-end": _of("no-loss", "parser", parsing.KnowsOneLineEnd, "streaming.crlf"),
    "needs-the-space": _of("no-loss", "parser", parsing.NeedsTheSpace, "streaming.no-space-after-colon"),
    "takes-blocks": _of("no-loss", "parser", parsing.TakesBlocks, "streaming.id-and-retry"),
    "tidies": _of("no-loss", "parser", parsing.Tidies, "streaming.multi-byte-text"),
    "drops-when-full": _of("no-loss", "parser", parsing.DropsWhenFull, "streaming.many-tokens", also=("finish-true",)),
    # what they say
    "first-event-only": _of("no-loss", "parser", content.FirstEventOnly, "streaming.events-merged"),
    "never-trimmed": _of("no-duplication", "parser", content.NeverTrimmed, "streaming.steady-pace"),
    "decodes-reads": _of("no-invention", "parser", content.DecodesReads, "streaming.characters-torn"),
    "splits-lines": _of("no-loss", "parser", content.SplitsLines, "streaming.multi-byte-text"),
    "reorders": _of("order-kept", "parser", content.Reorders, "streaming.plain"),
    "shared-answer": _of(
        "no-cross-talk", "parser", content.SharedAnswer, "concurrency.twenty-whole-answers", also=("ids-unique",)
    ),
    "always-stop": _of("finish-true", "parser", content.AlwaysStop, "streaming.finish-*"),
    "one-choice": _of(
        "choices-separate", "parser", content.OneChoice, "streaming.choices-apart", also=("no-invention", "finish-true")
    ),
    "text-only": _of("tool-calls-intact", "parser", content.TextOnly, "streaming.tool-call", also=("no-loss",)),
    "one-tool-call": _of("tool-calls-intact", "parser", content.OneToolCall, "streaming.parallel-tool-calls"),
    "counts-itself": _of("usage-true", "parser", content.CountsItself, "streaming.usage-when-asked"),
    "text-and-tools": _of("fields-kept", "parser", said.TextAndTools, "requests.off-and-nought"),
    "counts-for-all": _of("usage-unasked", "parser", said.CountsForAll, "streaming.plain"),
    "always-our-fault": _of("status-kept", "parser", said.AlwaysOurFault, "errors.bad-request"),
    "one-id": _of("ids-unique", "parser", content.OneId, "concurrency.twenty-questions"),
    # in which form upstream says it
    "finish-eats-text": _of("no-loss", "parser", forms.FinishEatsText, "streaming.last-text-with-finish"),
    "reasoning-eats-text": _of("no-loss", "parser", forms.ReasoningEatsText, "streaming.reasoning-beside-text"),
    "reasoning-by-its-key": _of("no-loss", "parser", forms.ReasoningByItsKey, "streaming.reasoning-empty"),
    "whole-calls-unnamed": _of(
        "tool-calls-intact", "parser", forms.WholeCallsUnnamed, "streaming.tool-call-in-one-delta"
    ),
    "usage-is-the-end": _of(
        "tool-calls-intact",
        "parser",
        forms.UsageIsTheEnd,
        "streaming.tool-call-beside-usage",
        also=("no-loss", "usage-true"),
    ),
    "skips-bad-arguments": _of(
        "error-surfaced",
        "parser",
        forms.SkipsBadArguments,
        "endings.arguments-with-a-hole",
        also=("tool-calls-intact",),
    ),
    "heartbeats-anywhere": _of(
        "no-loss",
        "pipe",
        forms.HeartbeatsAnywhere,
        "streaming.pause-inside-an-event",
        also=("valid-framing", "no-invention"),
    ),
    "heartbeats-by-the-clock": _of(
        "no-loss",
        "pipe",
        forms.HeartbeatsByTheClock,
        "streaming.pause-inside-an-event",
        also=("valid-framing", "no-invention"),
    ),
    "keeps-only-with-content": _of(
        "cache-hit-equal", "cache", forms.KeepsOnlyWithContent, "cache.role-without-content-kept"
    ),
    "keeps-whatever-is-done": _of(
        "cache-never-bad", "cache", forms.KeepsWhateverIsDone, "cache.not-an-answer-without-an-answer"
    ),
    "compresses-twice": _of("valid-framing", "pipe", forms.CompressesTwice, "errors.compressed", also=("error-shape",)),
    "says-gzip-still": _of("valid-framing", "pipe", forms.SaysGzipStill, "errors.compressed", also=("error-shape",)),
    # how they are written, and at what pace
    "no-content-type": _of("valid-framing", "parser", content.NoContentType, "streaming.plain"),
    "single-quotes": _of("valid-framing", "parser", content.SingleQuotes, "streaming.plain", also=("no-loss",)),
    "plain-errors": _of("error-shape", "parser", content.PlainErrors, "errors.bad-request"),
    "forgets-retry-after": _of("retry-after-kept", "pipe", content.ForgetsRetryAfter, "errors.retry-after-kept"),
    "tells-its-token": _of("no-secrets", "parser", content.TellsItsToken, "errors.unauthorized"),
    "reads-all": _of("not-buffered", "pipe", content.ReadsAll, "streaming.first-token-at-once"),
    "lumps": _of("cadence", "pipe", content.Lumps, "streaming.steady-pace"),
    "unbounded-queue": _of("backpressure", "parser", content.Unbounded, "concurrency.reader-that-does-not-read"),
    "blocks": _of("stays-responsive", "parser", content.Blocks, "concurrency.small-beside-a-large-request"),
    # how clients are spoken with
    "leaves-bodies": _of("connection-in-order", "parser", clients.LeavesBodies, "connection.too-large-then-good"),
    "knows-curl": _of("http-understood", "parser", clients.KnowsCurl, "clients.chunked-upload", also=("error-shape",)),
    "passes-on-framing": _of("http-understood", "pipe", clients.PassesOnFraming, "clients.chunked-upload"),
    "gives-up-dead-connections": _of(
        "retry-recovers",
        "parser",
        clients.GivesUpDeadConnections,
        "retry.connection-closing-under-a-request",
        also=("fallback-used",),
    ),
    "queues-answers": _of(
        "no-cross-talk",
        "pipe",
        clients.QueuesAnswers,
        "concurrency.answer-nobody-asked-for",
        also=("no-invention", "no-loss", "ids-unique", "not-buffered", "usage-true", "valid-framing"),
    ),
    "compresses": _of("not-buffered", "pipe", clients.Compresses, "clients.stream-for-gzip", also=("coding-varies",)),
    "chunks-always": _of("valid-framing", "pipe", clients.ChunksAlways, "clients.http-1-0-stream"),
    "never-continues": _of("expectation-met", "pipe", clients.NeverContinues, "clients.expects-continue"),
    "errors-without-cors": _of("cors-granted", "parser", clients.ErrorsWithoutCors, "clients.page-reads-refusals"),
    "waits-for-readers": _of("stopped-reader-ends", "pipe", clients.WaitsForReaders, "clients.stops-reading"),
    # asking upstream
    "drops-parameters": _of("request-true", "parser", asking.DropsParameters, "requests.temperature-and-top-p"),
    "drops-system": _of("request-true", "parser", asking.DropsSystem, "requests.system-message"),
    "tests-for-truth": _of("request-true", "parser", asked.TestsForTruth, "requests.off-and-nought"),
    "sorts-keys": _of("request-true", "parser", asked.SortsKeys, "requests.response-format"),
    "rereads-arguments": _of("request-true", "parser", asked.RereadsArguments, "requests.tool-result"),
    "sees-no-pictures": _of("request-true", "parser", asked.SeesNoPictures, "requests.images"),
    "spends-the-request": _of("request-true", "parser", asked.SpendsTheRequest, "retry.after-500"),
    "tells-who-asks": _of(
        "credentials-kept-back", "parser", asked.TellsWhoAsks, "requests.credentials-stay", "requests.conversation"
    ),
    "one-list-for-all": _of("not-shared", "parser", asked.OneListForAll, "requests.nothing-of-anothers"),
    "surprised": _of(
        "request-limits", "parser", content.Surprised, "limits.plain-text", "limits.role-unknown", "limits.body-null"
    ),
    "never-retries": _of(
        "retry-recovers", "parser", asking.NeverRetries, "retry.after-500", "retry.after-reset", also=("fallback-used",)
    ),
    "retries-often": _of("retry-bounded", "parser", asking.RetriesOften, "retry.bounded", also=("backoff",)),
    "retries-everything": _of(
        "no-retry-of-client-errors", "parser", asking.RetriesEverything, "errors.bad-request", "errors.unauthorized"
    ),
    "resumes-streams": _of(
        "no-retry-after-first-byte",
        "parser",
        asking.ResumesStreams,
        "endings.cut-between-events-by-reset",
        also=("retry-bounded", "cost-true"),
    ),
    "never-waits": _of("backoff", "parser", asking.NeverWaits, "retry.spaced"),
    "knows-better": _of("honours-retry-after", "parser", asking.KnowsBetter, "retry.waits-as-told"),
    "never-opens": _of("breaker-opens", "parser", asking.NeverOpens, "breaker.opens"),
    "never-closes": _of(
        "breaker-recovers",
        "parser",
        asking.NeverCloses,
        "breaker.recovers",
        also=(
            "alive-after",
            "fallback-used",
        ),
    ),
    "never-falls-back": _of("fallback-used", "parser", asking.NeverFallsBack, "fallback.used"),
    "stays-on-fallback": _of("fallback-not-sticky", "parser", asking.StaysOnFallback, "fallback.not-sticky"),
    # what is kept
    "keeps-a-part": _of(
        "cache-hit-equal",
        "cache",
        cache.KeepsAPart,
        "cache.json-then-json",
        "cache.stream-then-stream",
        also=("no-loss",),
    ),
    "keeps-what-came": _of(
        "cache-never-bad", "cache", cache.KeepsWhatCame, "cache.not-a-cut-stream*", also=("no-laundering",)
    ),
    "keeps-length-cut": _of(
        "cache-never-bad",
        "cache",
        cache.KeepsLengthCut,
        "cache.not-cut-by-its-limit",
        "cache.not-a-stream-cut-by-its-limit",
    ),
    "short-key": _of("cache-key-complete", "cache", cache.ShortKey, "cache.key-has-t*"),
    "everybodys-answers": _of("cache-isolated", "cache", cache.EverybodysAnswers, "cache.callers-apart*"),
    "never-expires": _of("cache-expires", "cache", cache.NeverExpires, "cache.expires*"),
    "stored-form": _of(
        "cache-stream-form",
        "cache",
        cache.StoredForm,
        "cache.json-then-stream",
        "cache.stream-then-stream",
        also=("ids-unique",),
    ),
    "trusts-kv": _of(
        "kv-corrupt-ignored",
        "cache",
        cache.TrustsKv,
        "kv.flipped-bit",
        "kv.value-cut-short",
        also=("error-shape", "cache-expires"),
    ),
    "waits-for-kv": _of(
        "kv-slow-bounded", "cache", cache.WaitsForKv, "kv.read-without-an-answer", also=("ends-in-time",)
    ),
    "needs-kv": _of("kv-down-survived", "cache", cache.NeedsKv, "kv.read-fails"),
    "forgets-ages": _of(
        "kv-stale-bounded", "cache", cache.ForgetsAges, "kv.value-before-the-last", also=("cache-expires",)
    ),
    # what shows at the third step
    "uses-hits-up": _of(
        "cache-hit-equal",
        "cache",
        sequences.UsesHitsUp,
        "cache.json-stream-json",
        also=("no-loss", "no-laundering"),
    ),
    "renewed-by-hits": _of(
        "cache-expires", "cache", sequences.RenewedByHits, "cache.age-counts-from-the-*", also=("kv-stale-bounded",)
    ),
    "knows-the-first-message": _of(
        "cache-key-complete",
        "cache",
        sequences.KnowsTheFirstMessage,
        "cache.conversation-of-three-turns",
        # Played once more, it answers with what it has kept of the first time.
        also=("cache-hit-equal", "no-invention", "no-loss", "usage-true"),
    ),
    "loses-its-probe": _of(
        "breaker-recovers",
        "parser",
        sequences.LosesItsProbe,
        "breaker.probe-refused",
        "breaker.probe-left",
        also=("alive-after", "fallback-used", "fallback-not-sticky", "status-kept"),
    ),
    "half-open-for-good": _of("breaker-opens", "parser", sequences.HalfOpenForGood, "breaker.probe-fails"),
    "idle-until-text": _of("long-stream-lives", "parser", sequences.IdleUntilText, "streaming.slow-tool-call"),
    "error-without-a-field": _of(
        "error-surfaced", "parser", sequences.ErrorWithoutAField, "endings.error-object-late", also=("break-visible",)
    ),
    "bills-attempts": _of("cost-true", "parser", sequences.BillsAttempts, "billing.attempts-cost-once"),
    "begins-at-the-head": _of(
        "openings-retried", "parser", sequences.BeginsAtTheHead, "retry.after-an-error-as-the-first-event"
    ),
    # beside what bug reports name
    "guesses-totals": _of("usage-true", "parser", neighbours.GuessesTotals, "json.plain"),
    "forgets-indexes": _of("tool-calls-intact", "parser", neighbours.ForgetsIndexes, "streaming.tool-call"),
    "one-end-for-all": _of("finish-true", "parser", neighbours.OneEndForAll, "json.choices-apart"),
    "calls-json-text": _of("valid-framing", "parser", neighbours.CallsJsonText, "json.plain"),
    "calls-errors-events": _of(
        "error-shape",
        "parser",
        neighbours.CallsErrorsEvents,
        "errors.bad-request-on-a-stream",
        also=("error-surfaced",),
    ),
    "streams-text-alone": _of(
        "tool-calls-intact",
        "parser",
        neighbours.StreamsTextAlone,
        "streaming.json-instead",
        also=("finish-true", "no-loss", "no-laundering", "fields-kept"),
    ),
    "collects-text-alone": _of(
        "tool-calls-intact",
        "parser",
        neighbours.CollectsTextAlone,
        "json.events-instead",
        also=("finish-true", "no-loss", "fields-kept"),
    ),
    "asks-twice-in-one": _of("request-true", "parser", neighbours.AsksTwiceInOne, "retry.after-500"),
    "wishes-once": _of("request-true", "parser", neighbours.WishesOnce, "retry.after-503"),
    "knows-the-old-limit": _of("request-true", "parser", neighbours.KnowsTheOldLimit, "requests.max-tokens"),
    "stops-by-lists-alone": _of("request-true", "parser", neighbours.StopsByListsAlone, "requests.seed-and-stop"),
    "takes-the-first-rule": _of("request-true", "parser", neighbours.TakesTheFirstRule, "requests.content-in-parts"),
    "calls-eat-text": _of("request-true", "parser", neighbours.CallsEatText, "requests.tool-result"),
    "folds-case": _of("cache-key-complete", "cache", neighbours.FoldsCase, "cache.key-has-earlier-turns"),
    "key-of-known-names": _of("cache-key-complete", "cache", neighbours.KeyOfKnownNames, "cache.key-has-every-value"),
    "names-nobody": _of("cache-key-complete", "cache", neighbours.NamesNobody, "cache.key-has-roles"),
    "remembers-what-is-missing": _of(
        "cache-never-bad", "cache", neighbours.RemembersWhatIsMissing, "cache.not-a-client-error"
    ),
    "keeps-no-calls-in-kv": _of(
        "cache-hit-equal",
        "cache",
        neighbours.KeepsNoCallsInKv,
        "kv.stream-from-another-process",
        also=("tool-calls-intact", "no-loss"),
    ),
    "waits-for-bodies": _of(
        "ends-in-time", "parser", neighbours.WaitsForBodies, "endings.silence-instead-of-a-head", also=("alive-after",)
    ),
    "waits-for-reasons": _of(
        "ends-in-time", "parser", neighbours.WaitsForReasons, "endings.silence-instead-of-a-head", also=("alive-after",)
    ),
    # what is held on to
    "leaks": _of("no-leak", "pipe", ends.Leaks, "resources.clients-that-leave", also=("cancel-propagates",)),
    "unbounded-cache": _of("cache-bounded", "cache", cache.Unbounded, "cache.bounded"),
}
"""Every wrong proxy by its name."""
