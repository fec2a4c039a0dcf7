from __future__ import annotations

import json

import pytest

from harness.core.probing.experiments import EXPERIMENTS
from harness.core.probing.facts import Notes, State, times
from harness.core.probing.hit_header import hit_header
from harness.core.probing.outcome import Outcome, outcome
from harness.core.probing.rounding import roundest
from harness.core.probing.table import toml
from harness.core.probing.terms import bounds
from harness.core.target.claims import Breaker, Capabilities, Limits, Retry
from harness.core.target.parser import parse
from harness.errors import UsageError
from tests.harness.core.probing.simulated import Simulated

KEYS = tuple(key for experiment in EXPERIMENTS.values() for key in experiment.keys)
HEAD = '[target]\nname = "t"\nurl = "http://127.0.0.1:9"\n[chat]\ndialect = "openai"\npath = "/"\nmodel = "m"\n'


def _outcome(notes: Notes, claims: Capabilities | None = None, limits: Limits | None = None) -> Outcome:
    return outcome(notes, claims or Capabilities(), limits or Limits(), target="t", seed=7, duration_s=1.0, keys=KEYS)


def _whole(target: Simulated) -> Notes:
    notes = Notes()
    for name in EXPERIMENTS:
        notes.take(target.found(name))
    return notes


def test_the_tables_are_a_target_files_own() -> None:
    target = Simulated(
        attempts=3,
        failures=5,
        fallback="smaller",
        ttl_s=2.0,
        first_byte_s=1.5,
        idle_s=1.0,
        total_s=4.0,
        most_messages=200,
    )

    read = parse(HEAD + toml(_outcome(_whole(target))), file="probed")

    assert read.capabilities.retry == Retry(max_attempts=3, statuses=frozenset({429, 500, 502, 503, 504}))
    assert read.capabilities.circuit_breaker is not None
    assert read.capabilities.circuit_breaker.failures == 5
    assert read.capabilities.fallback_model == "smaller"
    assert read.capabilities.cache is not None
    assert read.capabilities.cache.header == "X-Cache"
    assert read.limits.max_messages == 200
    assert read.limits.first_byte_timeout_s == pytest.approx(1.5, rel=0.06)


def test_a_target_that_does_nothing_gives_tables_that_claim_nothing() -> None:
    read = parse(HEAD + toml(_outcome(_whole(Simulated(streams=False)))), file="probed")

    assert read.capabilities == Capabilities()
    assert read.limits == Limits()


def test_a_breaker_without_a_known_rest_is_a_comment() -> None:
    text = toml(_outcome(Simulated(failures=3, open_s=60).found("breaker")))

    assert "\n# circuit_breaker " in text
    assert "# failures: 3 (once, in 3 questions)\n" in text
    assert parse(HEAD + text, file="probed").capabilities.circuit_breaker is None


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        (Capabilities(), 0),
        (Capabilities(retry=Retry(max_attempts=3)), 1),
        (Capabilities(circuit_breaker=Breaker(failures=3, open_s=90)), 3),
    ],
)
def test_the_exit_code_follows_from_the_claims(claims: Capabilities, code: int) -> None:
    notes = Simulated(failures=3, open_s=60).found("breaker")
    notes.take(Simulated().found("retries"))

    assert _outcome(notes, claims).exit_code == code


def test_nothing_found_out_is_inconclusive() -> None:
    notes = Notes()
    notes.missing(KEYS, "the target turned questions away")

    assert _outcome(notes).exit_code == 3


def test_the_json_has_every_fact_with_what_it_rests_on() -> None:
    data = json.loads(_outcome(_whole(Simulated(attempts=2))).to_json())

    assert data["schema"] == "edgeproof.probe/1"
    assert {"key", "state", "value", "low", "high", "how"} == {*data["facts"][0]}
    assert all(fact["how"] for fact in data["facts"])


def test_a_deadline_is_the_longest_of_what_the_target_ended() -> None:
    notes = Notes()
    notes.found("exchange_behind_silence_s", 4.7, "")
    notes.found("json_total_s", 6.0, "")

    facts = {fact.key: fact for fact in _outcome(notes).facts}

    assert facts["deadline_s"].value == 6.0


def test_an_exchange_that_was_not_ended_leaves_the_deadline_open() -> None:
    notes = Notes()
    notes.found("exchange_behind_silence_s", 4.7, "")
    notes.beyond("json_total_s", 20)

    facts = {fact.key: fact for fact in _outcome(notes).facts}

    assert (facts["deadline_s"].state, facts["deadline_s"].low) == (State.BEYOND, 20)


@pytest.mark.parametrize(
    ("low", "high", "value"), [(0.98, 1.03, 1.0), (1.46, 1.59, 1.5), (19.7, 20.4, 20.0), (0.121, 0.129, 0.125)]
)
def test_the_roundest_number_is_the_likeliest(low: float, high: float, value: float) -> None:
    assert roundest(low, high) == value


def test_the_header_of_a_hit_is_the_one_that_says_the_same_of_every_hit() -> None:
    miss = (("Date", "1"), ("X-Cache", "MISS"), ("X-Id", "1"), ("Server", "s"))
    hit = (("Date", "2"), ("X-Cache", "HIT"), ("X-Id", "2"), ("Server", "s"))
    again = (("Date", "3"), ("X-Cache", "HIT"), ("X-Id", "3"), ("Server", "s"))

    assert hit_header([(miss, hit), (miss, again)]) == "X-Cache"
    assert hit_header([(miss, miss)]) == ""


def test_bounds_are_read_as_they_are_written() -> None:
    read = bounds("10, ttl=90s,first-byte=40")

    assert (read["ttl"], read["first-byte"], read["idle"]) == (90, 40, 10)


@pytest.mark.parametrize(
    ("text", "told"),
    [("soon", "is no time"), ("20,tll=3", "did you mean ttl"), ("-1", "is no time"), ("nan", "no time")],
)
def test_bounds_that_are_none_are_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        bounds(text)


def test_how_often_is_said_in_words() -> None:
    assert [times(3, 3), times(1, 1), times(0, 1)] == ["3 of 3 times", "once", "not the one time"]
