"""What is drawn can be played: few elements, faults that fit their surface, requests that can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from fault_injection.client import Manner
from fault_injection.families.http_framing import Compressed
from fault_injection.fault import Fault
from fault_injection.registry import ALL
from scenarios.case import Case, Step
from scenarios.searching import strategies
from scenarios.searching.reach import Reach
from scenarios.searching.strategies import MOST_FAULTS, cases, faults
from scenarios.searching.surfaces import kinds_on

pytestmark = pytest.mark.usefixtures("unmeasured")

EVERYTHING = Reach(second_model=True, cache=True, kv=True, restart=True, max_messages=200, max_request_bytes=1 << 20)
PIPE = Reach(streaming=False)
FIND = settings(
    max_examples=3000, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def groups(case: Case) -> list[list[Step]]:
    """Return the steps that may be under way at the same time."""
    numbered = []
    number = 0
    for step in case.steps:
        number += step.start == "after"
        numbered.append((number, step))
    return [[step for _, step in group] for _, group in groupby(numbered, key=lambda each: each[0])]


def asks(step: Step) -> tuple[object, ...]:
    return step.stream, step.identity, step.model, dict(step.params), step.faults, step.prompt, step.turns


@settings(max_examples=60)
@given(cases(EVERYTHING))
def test_a_case_has_few_elements(case: Case) -> None:
    upstream = sum(len(rule.faults) for rule in case.upstream)

    assert upstream <= MOST_FAULTS
    assert 1 <= len(case.steps) <= 4


@settings(max_examples=60)
@given(cases(EVERYTHING))
def test_requests_at_the_same_time_differ_in_their_question_or_in_nothing(case: Case) -> None:
    for group in groups(case):
        for first in group:
            for second in group:
                assert first.question != second.question or asks(first) == asks(second)


@settings(max_examples=60)
@given(cases(EVERYTHING))
def test_nothing_waits_or_is_started_afresh_while_something_is_under_way(case: Case) -> None:
    for group in groups(case):
        assert all(step.pause == "none" and not step.restart for step in group[1:])


@settings(max_examples=60)
@given(cases(PIPE))
def test_what_a_target_does_not_claim_is_not_asked_of_it(case: Case) -> None:
    assert not any(step.stream or step.model == "second" or step.restart for step in case.steps)
    assert all(step.pause == "none" for step in case.steps)
    assert all(not rule.surface.startswith("kv.") for rule in case.upstream)


@pytest.mark.parametrize("name", ALL)
def test_every_fault_can_be_drawn_in_more_than_its_plain_form_where_it_has_one(name: str) -> None:
    kind = ALL[name]

    drawn = find(faults(kind), lambda fault: fault != kind() or not kind.parameters() or _is_fixed(name), settings=FIND)

    assert isinstance(drawn, kind)


def _is_fixed(name: str) -> bool:
    """Whether all that a fault has are texts, which are left as they are."""
    return all(isinstance(item.default, str) and not item.choices for item in ALL[name].parameters())


@pytest.mark.parametrize(
    "wanted",
    [
        lambda case: any(step.restart for step in case.steps),
        lambda case: any(step.pause == "cache-ttl" for step in case.steps),
        lambda case: any(step.together > 1 for step in case.steps),
        lambda case: any(step.start == "first-event" for step in case.steps),
        lambda case: any(step.identity == "b" for step in case.steps),
        lambda case: any(rule.surface == "kv.get" for rule in case.upstream),
        lambda case: any(fault.id == "client.many_messages" for step in case.steps for fault in step.faults),
        lambda case: len(case.upstream) == MOST_FAULTS,
    ],
    ids=["restart", "pause", "crowd", "first event", "other caller", "store", "about the limit", "three faults"],
)
def test_what_it_is_for_is_drawn_soon(wanted: object) -> None:
    found = find(cases(EVERYTHING), wanted, settings=FIND)  # type: ignore[arg-type]  # each takes a case

    assert found.steps


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd"])
def test_answers_come_in_every_coding(coding: str) -> None:
    def is_in_it(fault: Fault) -> bool:
        return isinstance(fault, Compressed) and fault.coding == coding

    assert Compressed in kinds_on("ai")
    assert find(faults(Compressed), is_in_it, settings=FIND) is not None


def test_requests_are_put_in_every_manner_and_on_one_connection() -> None:
    def has(wanted: Callable[[Manner], bool]) -> Case:
        return find(cases(EVERYTHING), lambda case: any(wanted(step.manner) for step in case.steps), settings=FIND)

    has(lambda manner: manner.framing == "chunked-with-extras")
    assert has(lambda manner: manner.version == "1.0").upstream == ()
    has(lambda manner: manner.content_encoding == "gzip")
    has(lambda manner: manner.content_encoding == "zstd")
    has(lambda manner: manner.accept_encoding.startswith("zstd"))
    has(lambda manner: manner.expects_continue)
    shared = find(
        cases(EVERYTHING),
        lambda case: sum(step.manner.connection == "one" for step in case.steps) > 1,
        settings=FIND,
    )
    assert all(step.start == "after" and step.together == 1 for step in shared.steps if step.manner.connection)


@pytest.mark.parametrize("count", [198, 199, 200, 201])
def test_sizes_about_a_limit_are_each_drawn(count: int) -> None:
    wanted = f"client.many_messages(count={count})"

    drawn = find(strategies.client_faults(EVERYTHING), lambda fault: str(fault) == wanted, settings=FIND)

    assert str(drawn) == wanted
