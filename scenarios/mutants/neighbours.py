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
        "Each attempt appends the question to the client's own conversation once more.",
        "retry.after-500",
    ),
    _asked(
        "usage-wished-for-once",
        "The request for usage is lost after the first attempt.",
        "retry.after-503",
    ),
    _asked(
        "first-part-of-the-rules",
        "Only the first part of a system message goes upstream.",
        "requests.content-in-parts",
    ),
    _asked(
        "stop-as-a-word-dropped",
        "The parameter `stop` goes upstream as a list, but is dropped as a word.",
        "requests.seed-and-stop",
    ),
    _asked(
        "newer-limit-unknown",
        "The limit `max_completion_tokens` is taken for an unknown parameter.",
        "requests.max-tokens",
    ),
    _asked(
        "text-beside-calls-dropped",
        "An earlier message with tool calls goes upstream without the text beside them.",
        "requests.tool-result",
    ),
    _asked("one-model-for-all", "The configured model is asked, whatever model the client names.", "native.stream"),
    Mutant(
        id="key-in-small-letters",
        defect="The cache key lowercases the messages.",
        area="cache key",
        invariant="cache-key-complete",
        cases=("cache.key-has-earlier-turns",),
        seam="requests:_cache_key",
    ),
    Mutant(
        id="total-left-out",
        defect="The total of the token usage is left out.",
        area="content",
        invariant="usage-true",
        cases=("requests.usage-wanted",),
        seam="answers.chunks:Translator._keep_usage",
    ),
)
