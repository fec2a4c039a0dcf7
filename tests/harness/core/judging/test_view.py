from __future__ import annotations

import gzip

import pytest

from fault_injection.reply import Reply
from harness.core.judging.upstream.view import Wholeness
from harness.core.observed.history import ClientEnd
from tests.harness.core.histories import (
    NONCE,
    OTHER,
    answer,
    client,
    cut,
    failure,
    request,
    stream,
    upstream,
    view,
)


def test_calls_are_joined_by_the_nonce_and_the_time() -> None:
    calls = [upstream(answer(), at=at_s) for at_s in (0.5, 1.05, 1.3, 3.0)] + [upstream(answer(), nonce=OTHER, at=1.2)]

    (ask,) = view(client(answer(), at=1.0, end_s=1.27), calls).asks

    assert [call.exchange.arrived_s for call in ask.known] == [0.5, 1.05, 1.3]
    assert [call.exchange.arrived_s for call in ask.own] == [1.05, 1.3]
    assert [call.exchange.arrived_s for call in ask.later] == [3.0]


def test_a_call_right_behind_the_end_is_the_rivals_when_there_is_one() -> None:
    first, second = client(answer(), at=1.0, end_s=1.27), client(answer(), at=1.28)

    asks = view([first, second], upstream(answer(), at=1.3)).asks

    assert [len(ask.own) for ask in asks] == [0, 1]


def test_a_call_behind_two_ends_is_nobodys() -> None:
    first, second = client(answer(), at=1.0, end_s=1.27), client(answer(), at=1.0, end_s=1.29)

    asks = view([first, second], upstream(answer(), at=1.3)).asks

    assert [(len(ask.own), len(ask.later)) for ask in asks] == [(0, 1), (0, 1)]


def test_a_client_is_read_by_its_type_and_its_coding() -> None:
    coded = gzip.compress(stream("Hello").body_bytes)
    headers = (("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip"))
    odd = Reply(headers=(("Content-Type", "text/event-stream"),), body=b"nonsense")

    asks = view([client(Reply(headers=headers, body=coded)), client(odd), client(Reply(body=b"nonsense"))]).asks

    assert [(ask.reading.form, ask.reading.text) for ask in asks] == [
        ("stream", "Hello"),
        ("stream", ""),
        ("other", ""),
    ]


def test_a_nonce_is_found_among_bytes_that_are_no_text() -> None:
    (ask,) = view(client(body=b"\xff " + NONCE.encode())).asks

    assert ask.nonce == NONCE


def test_calls_are_in_the_order_of_their_arrival() -> None:
    late, early = upstream(answer(), at=0.2), upstream(failure(), at=0.1)

    of = view(client(answer()), [late, early])

    assert [call.status for call in of.calls] == [500, 200]


def test_a_request_without_a_nonce_has_no_calls() -> None:
    (ask,) = view(client(failure(400), body=b"{"), upstream(answer(), nonce="")).asks

    assert (ask.nonce, ask.request, ask.known, ask.wants_stream) == ("", None, (), False)


def test_what_is_no_ai_call_stands_apart() -> None:
    of = view(client(answer()), [upstream(answer(), surface=name) for name in ("kv.get", "ai.run", "ai.chat", "probe")])

    assert [call.exchange.surface for call in of.others] == ["kv.get", "probe"]
    assert [call.exchange.surface for call in of.calls] == ["ai.run", "ai.chat"]


def test_the_clean_request_and_the_calls_before_are_read_as_well() -> None:
    of = view(alive=client(answer()), earlier=(upstream(failure()),))

    assert of.alive is not None
    assert of.alive.succeeded
    assert [call.status for call in of.earlier] == [500]


def test_the_source_is_the_answer_that_says_the_same() -> None:
    calls = [upstream(stream(text), at=at_s) for text, at_s in (("a", 0.1), ("b", 0.2))]

    sources = [view(client(stream(text), end_s=1.0), calls).asks[0].source for text in ("a", "b", "c")]

    assert [source.reading.text if source else None for source in sources] == ["a", "b", "b"]


@pytest.mark.parametrize(
    ("calls", "text"),
    [([], None), ([failure()], None), ([failure(), stream()], ""), ([stream("a"), stream(), failure()], "a")],
)
def test_without_one_that_says_the_same_it_is_the_last_with_any_text(calls: list[Reply], text: str | None) -> None:
    upstreams = [upstream(reply, at=0.1 + number / 100) for number, reply in enumerate(calls)]

    source = view(client(failure(502), end_s=1.0), upstreams).asks[0].source

    assert (source.reading.text if source else None) == text


def test_a_broken_answer_is_no_source_of_a_finished_one() -> None:
    broken, good = cut(stream("a"), 1), stream("b")

    (ask,) = view(client(stream("a"), end_s=1.0), [upstream(good, at=0.1), upstream(broken, at=0.2)]).asks

    assert ask.source is not None
    assert ask.source.wholeness is Wholeness.BROKEN  # there is no better one, but it was not taken for its text


@pytest.mark.parametrize(
    ("got", "end", "succeeded"),
    [
        (stream("a"), ClientEnd.COMPLETE, True),
        (stream("a"), ClientEnd.RESET, True),
        (stream("a", finish=None, done=False), ClientEnd.COMPLETE, False),
        (answer(), ClientEnd.COMPLETE, True),
        (answer(), ClientEnd.CLOSED_EARLY, False),
        (failure(500), ClientEnd.COMPLETE, False),
    ],
)
def test_success_is_what_a_client_would_take_for_it(got: Reply, end: ClientEnd, succeeded: bool) -> None:
    (ask,) = view(client(got, end=end)).asks

    assert ask.succeeded is succeeded


def test_the_key_is_everything_but_the_form_of_the_answer() -> None:
    same = [client(stream=True, params={"stream_options": {"include_usage": True}}), client(stream=False)]
    others = [client(params={"seed": 1}), client(nonce=OTHER), client(path="/v1/other"), client(body=b"[]")]

    keys = [ask.key for ask in view([*same, *others]).asks]

    assert keys[0] == keys[1]
    assert len(set(keys)) == 5


def test_the_order_of_a_requests_fields_is_no_part_of_its_key() -> None:
    one, other = view([client(body=b'{"a":1,"b":[2]}'), client(body=b'{"b": [2], "a": 1}')]).asks

    assert one.key == other.key


def test_a_request_of_any_depth_has_a_key() -> None:
    body = request()[:-1] + b',"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    (ask,) = view(client(body=body)).asks

    assert ask.request is not None
    assert ask.key.startswith("/v1/chat/completions {")


def test_an_exchange_is_named_after_its_step_or_its_request() -> None:
    asks = view([client(label="second#3"), client(label="")]).asks

    assert [ask.name for ask in asks] == ["second#3", "POST /v1/chat/completions"]


def test_a_history_of_many_exchanges_is_joined() -> None:
    clients = [client(answer(), nonce=f"ep-{number:012x}", at=number / 10) for number in range(500)]
    calls = [upstream(answer(), nonce=f"ep-{number:012x}", at=number / 10 + 0.05) for number in range(500)]

    assert all(len(ask.own) == 1 for ask in view(clients, calls).asks)
