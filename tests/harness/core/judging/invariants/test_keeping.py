"""The borders of the rules about kept answers and about Workers KV."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fault_injection.reply import Reply
from harness.core.judging.invariants import keeping
from harness.core.judging.view import CaseView
from harness.core.target.claims import Breaker, Cache, Capabilities
from reports.record import Level
from tests.harness.core.histories import (
    CACHING,
    OTHER,
    Fields,
    answer,
    breaches,
    client,
    cut,
    failure,
    message,
    native,
    silent,
    stream,
    streamed,
    upstream,
    view,
)
from tests.harness.core.observed.dialects import golden as g

SHARING = replace(CACHING, cache=Cache(ttl_s=2.0))
CACHE_RULES = [rule for rule in (item.id for item in keeping.INVARIANTS) if rule.startswith("cache-")]


def _kept(got: Reply, *firsts: Reply, claims: Capabilities = CACHING, **more: Fields) -> CaseView:
    """Requests that upstream answered one after the other, and at last one that it was not asked for."""
    asked = [client(reply, at=number) for number, reply in enumerate(firsts)]
    calls = [upstream(reply, at=number + 0.1) for number, reply in enumerate(firsts)]
    last = client(got, **{"at": len(firsts), "label": "again", **more})
    return view([*asked, last], calls, claims=claims)


@pytest.mark.parametrize(
    "got",
    [
        answer("Hello", finish="length"),
        stream("Hell", "o!"),
        answer("Hello", message={"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}),
        streamed({"choices": [{"delta": {"content": "Hello"}, "finish_reason": "stop", "index": 1}]}),
    ],
    ids=["finish", "text", "tool calls", "choices"],
)
def test_a_kept_answer_equals_the_original_in_all(got: Reply) -> None:
    assert "the kept answer differs" in message(
        "cache-hit-equal", _kept(got, answer("Hello"), stream=not got.is_stream)
    )


def test_a_kept_answer_may_be_any_of_the_originals() -> None:
    assert silent("cache-hit-equal", [_kept(answer("one"), answer("one"), answer("two"))])


def test_a_native_original_names_no_finish() -> None:
    of = view([client(native("a")), client(stream("a"), at=1.0)], upstream(native("a"), surface="ai.run"))

    assert silent("cache-hit-equal", [of])


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (stream("a", finish="length"), "that had been cut ({0: 'length'})"),
        (stream("a", finish="content_filter"), "that had been cut"),
        (cut(stream("a"), 1), "although upstream's was broken"),
        (failure(500), "although upstream's was refused"),
    ],
)
def test_what_is_not_for_keeping_is_told(first: Reply, words: str) -> None:
    assert words in message("cache-never-bad", _kept(stream("a", finish=first.header("x") or "stop"), first))


def test_a_good_answer_among_bad_ones_may_have_been_kept() -> None:
    assert silent("cache-never-bad", [_kept(stream("a"), stream("a"), cut(stream("a"), 1))])


@pytest.mark.parametrize("finish", ["length", "content_filter"])
@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_an_answer_cut_by_the_limit_that_its_request_names_may_be_kept(limit: str, finish: str) -> None:
    cut_off, asked = stream("a", finish=finish), {limit: 7}
    named = view(
        [client(cut_off, params=asked), client(cut_off, at=1.0, label="again", params=asked)],
        upstream(cut_off),
        claims=CACHING,
    )

    assert [breach.level for breach in breaches("cache-never-bad", named)] == [Level.SHOULD]
    assert [breach.level for breach in breaches("cache-never-bad", _kept(cut_off, cut_off))] == [None]


def test_a_stream_that_never_said_why_it_ended_may_not_be_kept() -> None:
    nameless, empty = stream("a", finish=None), stream("", finish=None)

    assert "that never said why it ended" in message("cache-never-bad", _kept(stream("a"), nameless))
    assert [breach.level for breach in breaches("cache-never-bad", _kept(stream("a"), nameless))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("cache-never-bad", _kept(empty, empty))] == [None]
    assert silent("cache-never-bad", [_kept(stream("a"), stream("a", done=False))])


def test_an_answer_from_nowhere_is_no_matter_of_the_cache() -> None:
    assert all(silent(rule, [view(client(answer()), claims=CACHING)]) for rule in CACHE_RULES)


def test_a_kept_error_is_told() -> None:
    assert "was given an earlier 500 again" in message("cache-never-bad", _kept(failure(500), failure(500)))


@pytest.mark.parametrize(
    "of",
    [
        _kept(failure(503), failure(503)),
        _kept(failure(429), failure(429)),
        _kept(failure(502), failure(500)),
        _kept(failure(400), failure(400), params={"seed": 1}),
        _kept(failure(500), failure(500), claims=replace(CACHING, circuit_breaker=Breaker(failures=1, open_s=1.0))),
        _kept(failure(500), failure(500), at=0.05),
        _kept(failure(500)),
        view([client(failure(500)), client(at=1.0)], upstream(failure(500))),
    ],
    ids=[
        "declined by the target", "limited by the target", "another status", "another request", "an open breaker",
        "shared", "no failure before", "no answer",
    ],
)  # fmt: skip
def test_an_error_with_a_reason_of_its_own_was_not_kept(of: CaseView) -> None:
    assert silent("cache-never-bad", [of])


def test_a_breaker_that_cannot_be_open_excuses_no_kept_error() -> None:
    claims = replace(CACHING, circuit_breaker=Breaker(failures=5, open_s=1.0))

    assert breaches("cache-never-bad", _kept(failure(500), failure(500), claims=claims))


def test_failures_before_the_case_may_have_opened_a_breaker() -> None:
    claims = replace(CACHING, circuit_breaker=Breaker(failures=3, open_s=1.0))
    kept = _kept(failure(500), failure(500), claims=claims)

    def after(earlier: int) -> CaseView:
        return view(
            kept.history.clients, kept.history.upstreams, claims=claims, earlier=(upstream(failure(500)),) * earlier
        )

    assert breaches("cache-never-bad", after(1))
    assert silent("cache-never-bad", [after(2)])


def test_the_key_has_the_model_also_where_it_is_in_the_path() -> None:
    of = _kept(answer(), answer(), path="/ai/run/other")

    assert "differs in path /v1/chat/completions / /ai/run/other" in message("cache-key-complete", of)


def test_of_several_differences_all_are_told() -> None:
    of = _kept(answer(), answer(), params={"top_p": 1, "seed": 2})

    assert "seed None / 2, top_p None / 1" in message("cache-key-complete", of)


def test_a_value_that_differs_is_told_on_both_sides() -> None:
    asked = [client(answer(), params={"seed": 1}), client(answer(), at=1.0, params={"seed": 2})]

    assert "differs in seed 1 / 2" in message("cache-key-complete", view(asked, upstream(answer()), claims=CACHING))


def test_each_kept_answer_is_held_against_what_was_kept() -> None:
    asked = [client(answer()), client(answer(), at=1.0), client(answer(), at=2.0, params={"seed": 2}, label="third")]

    assert message("cache-key-complete", view(asked, upstream(answer()), claims=CACHING)).startswith("third: ")


def test_the_answer_to_another_question_is_no_matter_of_the_key() -> None:
    asked = [client(answer(), nonce=OTHER), client(answer(), at=1.0)]

    assert silent("cache-key-complete", [view(asked, upstream(answer(), nonce=OTHER), claims=CACHING)])


def test_the_same_question_of_the_same_caller_may_be_kept() -> None:
    assert silent("cache-key-complete", [_kept(answer(), answer()), _kept(answer(), answer(), identity="b")])


OTHERS_TOKEN = {"identity": "b", "request_headers": (("Authorization", "Bearer b"),)}


@pytest.mark.parametrize(
    "of",
    [
        _kept(answer(), answer(), claims=SHARING, **OTHERS_TOKEN),
        _kept(answer(), answer(), identity="b"),
        _kept(answer(), answer()),
    ],
    ids=["it is claimed", "nobody could tell", "the same caller"],
)
def test_sharing_that_is_right_is_not_told(of: CaseView) -> None:
    assert silent("cache-isolated", [of])


def test_sharing_that_nobody_claims_is_told() -> None:
    assert breaches("cache-isolated", _kept(answer(), answer(), claims=Capabilities(), **OTHERS_TOKEN))


def test_a_life_is_counted_from_the_last_answer_made() -> None:
    assert silent("cache-expires", [_kept(answer(), answer(), at=2.3), _kept(answer(), answer(), answer(), at=3.3)])
    assert silent("cache-expires", [_kept(answer(), answer(), at=9.0, claims=Capabilities())])
    assert breaches("cache-expires", _kept(answer(), answer(), at=2.5))


def test_json_that_was_asked_for_does_not_come_as_a_stream() -> None:
    of = _kept(stream("a"), stream("a"), stream=False)

    assert "JSON was asked for, the kept answer came as a stream" in message("cache-stream-form", of)


def test_an_identical_question_at_the_same_time_is_shared_and_not_kept() -> None:
    together = view([client(stream("a")), client(stream("a"), at=0.105)], upstream(stream("a")), claims=CACHING)
    apart = view([client(stream("a")), client(stream("a"), nonce=OTHER)], upstream(stream("a")), claims=CACHING)

    assert list(keeping.kept(together)) == []
    assert [ask.nonce for ask in keeping.kept(apart)] == [OTHER]


@pytest.mark.parametrize("refreshed_s", [5.15, 5.22, 5.4], ids=["before its end", "just behind it", "later"])
def test_what_is_asked_for_beside_a_kept_answer_has_not_made_it(refreshed_s: float) -> None:
    asked = [client(answer()), client(answer(), at=5.0, end_s=5.2, label="again")]
    calls = [upstream(answer()), upstream(answer(), at=refreshed_s)]

    assert "kept for 4.9 s" in message("cache-expires", view(asked, calls, claims=CACHING))


@pytest.mark.parametrize("ended_s", [0.15, 0.9], ids=["noted at once", "noted late"])
def test_a_life_begins_when_the_target_has_surely_got_the_answer(ended_s: float) -> None:
    asked = [client(answer(), end_s=ended_s), client(answer(), at=ended_s + 2.2, label="again")]

    assert silent("cache-expires", [view(asked, upstream(answer()), claims=CACHING)])


def test_the_beginning_that_a_dialect_has_may_be_given_before_upstream_is_asked() -> None:
    got = streamed(*(json.dumps(each) for each in ({"type": "start"}, g.finished("stop"))))
    early = client(got, dialect="ai-sdk")
    (start, *rest) = early.pieces
    asked_between = replace(early, pieces=(replace(start, at_s=0.05), *rest))

    assert silent("cache-hit-equal", [view(asked_between, upstream(stream("all of it"), at=0.06))])
