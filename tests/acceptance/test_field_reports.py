"""What public bug reports tell of proxies, by kind: for each a proxy that is wrong in that way, and it is caught.

The one rule: a kind is told in words, and its row names proxies that have that defect and no other: broken ones
(`proxy:`, `limited:`), mutants of the reference (`mutant:`), or ones that leak (`leaky:`). Each was caught by its own
invariant when it was played over every case for its signature, also in cases of the profile `quick`; those that have no
signature are judged by tests of their own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

import pytest

from reports.causes.signatures import FILE
from scenarios.case import Case
from scenarios.index import BY_ID, select
from scenarios.leaks import SCENARIOS
from scenarios.mutants import BY_ID as MUTANTS
from scenarios.profiles import PROFILES
from tests.signatures.subjects import wrong_ones
from tests.targets import defects_leaks, limited
from tests.targets.defects import DEFECTS

QUICK: Final = PROFILES["quick"]

KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    # what upstream says, and how
    "text beside the finish reason is lost": ("proxy:finish-eats-text", "mutant:text-beside-the-finish-lost"),
    "text beside reasoning is lost": ("proxy:reasoning-eats-text", "mutant:text-beside-reasoning-lost"),
    "the key of reasoning, with nothing in it, costs the text": (
        "proxy:reasoning-by-its-key",
        "mutant:reasoning-known-by-its-key",
    ),
    "reasoning and other fields of a delta never arrive": ("proxy:text-and-tools",),
    "a tool call that is whole in one delta loses its id and name": (
        "proxy:whole-calls-unnamed",
        "mutant:whole-call-unnamed",
    ),
    "usage on a chunk is taken for the end": ("proxy:usage-is-the-end", "mutant:usage-is-the-end"),
    "of log probabilities the last ones win": ("mutant:last-logprobs-win", "mutant:hit-without-logprobs"),
    "what comes in the last segment is lost": ("mutant:last-read-forgotten",),
    "a malformed piece of a call's arguments is skipped": (
        "proxy:skips-bad-arguments",
        "mutant:unreadable-arguments-skipped",
    ),
    "a heartbeat is written into the middle of an event": ("proxy:heartbeats-anywhere",),
    "errors are compressed twice": ("proxy:compresses-twice", "proxy:says-gzip-still"),
    "events for a JSON request are misread": ("mutant:first-event-is-the-answer",),
    # how clients and connections speak HTTP
    "compression holds a stream back until its end": ("proxy:compresses", "mutant:gzip-holds-streams"),
    "a client that stops reading is waited for, and its upstream call with it": (
        "proxy:waits-for-readers",
        "mutant:stopped-readers-waited-for",
    ),
    "an upload in chunks fails": ("proxy:knows-curl", "proxy:passes-on-framing", "mutant:length-needed"),
    "a parameter of the content type is no JSON any more": ("mutant:type-compared-whole", "mutant:type-needed"),
    "what was declined is read as the next request": (
        "proxy:leaves-bodies",
        "mutant:body-left-on-the-connection",
        "mutant:body-answered-as-well",
    ),
    "a connection that upstream closed is used, and nobody asks again": (
        "proxy:gives-up-dead-connections",
        "mutant:reset-not-retried",
    ),
    "an answer that nobody asked for is given to the next question": ("proxy:queues-answers",),
    "clients that leave take a slot with them": ("mutant:slots-lost-to-leavers",),
    "a client of HTTP/1.0 gets chunks": ("proxy:chunks-always", "mutant:chunks-below-http-1-1"),
    "a page may not read errors, or is never let through": (
        "proxy:errors-without-cors",
        "mutant:errors-without-cors",
        "mutant:preflight-wants-a-token",
    ),
    # what is asked, and of whom
    "parameters that are false, nought or empty are dropped": ("proxy:tests-for-truth",),
    "keys of schemas come in another order": ("proxy:sorts-keys",),
    "numbers of many digits are rounded": ("proxy:rereads-arguments",),
    "pictures become words": ("proxy:sees-no-pictures",),
    "the second attempt asks something else": ("proxy:spends-the-request",),
    "the client's credentials reach upstream": ("proxy:tells-who-asks", "mutant:caller-named-by-token"),
    "every refusal of upstream is a 500": ("proxy:always-our-fault", "mutant:refusals-are-our-fault"),
    # what shows at the third step, and with time
    "the idle timer is fed by text alone, so a long tool call is cut": (
        "proxy:idle-until-text",
        "mutant:idle-until-text",
    ),
    "an error is written into the event stream as a bare line of JSON": (
        "proxy:error-without-a-field",
        "mutant:error-without-a-field",
    ),
    "heavy work pins the only worker, and small requests wait": ("proxy:blocks",),
    "a 200 whose first event is an error is accepted, and nobody asks again": (
        "proxy:begins-at-the-head",
        "mutant:first-event-not-looked-at",
    ),
    "a rate limit counts the attempts of a request that failed": ("limited:counts-attempts",),
    "each hit renews the life of a kept answer": ("proxy:renewed-by-hits", "mutant:hit-makes-young-again"),
    "a stream that never came whole is kept": (
        "proxy:keeps-what-came",
        "mutant:broken-stream-kept",
        "proxy:keeps-whatever-is-done",
        "mutant:kept-without-a-reason",
    ),
    "a first chunk without a key for text ends the keeping of its stream": (
        "proxy:keeps-only-with-content",
        "mutant:kept-only-with-content",
    ),
    "a timer a chunk is never stopped": ("leaky:keeps-a-timer-a-chunk",),
    "a probe of the breaker that is refused or left is never given back": (
        "proxy:loses-its-probe",
        "mutant:probe-left-and-lost",
        "mutant:probe-refused-and-lost",
    ),
    "a hit changes what is kept for the next one": ("proxy:uses-hits-up", "mutant:hit-used-up"),
    # beside what the reports name
    "of the token usage one count is lost or guessed": ("proxy:guesses-totals", "mutant:total-left-out"),
    "pieces of tool calls come without the index of their call": ("proxy:forgets-indexes",),
    "every choice ends for the first one's reason": ("proxy:one-end-for-all",),
    "an answer or an error goes by the wrong content type": ("proxy:calls-json-text", "proxy:calls-errors-events"),
    "an answer that comes in the other form loses its tool calls": (
        "proxy:streams-text-alone",
        "proxy:collects-text-alone",
    ),
    "the second attempt says more, or wishes less": (
        "proxy:asks-twice-in-one",
        "proxy:wishes-once",
        "mutant:question-asked-twice",
        "mutant:usage-wished-for-once",
    ),
    "one of two spellings of a parameter is dropped": (
        "proxy:knows-the-old-limit",
        "proxy:stops-by-lists-alone",
        "mutant:newer-limit-unknown",
        "mutant:stop-as-a-word-dropped",
    ),
    "parts or texts of messages in another role are dropped": (
        "proxy:takes-the-first-rule",
        "proxy:calls-eat-text",
        "mutant:first-part-of-the-rules",
        "mutant:text-beside-calls-dropped",
    ),
    "a key is made of names, letters or roles alone": (
        "proxy:folds-case",
        "proxy:key-of-known-names",
        "proxy:names-nobody",
        "mutant:key-in-small-letters",
    ),
    "a missing model is missing for good": ("proxy:remembers-what-is-missing",),
    "a second tier keeps less than the first": ("proxy:keeps-no-calls-in-kv",),
    "a body that is no stream is waited for without end": ("proxy:waits-for-bodies", "proxy:waits-for-reasons"),
}
"""Each kind in words, with the proxies that are wrong in that way."""

NAMES: Final = tuple(dict.fromkeys(name for names in KINDS.values() for name in names))
JUDGED: Final = tuple(name for name in NAMES if not name.startswith("leaky:"))
"""What leaks is found by a suite of its own, and proved by its own tests."""


def _own(name: str) -> tuple[str, tuple[Case, ...]]:
    """Return the invariant that must catch a proxy, and the cases that are enough for it."""
    kind, _, inner = name.partition(":")
    if kind == "mutant":
        return MUTANTS[inner].invariant, select(",".join(MUTANTS[inner].cases))
    if kind == "limited":
        return "request-limits", select("limits.*-requests-count-once")
    return DEFECTS[inner].invariant, select(",".join(DEFECTS[inner].cases))


@pytest.mark.parametrize("name", NAMES)
def test_every_kind_has_a_proxy_that_is_wrong_in_that_way(name: str) -> None:
    kind, _, inner = name.partition(":")
    known: Mapping[str, Collection[str]] = {
        "proxy": DEFECTS,
        "mutant": MUTANTS,
        "limited": limited.KINDS,
        "leaky": defects_leaks.DEFECTS,
    }

    assert inner in known[kind]


@pytest.mark.parametrize("name", JUDGED)
def test_the_quick_profile_plays_what_shows_it(name: str) -> None:
    assert any(QUICK.includes(case) for case in _own(name)[1])


def test_what_leaks_is_found_by_a_scenario_of_the_quick_profile() -> None:
    scenarios = {scenario.name for scenario in SCENARIOS}
    leaky = [defects_leaks.DEFECTS[name.removeprefix("leaky:")] for name in NAMES if name.startswith("leaky:")]

    assert leaky
    assert "leaks" in QUICK.suites
    assert {defect.scenario for defect in leaky} <= scenarios


@pytest.mark.parametrize("name", [name for name in JUDGED if name in wrong_ones()])
def test_of_a_whole_run_its_own_invariant_is_known_to_speak_up(name: str) -> None:
    rows = json.loads(FILE.read_text(encoding="utf-8"))["wrong"]
    invariant = _own(name)[0]
    shown = {case for level in ("must", "should") for case in rows[name][level].get(invariant, ())}

    assert any(QUICK.includes(BY_ID[case]) for case in shown if case in BY_ID)
