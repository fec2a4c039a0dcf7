"""The fields of an answer beside its text: which must arrive, and which correct targets may treat in two ways."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.view import CaseView
from reports.record import Level
from tests.harness.core.histories import (
    CACHING,
    Fields,
    Json,
    answer,
    breaches,
    chunk,
    client,
    native,
    passed,
    request,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

TOKENS = [{"token": token, "logprob": -0.5, "top_logprobs": []} for token in "ab"]
CITED = [{"type": "url_citation", "url_citation": {"url": "https://example.org", "title": "t"}}]
COUNTED = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
UNNUMBERED = streamed({"id": "chatcmpl-1", "choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]})
CHUNKS = stream("a", object="chat.completion.chunk")
WHOLE = answer("ab", message={"reasoning_content": "hm, so", "refusal": "No.", "annotations": CITED})


def _with(*deltas: Json, **more: Fields) -> Reply:
    return streamed(*(chunk("a", delta=delta, **more) for delta in deltas), chunk(finish="stop"))


def _logged(*tokens: list[Json]) -> Reply:
    choices = [
        {"index": 0, "delta": {"content": "a"}, "logprobs": {"content": each}, "finish_reason": None} for each in tokens
    ]
    return streamed(*({"choices": [choice]} for choice in choices), chunk(finish="stop"))


@pytest.mark.parametrize(
    ("of", "words", "level"),
    [
        (passed(_with({"reasoning_content": "hm"}), stream("a")), "of its reasoning none came: 'hm'", Level.SHOULD),
        (
            passed(_with({"reasoning": "hm"}, {}), _with({"reasoning": "h"}, {})),
            "of its reasoning another text came",
            None,
        ),
        (passed(_with({"annotations": CITED}), stream("a")), "of its annotations none came", Level.SHOULD),
        (passed(_with({"annotations": CITED * 2}), _with({"annotations": CITED})), "of its 2 annotations 1 came", None),
        (passed(_with({"audio": {"data": "AA"}}), stream("a")), "of its audio none came", Level.SHOULD),
        (passed(_with({"audio": {"data": "AA"}}), _with({"audio": {"data": "A"}})), "of its audio another came", None),
        (passed(_logged(TOKENS[:1], TOKENS[1:]), stream("a", "a")), "log probabilities", Level.SHOULD),
        (
            passed(_logged(TOKENS[:1], TOKENS[1:]), _logged([], TOKENS[1:])),
            "log probabilities of content 1 came",
            None,
        ),
        (passed(_logged(TOKENS), stream("a"), params={"logprobs": True}), "none came", None),
        (passed(stream("a", service_tier="flex"), stream("a")), "service_tier was None", Level.SHOULD),
        (passed(WHOLE, answer("ab")), "of its refusal none came", None),
        (passed(stream("a", model="m"), stream("a")), "its model did not arrive", Level.SHOULD),
        (passed(answer("a"), answer("a", message={"role": None})), "the role of the message", Level.SHOULD),
        (passed(stream("a"), UNNUMBERED), "a choice came without its index", Level.SHOULD),
        (passed(CHUNKS, stream("a", object="chat.completion")), "calls itself 'chat.completion'", Level.SHOULD),
    ],
)
def test_what_departs_is_told_by_its_weight(of: CaseView, words: str, level: Level | None) -> None:
    (breach,) = breaches("fields-kept", of)

    assert (words in breach.message, breach.level) == (True, level)


@pytest.mark.parametrize(
    "of",
    [
        passed(_with({"reasoning_content": "h"}, {"reasoning_content": "m"}), _with({"reasoning": "hm"}, {})),
        passed(_with({"reasoning_content": "h", "reasoning": "h"}), _with({"reasoning_content": "h"})),
        passed(_with({"reasoning_content": None, "refusal": "", "annotations": []}), stream("a")),
        passed(_logged(TOKENS[:1], TOKENS[1:]), _logged(TOKENS, [])),
        view(
            client(_with({"refusal": "No.", "reasoning": "hm, so", "annotations": CITED}, {"content": "b"})),
            upstream(WHOLE),
        ),
        passed(stream("a", system_fingerprint="fp"), stream("a", system_fingerprint="fp")),
        passed(UNNUMBERED),
        passed(stream("a", model="m"), stream("a", model="another name for m")),
        passed(stream("a", object="chat.completion")),
        view(client(CHUNKS), upstream(answer("a", object="chat.completion"))),
        view(client(native("a")), upstream(stream("a", model="m"))),
        passed(_with({"annotations": CITED}), _with({"annotations": [{**CITED[0], "index": 0}]})),
    ],
)
def test_the_same_in_another_form_is_no_departure(of: CaseView) -> None:
    assert silent("fields-kept", [of])


@pytest.mark.parametrize("first", [WHOLE, _with({"refusal": "No."})], ids=["json", "stream"])
@pytest.mark.parametrize("got", [answer("ab"), stream("ab")], ids=["as json", "as a stream"])
def test_a_kept_answer_has_all_of_its_fields(first: Reply, got: Reply) -> None:
    text = "ab" if first is WHOLE else "a"
    got = answer(text) if got.events == () else stream(text)
    of = view([client(first), client(got, at=1.0, label="again")], upstream(first), claims=CACHING)

    (breach,) = breaches("fields-kept", of)

    assert "of its refusal none came" in breach.message


def _counted(asked: Json, *, by_upstream: bool) -> CaseView:
    sent = streamed(chunk("a", finish="stop"), COUNTED) if by_upstream else stream("a")
    return view(client(streamed(chunk("a", finish="stop"), COUNTED)), upstream(sent, body=request(**asked)))


@pytest.mark.parametrize(
    ("asked", "by_upstream", "is_told"),
    [
        ({}, False, True),
        ({"stream_options": {"include_usage": True}}, True, True),
        ({}, True, False),
    ],
)
def test_a_chunk_that_counts_is_told_unless_upstream_sent_it_by_itself(
    asked: Json, by_upstream: bool, is_told: bool
) -> None:
    assert bool(breaches("usage-unasked", _counted(asked, by_upstream=by_upstream))) is is_told


def test_a_chunk_that_counts_may_come_to_who_asked_for_it() -> None:
    asked = {"stream_options": {"include_usage": True}}

    assert silent("usage-unasked", [passed(streamed(chunk("a", finish="stop"), COUNTED), params=asked)])


def test_usage_details_arrive_as_counted() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 8}}
    plain = {"prompt_tokens": 9, "completion_tokens": 2}

    (breach,) = breaches("usage-true", passed(answer(usage=usage), answer(usage=plain)))

    assert "prompt_tokens_details.cached_tokens was None, upstream counted 8" in breach.message
    assert silent("usage-true", [passed(answer(usage=usage), answer(usage=usage))])
