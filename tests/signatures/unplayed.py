"""Proxies of which no signature is kept, because playing them takes an hour and others show their mistake already.

Those that word an answer wrongly in another API show it only in variants of cases, which no signature is made of.

The one rule: at least two makers of every mistake are played.
"""

from __future__ import annotations

from typing import Final

UNPLAYED: Final = frozenset(
    {
        "mutant:arguments-through-doubles",
        "mutant:blocks-left-open",
        "mutant:capture-without-its-caller",
        "mutant:captures-unbounded",
        "mutant:coded-body-unread",
        "mutant:cut-capture-kept",
        "mutant:cut-lines-kept",
        "mutant:first-event-is-the-answer",
        "mutant:first-text-of-a-block-lost",
        "mutant:half-characters-dropped",
        "mutant:hit-without-its-start",
        "mutant:hit-without-refusal",
        "mutant:kept-without-a-reason",
        "mutant:key-of-doubles",
        "mutant:key-of-texts",
        "mutant:key-of-the-first-message",
        "mutant:large-request-reset",
        "mutant:lists-overwritten",
        "mutant:long-header-is-our-fault",
        "mutant:max-tokens-told-as-an-end",
        "mutant:message-stops-at-a-break",
        "mutant:message-stops-twice",
        "mutant:names-added-up",
        "mutant:names-left-out",
        "mutant:not-modified-for-a-post",
        "mutant:null-text-refused",
        "mutant:pieces-go-to-the-last-call",
        "mutant:refusal-kept-to-itself",
        "mutant:response-completed-at-a-break",
        "mutant:response-counts-no-tokens",
        "mutant:response-numbers-start-again",
        "mutant:result-of-the-last-call-only",
        "mutant:role-awaited",
        "mutant:stream-read-before-it-is-passed",
        "mutant:type-needed",
        "mutant:usage-without-details",
        "proxy:always-our-fault",
        "proxy:compresses",
        "proxy:errors-without-cors",
        "proxy:finish-eats-text",
        "proxy:gives-up-dead-connections",
        "proxy:half-open-for-good",
        "proxy:keeps-a-part",
        "proxy:keeps-whatever-is-done",
        "proxy:knows-curl",
        "proxy:knows-the-first-message",
        "proxy:leaves-bodies",
        "proxy:loses-its-probe",
        "proxy:lumps",
        "proxy:never-closes",
        "proxy:never-falls-back",
        "proxy:never-retries",
        "proxy:one-list-for-all",
        "proxy:passes-on-framing",
        "proxy:queues-answers",
        "proxy:reads-all",
        "proxy:reasoning-by-its-key",
        "proxy:reasoning-eats-text",
        "proxy:rereads-arguments",
        "proxy:sees-no-pictures",
        "proxy:single-quotes",
        "proxy:sorts-keys",
        "proxy:spends-the-request",
        "proxy:swallows",
        "proxy:tests-for-truth",
        "proxy:text-and-tools",
        "proxy:usage-is-the-end",
        "proxy:whole-calls-unnamed",
    }
)
"""By the id that their signature would have."""
