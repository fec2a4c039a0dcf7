"""In which order cases are taken from the long end and from the short one."""

from __future__ import annotations

from dataclasses import replace

from fault_injection.families import client
from harness.drivers.conformance.order import longest_first, shortest_first
from scenarios.case import Case, Step
from scenarios.index import BY_ID
from scenarios.prompt import Prompt

FOUND = BY_ID["endings.cut-between-events-cleanly"]
"""It shows known defects, and is short."""


def paced(name: str, tokens: int) -> Case:
    step = Step(prompt=Prompt(tokens=tokens, pace_s=0.2))
    return Case(id=f"test.{name}", promise="", reference="", focus=("no-loss",), steps=(step,))


def ids(cases: list[Case]) -> list[str]:
    return [case.id for case in cases]


def test_both_ends_begin_with_what_finds_most() -> None:
    cases = [paced("middle", 10), paced("short", 1), FOUND]

    assert ids(longest_first(cases)) == [FOUND.id, "test.middle", "test.short"]
    assert ids(shortest_first(cases)) == [FOUND.id, "test.short", "test.middle"]


def test_what_takes_very_long_is_among_the_first_of_the_long_end_and_not_of_the_short_one() -> None:
    cases = [FOUND, paced("longest", 40), paced("short", 1)]

    assert ids(longest_first(cases)) == ["test.longest", FOUND.id, "test.short"]
    assert ids(shortest_first(cases)) == [FOUND.id, "test.longest", "test.short"]


def test_a_pause_counts_as_what_it_takes() -> None:
    waits = replace(paced("waits", 1), steps=(Step(pause="cache-ttl"),))

    assert ids(longest_first([paced("short", 1), waits])) == ["test.waits", "test.short"]


def test_so_does_a_flood_that_no_target_passes_on_at_once() -> None:
    flood = replace(paced("flood", 1), steps=(Step(prompt=Prompt(tokens=60, token_bytes=1_000_000)),))

    assert ids(longest_first([paced("paced", 10), flood])) == ["test.flood", "test.paced"]


def test_an_answer_that_its_client_leaves_takes_no_time() -> None:
    long = Step(prompt=Prompt(tokens=100, pace_s=0.2))
    left = replace(paced("left", 1), steps=(replace(long, faults=(client.AbortAfter(events=1),)),))

    assert ids(longest_first([left, paced("middle", 10)])) == ["test.middle", "test.left"]
