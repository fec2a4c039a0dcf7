"""Defects in what is carried: a value, an order, a part, a field of an answer, a status.

The one rule: each is a mistake that a proxy was seen to make, or that its authors nearly made.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Area, Mutant

_CALL = "service:call_for"


def _asked(name: str, defect: str, *cases: str, invariant: str = "request-true", area: Area = "requests") -> Mutant:
    return Mutant(id=name, defect=defect, area=area, invariant=invariant, cases=cases, seam=_CALL)


MUTANTS: tuple[Mutant, ...] = (
    _asked("falsy-taken-for-missing", "False, zero and empty values are not passed on.", "requests.off-and-nought"),
    _asked(
        "inner-false-taken-for-missing",
        "In tools and their schemas, keys that are false or null are left out.",
        "requests.tools",
    ),
    _asked("keys-sorted", "Keys of objects are sorted.", "requests.response-format"),
    _asked("numbers-as-text", "Numbers with a fraction go upstream as text.", "requests.temperature-and-top-p"),
    _asked(
        "arguments-through-doubles",
        "Arguments of earlier tool calls are read and written anew, every number as a double.",
        "requests.tool-result",
    ),
    _asked("pictures-become-words", "A picture goes upstream as the word [Image].", "requests.images"),
    _asked("attachments-left-out", "Parts other than text and pictures are left out.", "requests.audio-and-files"),
    _asked("names-left-out", "The names of those who speak are left out.", "requests.names-and-extras"),
    _asked(
        "result-of-the-last-call-only",
        "Only the last of several tool results goes upstream.",
        "requests.tool-result",
    ),
    _asked("half-characters-dropped", "Characters that cannot be printed are left out.", "requests.odd-characters"),
    _asked(
        "spent-by-the-first-attempt",
        "The first attempt takes out of the client's own document what the second one needs.",
        "retry.after-500",
    ),
    _asked("fallback-without-tools", "The fallback model is asked without the tools.", "fallback.used"),
    _asked(
        "rules-of-everybody",
        "System messages are collected in one list shared by all callers.",
        "requests.nothing-of-anothers",
        invariant="not-shared",
        area="isolation",
    ),
    _asked(
        "parameters-left-behind",
        "A request's parameters become the defaults of later requests.",
        "requests.nothing-of-anothers",
        invariant="not-shared",
        area="isolation",
    ),
    Mutant(
        id="caller-named-by-token",
        defect="Upstream is told who asks, by the client's own token.",
        area="requests",
        invariant="credentials-kept-back",
        cases=("requests.credentials-stay",),
        seam="http.app:Front._body",
    ),
    _asked(
        "usage-for-everybody",
        "Every stream ends with a chunk that counts tokens, asked for or not.",
        "streaming.plain",
        invariant="usage-unasked",
        area="content",
    ),
    Mutant(
        id="refusals-are-our-fault",
        defect="A request that upstream declines ends in a 500.",
        area="errors",
        invariant="status-kept",
        cases=("errors.bad-request", "errors.no-such-model"),
        seam="answers.failures:_client_error",
    ),
    Mutant(
        id="limits-told-as-outages",
        defect="Upstream's 429 is turned into a 503.",
        area="errors",
        invariant="status-kept",
        cases=("errors.out-of-capacity",),
        seam="answers.failures:_failure",
    ),
    Mutant(
        id="last-logprobs-win",
        defect="When chunks are joined, the log probabilities of the last one replace those before.",
        area="cache",
        invariant="fields-kept",
        cases=("cache.stream-then-json",),
        seam="answers.capture:_Choice.add",
    ),
    Mutant(
        id="hit-without-logprobs",
        defect="A cached answer that is replayed as a stream has no log probabilities.",
        area="cache",
        invariant="fields-kept",
        cases=("cache.json-then-stream",),
        seam="answers.completions:chunks_of",
    ),
    Mutant(
        id="hit-without-refusal",
        defect="A cached answer that is replayed as a stream has lost its refusal.",
        area="cache",
        invariant="fields-kept",
        cases=("cache.json-then-stream",),
        seam="answers.completions:chunks_of",
    ),
    Mutant(
        id="refusal-kept-to-itself",
        defect="A refusal does not get through in streams.",
        area="content",
        invariant="fields-kept",
        cases=("cache.stream-then-stream",),
        seam="answers.chunks:Translator._openai_choice",
    ),
    Mutant(
        id="lists-overwritten",
        defect="When chunks are joined, the annotations of the last one replace those before.",
        area="cache",
        invariant="fields-kept",
        cases=("cache.stream-then-json",),
        seam="answers.capture:_joined",
    ),
    Mutant(
        id="usage-without-details",
        defect="Only the totals of the token usage get through.",
        area="content",
        invariant="usage-true",
        cases=("requests.usage-wanted",),
        seam="answers.chunks:Translator._keep_usage",
    ),
    Mutant(
        id="key-of-doubles",
        defect="Numbers in the cache key are read as doubles.",
        area="cache key",
        invariant="cache-key-complete",
        cases=("cache.key-has-every-value",),
        seam="requests:_cache_key",
    ),
    Mutant(
        id="key-of-texts",
        defect="The cache key holds only the text of messages, nothing else in them.",
        area="cache key",
        invariant="cache-key-complete",
        cases=("cache.key-has-pictures",),
        seam="requests:_cache_key",
    ),
)
