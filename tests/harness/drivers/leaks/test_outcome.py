"""What a scenario that was played comes to: findings, a doubt, or that all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.leaks.leak import Measure, RoundSample
from harness.core.observed.redact import Redactor
from harness.core.target.claims import Cache
from harness.drivers.leaks.outcome import Outcome, growths_of, is_undecided
from harness.shell.playing.leak_player import Played
from reports.record import Level
from scenarios.leaks import SCENARIOS

REDACTOR = Redactor(["s3cret"])
BY_NAME = {each.name: each for each in SCENARIOS}
ROUNDS = 21
STAGES = [0, 10]


def played(
    *, rounds: int = ROUNDS, traced: int = 0, unique: int | None = None, upstream: int = 0, answered: int = 160
) -> Played:
    """Rounds of ten requests after each of which so many bytes more are held, and so many calls run."""
    samples = [
        RoundSample(
            requests=10 * number,
            holdings={
                Measure.TRACED: 1_000_000 + traced * 10 * number,
                Measure.DESCRIPTORS: 20,
                Measure.UPSTREAM: upstream,
                **({} if unique is None else {Measure.UNIQUE: unique * number}),
            },
        )
        for number in range(rounds)
    ]
    return Played(samples=samples, stages=STAGES, asked=160, answered=answered, traced=True)


UNSEEN = replace(played(), samples=[replace(each, holdings={}) for each in played().samples])


def outcome(of: Played, name: str = "clean", cache: Cache | None = None) -> Outcome:
    return Outcome(BY_NAME[name], of, cache, growths=growths_of(BY_NAME[name], of, cache))


def found(of: Outcome) -> list[tuple[str, str]]:
    return [(each.invariant, each.message) for each in of.findings(REDACTOR)]


def test_nothing_grows_and_all_is_well() -> None:
    of = outcome(played())

    assert (found(of), of.doubt) == ([], "")
    assert of.all_well == "nothing grows in 200 requests: at most 0 B a request, traced"


def test_a_leak_that_an_inspector_has_seen_is_named_as_heap_beside_the_process() -> None:
    of = outcome(replace(played(traced=1024, unique=300_000), of_heap=True))
    (leak,) = of.findings(REDACTOR)

    assert leak.message == "clean leaks 1.0 KiB of heap a request (between 1.0 KiB and 1.0 KiB)"
    assert leak.evidence[1] == (
        "this is what the program itself still references: V8's inspector counted it after a collection; the process "
        "as a whole went from 0 B to 5.7 MiB"
    )


def test_growth_in_every_round_is_a_leak_with_what_it_was_before_and_after() -> None:
    (leak,) = outcome(played(traced=1024)).findings(REDACTOR)

    assert leak.message == "clean leaks 1.0 KiB a request (between 1.0 KiB and 1.0 KiB)"
    assert leak.evidence[0].startswith("976.6 KiB before, 1.1 MiB after 200 requests in 20 rounds, 180 before them")


UNBOUND = Cache(ttl_s=2.0)
FULL = Cache(ttl_s=2.0, max_bytes=64 * 1024 * 200 // 4 - 1)
ROOMY = Cache(ttl_s=2.0, max_bytes=64 * 1024 * 200 // 4)


@pytest.mark.parametrize(
    ("name", "cache", "expected"),
    [
        ("unique-prompts", None, ("no-leak", Level.MUST)),
        ("unique-prompts", UNBOUND, ("cache-bounded", Level.OBSERVE)),
        ("unique-prompts", FULL, ("cache-bounded", Level.MUST)),
        ("clean", UNBOUND, ("no-leak", Level.MUST)),
        ("clean", ROOMY, ("no-leak", Level.MUST)),
    ],
)
def test_a_cache_that_never_stops_filling_fails_where_it_claims_a_bound(
    name: str, cache: Cache | None, expected: tuple[str, Level]
) -> None:
    of = outcome(played(traced=64 * 1024), name, cache)

    assert [(each.invariant, each.level) for each in of.findings(REDACTOR)] == [expected]


def test_a_cache_may_fill_up_to_its_claimed_bound_with_room_for_copies() -> None:
    of = played(traced=64 * 1024)

    roomy = outcome(of, "unique-prompts", ROOMY)

    assert (found(roomy), roomy.doubt) == ([], "")
    assert roomy.all_well == "64.0 KiB a request stays in 200, within cache.max_bytes so far"
    assert is_undecided(roomy.scenario, of, ROOMY)


def test_what_may_be_warm_up_or_garbage_is_in_doubt_and_watched_on() -> None:
    first = replace(played(rounds=11, traced=1024), stages=[0])
    held = [replace(each, holdings={Measure.UNIQUE: 10_000 * each.requests}) for each in played().samples]
    garbage = replace(played(), samples=held)

    assert (
        "traced_bytes grew by 1.0 KiB a request in 100 requests, and that may still be warm-up" in outcome(first).doubt
    )
    assert "no collection can be forced in this target" in outcome(garbage).doubt
    assert is_undecided(BY_NAME["clean"], first)
    assert not is_undecided(BY_NAME["clean"], played())


def test_the_lines_that_grew_are_evidence_without_secrets() -> None:
    of = replace(played(traced=1024), sites=[{"site": "app.py:7 s3cret", "bytes": 2048}], requests_of_sites=30)

    (leak,) = outcome(of).findings(REDACTOR)

    assert leak.evidence[1] == "app.py:7 [redacted] grew by 2.0 KiB in 30 requests"


def test_memory_is_judged_by_what_is_known_best() -> None:
    assert outcome(played(unique=10**7)).leaks == []


def test_calls_that_run_behind_every_round_are_told_though_their_number_does_not_grow() -> None:
    of = outcome(played(upstream=2))

    assert found(of) == [("no-leak", "at least 2 upstream calls still ran 2 s after every client had gone")]


def test_a_target_that_died_is_told_with_its_last_words() -> None:
    of = outcome(replace(played(), deaths=("ended with exit code 1\nout of memory, s3cret",)))

    (death,) = of.findings(REDACTOR)
    assert (death.invariant, death.level) == ("alive-after", Level.MUST)
    assert (death.message, death.evidence) == ("the target ended with exit code 1", ("out of memory, [redacted]",))


@pytest.mark.parametrize(
    ("of", "name", "words"),
    [
        (played(rounds=3), "clean", "3 samples are too few"),
        (played(answered=100), "clean", "only 100 of 160 requests were answered"),
        (played(), "cut", "its faults struck only 0 times"),
        (UNSEEN, "clean", "memory could not be measured"),
    ],
    ids=["too-few", "not-answered", "not-struck", "no-memory"],
)
def test_what_was_hardly_played_or_measured_is_in_doubt(of: Played, name: str, words: str) -> None:
    assert words in outcome(of, name).doubt


def test_noise_is_a_doubt_and_no_leak() -> None:
    samples = [
        replace(each, holdings={**each.holdings, Measure.TRACED: 10_000_000 * (number * 7 % 21)})
        for number, each in enumerate(played().samples)
    ]
    of = outcome(replace(played(), samples=samples))

    assert of.leaks == []
    assert "too much noise to tell: traced_bytes may grow by up to" in of.doubt


def test_what_was_broken_off_says_why_first() -> None:
    of = replace(outcome(played(rounds=3)), cause="gave up after 150 s")

    assert of.doubt == "gave up after 150 s"
