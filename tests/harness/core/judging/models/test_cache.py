"""The plain model of a cache speaks where every right cache would do the same, and nowhere else."""

from __future__ import annotations

import pytest

from harness.core.judging.models import check
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Cache, Capabilities
from scenarios.case import Case, Step
from scenarios.case_file import found_case
from tests.harness.core.histories import CACHING, Fields, answer, client, stream, upstream, view

WALK = found_case("cache-walk.1", [Step()])


def again(
    at: float = 0.6, *, asked: bool = False, first: Fields = None, claims: Capabilities = CACHING, **second: Fields
) -> CaseView:
    """Ask once, with upstream's answer, and once more; `asked` whether upstream was asked for that as well."""
    made = first or {}
    reply = made.pop("reply", answer())
    sent = made.pop("sent", reply)
    calls = [upstream(sent, at=0.05, **made.pop("call", {}))]
    calls += [upstream(answer(), at=at + 0.05)] if asked else []
    second = {"label": "again", **second}
    return view([client(reply, **made), client(second.pop("reply", answer()), at=at, **second)], calls, claims=claims)


def said(of: CaseView, case: Case = WALK) -> list[tuple[str, str]]:
    return [(finding.invariant, finding.message.partition(":")[0]) for finding in check(case, of)]


def test_a_hit_of_a_young_answer_is_what_the_model_does_too() -> None:
    assert said(again()) == []


def test_an_answer_that_is_far_too_old_must_not_be_kept() -> None:
    assert said(again(9.0)) == [("cache-expires", "again")]


def test_an_answer_to_something_else_must_not_be_given() -> None:
    assert said(again(params={"temperature": 0.9})) == [("cache-key-complete", "again")]


def test_an_answer_of_another_caller_must_not_be_given_where_callers_are_apart() -> None:
    shared = Capabilities(streaming=True, cache=Cache(ttl_s=2.0, streams=True))

    assert said(again(identity="b")) == [("cache-key-complete", "again")]
    assert said(again(identity="b", claims=shared)) == []


@pytest.mark.parametrize("finish", ["length", None])
def test_an_answer_that_is_not_for_keeping_must_not_be_given(finish: str | None) -> None:
    cut = stream("one", finish=finish, done=finish is not None)

    assert said(again(first={"reply": cut})) == [("cache-key-complete", "again")]


def test_a_young_whole_answer_must_be_kept() -> None:
    assert said(again(asked=True)) == [("cache-hit-equal", "again")]


@pytest.mark.parametrize(
    "of",
    [
        again(1.5, asked=True),
        again(asked=True, params={"seed": 2}),
        again(asked=True, first={"call": {"faults": ("http.gzip",)}}),
        again(asked=True, first={"reply": stream("one")}, claims=Capabilities(cache=Cache(ttl_s=2.0))),
        again(asked=True, end=ClientEnd.LEFT),
        again(0.02, asked=True),
        view([client(answer()), client(answer(), at=0.6)], upstream(answer())),
    ],
    ids=["no longer young", "another question", "after a fault", "a stream", "left", "at the same time", "no cache"],
)
def test_where_a_right_cache_may_do_either_the_model_is_silent(of: CaseView) -> None:
    assert said(of) == []


def test_a_store_with_moods_or_a_fresh_start_excuses_a_miss() -> None:
    moody = view(
        [client(answer()), client(answer(), at=0.6, label="again")],
        [
            upstream(answer(), at=0.05),
            upstream(answer(), at=0.61, surface="kv.get", nonce="", faults=("kv.miss",)),
            upstream(answer(), at=0.65),
        ],
        claims=CACHING,
    )
    restarted = found_case("cache-walk.1", [Step(), Step(label="again", restart=True)])

    assert said(moody) == []
    assert said(again(asked=True), restarted) == []


def test_only_walks_are_held_against_a_model() -> None:
    assert said(again(9.0), found_case("search.1", [Step()])) == []
