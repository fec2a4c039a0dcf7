"""Defects that stand beside known ones: the other name of a limit, the other role, the other form of a value.

The one rule: each is a mistake that a proxy was seen to make, or that its authors nearly made.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant


def _asked(name: str, defect: str, case: str) -> Mutant:
    return Mutant(
        id=name, defect=defect, area="requests", invariant="request-true", cases=(case,), seam="service:call_for"
    )


MUTANTS: tuple[Mutant, ...] = (
    _asked(
        "question-asked-twice",
        "Each attempt puts the question behind the client's own conversation once more.",
        "retry.after-500",
    ),
    _asked(
        "usage-wished-for-once",
        "The wish for usage is gone once the first attempt has passed it on.",
        "retry.after-503",
    ),
    _asked(
        "first-part-of-the-rules",
        "Of a system message in parts only the first goes upstream.",
        "requests.content-in-parts",
    ),
    _asked(
        "stop-as-a-word-dropped",
        "As a list `stop` goes upstream, as a word it is dropped.",
        "requests.seed-and-stop",
    ),
    _asked(
        "newer-limit-unknown",
        "The limit `max_completion_tokens` is taken for a parameter that nobody knows.",
        "requests.max-tokens",
    ),
    _asked(
        "text-beside-calls-dropped",
        "An earlier message with tool calls goes upstream without the text beside them.",
        "requests.tool-result",
    ),
    _asked("one-model-for-all", "Whatever model is named, the one that it was set up for is asked.", "native.stream"),
    Mutant(
        id="key-in-small-letters",
        defect="The key of a kept answer is made of messages in small letters.",
        area="cache key",
        invariant="cache-key-complete",
        cases=("cache.key-has-earlier-turns",),
        seam="requests:_cache_key",
    ),
    Mutant(
        id="total-left-out",
        defect="The total of the token usage is left out, as it can be added up.",
        area="content",
        invariant="usage-true",
        cases=("requests.usage-wanted",),
        seam="answers.chunks:Translator._keep_usage",
    ),
)
