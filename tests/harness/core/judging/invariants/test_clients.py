"""How clients are spoken with: what HTTP leaves to a target is its own, the rest is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.client import Manner
from fault_injection.reply import Reply, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamEnd
from harness.core.target.claims import Capabilities, Limits
from reports.record import Level
from tests.harness.core.histories import (
    OTHER,
    RESILIENT,
    Fields,
    answer,
    breaches,
    client,
    cut,
    failure,
    message,
    request,
    silent,
    stream,
    upstream,
    view,
)

PAGES = Capabilities(streaming=True, cors=True)
ORIGIN = (("Origin", "https://app.example"),)
MARKED = b"\xef\xbb\xbf" + request()
SLOW = Limits(client_stall_timeout_s=2.0)


def put(got: Reply | None = None, *, sent: Reply | None = None, manner: Fields = None, **more: Fields) -> CaseView:
    """Build the view of one request in some manner; upstream is asked only where it has sent something."""
    given = client(got, moves={"manner": Manner(**(manner or {}))}, **{"stream": False, **more})
    return view(given, [upstream(sent)] if sent else [])


def on_one(*exchanges: ClientExchange) -> CaseView:
    """Build the view of requests that follow one another on one connection; the first was declined."""
    ones = [replace(each, moves=replace(each.moves, manner=Manner(connection="one"))) for each in exchanges]
    return view(ones)


BAD = client(failure(400), body=b"no JSON", at=0.0, label="bad")


def second(got: Reply | None = None, **more: Fields) -> ClientExchange:
    return client(got, at=1.0, nonce=OTHER, label="good", **{"rode_on": True, "stream": False, **more})


@pytest.mark.parametrize("status", [400, 405, 408, 413, 501])
def test_a_good_request_is_not_answered_for_what_was_left_of_the_one_before(status: int) -> None:
    got = message("connection-in-order", on_one(BAD, second(failure(status))))

    assert got == f"good: a good request on a used connection, behind the 400 to bad, got a {status}"


def test_a_used_connection_excuses_what_any_target_may_say() -> None:
    asked = view(
        [replace(second(failure(400)), moves=replace(second().moves, manner=Manner(connection="one")))],
        upstream(failure(400), nonce=OTHER, at=1.05),
    )

    assert silent(
        "connection-in-order",
        [
            on_one(BAD, second(answer())),
            on_one(BAD, second(failure(503))),
            on_one(BAD, second(failure(429))),
            on_one(BAD, second(failure(400), rode_on=False)),
            on_one(BAD, second(failure(400), body=b"no JSON either")),
            on_one(BAD, second(failure(400), end=ClientEnd.LEFT)),
            on_one(BAD, second(failure(400), body=MARKED)),
            asked,
        ],
    )


def test_what_nobody_asked_for_is_told_with_what_it_came_behind() -> None:
    got = message("connection-in-order", on_one(BAD, second(answer(), unasked=b"HTTP/1.1 400 Bad", rode_on=False)))

    assert got == ("good: on its connection b'HTTP/1.1 400 Bad' came behind the 400 to bad, before anything was asked")


def test_what_upstream_sent_unasked_and_a_pipe_passed_on_weighs_less() -> None:
    ones = Manner(connection="one")
    first = client(answer(), stream=False, moves={"manner": ones}, label="first")
    then = replace(second(answer(), unasked=b"surplus"), moves=replace(second().moves, manner=ones))
    sent = upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}surplus", at=0.05)

    (breach,) = breaches("connection-in-order", view([first, then], sent))

    assert breach.level is Level.SHOULD


def test_to_close_without_a_word_is_less_strict() -> None:
    (breach,) = breaches("connection-in-order", on_one(BAD, second(answer(), dropped=True)))

    assert breach.level is Level.SHOULD


FORMS: dict[str, tuple[Fields, str]] = {
    "chunks": ({"framing": "chunked"}, "in chunks"),
    "extras": ({"framing": "chunked-with-extras"}, "in chunks with extensions and trailers"),
    "charset": (
        {"content_type": "application/json; charset=utf-8"},
        "with Content-Type: application/json; charset=utf-8",
    ),
    "old": ({"version": "1.0"}, "in HTTP/1.0"),
    "browser": ({"accept_encoding": "br"}, "with Accept-Encoding: br"),
    "expects": ({"expects_continue": True}, "with Expect: 100-continue"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_right_form_of_a_request_is_no_reason_to_decline_it_or_to_fail(form: str) -> None:
    manner, told = FORMS[form]

    assert message("http-understood", put(failure(400), manner=manner)) == (
        f"ask: a request {told} was declined with a 400"
    )
    assert message("http-understood", put(failure(500), manner=manner)) == f"ask: a request {told} got a 500"
    assert message("http-understood", put(manner=manner)) == (
        f"ask: a request {told} got no answer at all (closed early)"
    )
    assert "got no answer as long as" in message("http-understood", put(manner=manner, end=ClientEnd.TIMED_OUT))
    assert silent("http-understood", [put(answer(), sent=answer(), manner=manner)])


@pytest.mark.parametrize(
    ("manner", "status"),
    [
        ({"framing": "chunked"}, 411),
        ({"version": "1.0"}, 505),
        ({"version": "1.0"}, 426),
        ({"expects_continue": True}, 417),
        ({"accept_encoding": "br"}, 406),
        ({"content_type": ""}, 415),
        ({"content_type": "text/plain"}, 400),
        ({"content_encoding": "gzip"}, 415),
        ({"content_encoding": "gzip", "framing": "chunked"}, 411),
    ],
)
def test_what_a_target_does_not_take_it_may_decline_with_the_status_for_it(manner: Fields, status: int) -> None:
    assert silent("http-understood", [put(failure(status), manner=manner)])


@pytest.mark.parametrize("manner", [{"content_type": ""}, {"content_type": "text/plain"}, {"content_encoding": "gzip"}])
def test_what_may_be_declined_may_not_be_failed_at(manner: Fields) -> None:
    assert message("http-understood", put(failure(500), manner=manner)).endswith("got a 500")


def test_an_unknown_query_may_be_declined_with_reason() -> None:
    (declined,) = breaches("http-understood", put(failure(404), manner={"query": "a=1"}))
    (failed,) = breaches("http-understood", put(failure(500), manner={"query": "a=1"}))

    assert (declined.level, failed.level) == (Level.SHOULD, None)


@pytest.mark.parametrize(
    ("header", "told", "may_get"),
    [
        (("X-Long", "a" * 5000), "with a header of 5000 bytes", 431),
        (("X-Title", "Grüße"), "with a header beyond ASCII", 400),
        (("If-None-Match", '"x"'), 'with If-None-Match: "x"', 412),
        (("X-Empty", ""), "with an empty header", 200),
    ],
)
def test_odd_headers_may_be_declined_and_not_failed_at(header: tuple[str, str], told: str, may_get: int) -> None:
    failed = put(failure(500), request_headers=(header,))
    fine = put(answer() if may_get == 200 else failure(may_get), request_headers=(header,))

    assert message("http-understood", failed) == f"ask: a request {told} got a 500"
    assert silent("http-understood", [fine])


def test_a_post_is_never_answered_as_not_modified() -> None:
    got = put(json_reply(b"", status=304), request_headers=(("If-None-Match", '"x"'),))

    assert message("http-understood", got).endswith("got a 304, which only a GET or a HEAD can get")


def test_what_upstream_or_a_breaker_may_be_the_reason_of_is_nobodys_misunderstanding() -> None:
    manner: Fields = {"framing": "chunked"}
    failed = [upstream(failure(500), at=at) for at in (0.1, 0.2, 0.3)]
    rested = replace(
        client(failure(503), nonce=OTHER, at=0.5, stream=False), moves=replace(client().moves, manner=Manner(**manner))
    )

    assert silent(
        "http-understood",
        [
            put(failure(502), sent=failure(500), manner=manner),
            put(failure(429), manner=manner),
            put(failure(400), manner=manner, body=b"no JSON"),
            put(failure(400), manner=manner, body=MARKED),
            put(manner=manner, end=ClientEnd.LEFT),
            view([rested], failed, claims=RESILIENT),
            put(failure(500)),
        ],
    )


def test_an_answer_comes_in_a_coding_that_its_client_takes() -> None:
    coded = replace(answer(), headers=(*answer().headers, ("Content-Encoding", "compress")))
    sent = replace(answer(), headers=(*answer().headers, ("Content-Encoding", "compress")))

    (breach,) = breaches("http-understood", put(coded, sent=answer(), manner={"accept_encoding": "gzip"}))

    assert breach.level is Level.SHOULD
    assert breach.message == "ask: the answer came in compress, its client takes 'gzip'"
    assert silent(
        "http-understood",
        [
            put(coded, sent=answer(), manner={"accept_encoding": "gzip, compress;q=0.5"}),
            put(coded, sent=answer(), manner={"accept_encoding": "*"}),
            put(coded, sent=sent, manner={"accept_encoding": "gzip"}),
            put(coded, sent=answer()),
        ],
    )
    assert breaches("http-understood", put(coded, sent=answer(), manner={"accept_encoding": "*, compress;q=0"}))
    assert breaches("http-understood", put(coded, sent=answer(), manner={"accept_encoding": "compress; q=0.000"}))


def test_what_is_for_one_hop_stays_there() -> None:
    said = (("TE", "trailers"),)
    went_on = upstream(answer(), request_headers=(("te", "trailers"),))
    asked = client(answer(), stream=False, request_headers=said)

    (breach,) = breaches("http-understood", view(asked, went_on))

    assert breach.level is Level.SHOULD
    assert silent("http-understood", [view(asked, upstream(answer())), view(client(answer(), stream=False), went_on)])


def test_what_a_client_says_is_for_one_hop_stays_there_too() -> None:
    said = (("Connection", "X-Hop, close"), ("X-Hop", "1"), ("Proxy-Connection", "keep-alive"), ("X-Other", "2"))
    asked = client(answer(), stream=False, request_headers=said)

    found = breaches("http-understood", view(asked, upstream(answer(), request_headers=said)))

    assert {breach.level for breach in found} == {Level.SHOULD}
    assert [breach.message for breach in found] == [
        f"ask: the header {name}, which is for one hop, went on to upstream" for name in ("proxy-connection", "x-hop")
    ]


def test_who_asks_whether_to_send_its_body_is_told() -> None:
    waited = put(answer(), manner={"expects_continue": True}, expected_in_vain=True)

    assert message("expectation-met", waited).startswith("ask: it said Expect: 100-continue and was told nothing")
    assert silent("expectation-met", [put(answer(), manner={"expects_continue": True}, interim=(100,))])


def page(reply: Reply, *headers: tuple[str, str], claims: Capabilities = PAGES, **more: Fields) -> CaseView:
    given = replace(reply, headers=(*reply.headers, *headers))
    return view(client(given, **{"request_headers": ORIGIN, "stream": False, **more}), claims=claims)


def test_a_page_may_read_answers_and_errors_where_that_is_claimed() -> None:
    any_page = ("Access-Control-Allow-Origin", "*")

    assert "says Access-Control-Allow-Origin nowhere" in message("cors-granted", page(failure(401)))
    assert "['https://other']" in message("cors-granted", page(answer(), (any_page[0], "https://other")))
    assert "['*', '*']" in message("cors-granted", page(answer(), any_page, any_page))
    assert silent(
        "cors-granted",
        [
            page(failure(401), any_page),
            page(answer(), (any_page[0], "https://app.example"), ("Vary", "Accept, Origin")),
            page(answer(), claims=Capabilities(streaming=True)),
            page(answer(), request_headers=()),
        ],
    )


def test_what_is_for_one_origin_says_so_and_credentials_need_one() -> None:
    allowed = "Access-Control-Allow-Origin"
    (one,) = breaches("cors-granted", page(answer(), (allowed, "https://app.example")))
    (any_,) = breaches("cors-granted", page(answer(), (allowed, "*"), ("Access-Control-Allow-Credentials", "true")))

    assert (one.level, "does not say Vary: Origin" in one.message) == (Level.SHOULD, True)
    assert (any_.level, "allows credentials and any origin" in any_.message) == (Level.SHOULD, True)


def test_a_page_may_ask_whether_it_may_ask() -> None:
    wanted = (*ORIGIN, ("Access-Control-Request-Headers", "authorization, content-type"))
    asked: Fields = {"method": "OPTIONS", "request_headers": wanted, "body": b""}
    allowed = ("Access-Control-Allow-Origin", "*")
    found = [breach.message for breach in breaches("cors-granted", page(failure(401), allowed, **asked))]
    starred = page(json_reply(b"", status=204), allowed, ("Access-Control-Allow-Headers", "*"), **asked)
    right = ("Access-Control-Allow-Headers", "Authorization, Content-Type")

    assert found[0] == "ask: a page that asks whether it may ask got a 401, not a 2xx"
    assert len(found) == 3
    assert "the header authorization" in message("cors-granted", starred)
    assert silent("cors-granted", [page(json_reply(b"", status=204), allowed, right, **asked)])


def stopped(*, held_s: float, limits: Limits = SLOW, end: UpstreamEnd = UpstreamEnd.PEER_LEFT) -> CaseView:
    """Build the view of a client that read two events, then nothing more, while upstream's call went on for so long."""
    read = client(cut(stream("a", "b", "c"), 2), moves={"stop_after_events": 2}, end=ClientEnd.LEFT, end_s=20.0)
    left_s = read.pieces[-1].at_s + held_s
    whole = end is UpstreamEnd.KEPT
    call = upstream(cut(stream("a", "b", "c"), 2), end=end, end_s=left_s, whole=whole)
    return view(read, call, limits=limits)


def test_the_clock_begins_once_the_buffers_are_full() -> None:
    read = client(cut(stream("a", "b", "c"), 2), moves={"stop_after_events": 2}, end=ClientEnd.LEFT, end_s=20.0)
    stopped_s = read.pieces[-1].at_s

    def taken_until(last_s: float) -> CaseView:
        call = upstream(stream("a", "b", "c"), end=UpstreamEnd.PEER_LEFT, end_s=stopped_s + 4.0, whole=False)
        pieces = (*call.pieces[:-1], replace(call.pieces[-1], at_s=last_s))
        return view(read, replace(call, pieces=pieces), limits=SLOW)

    assert message("stopped-reader-ends", taken_until(stopped_s))
    assert silent("stopped-reader-ends", [taken_until(stopped_s + 1.5)])


def test_a_client_that_stops_reading_keeps_nothing_for_longer_than_is_claimed() -> None:
    (claimed,) = breaches("stopped-reader-ends", stopped(held_s=3.0))
    (implied,) = breaches("stopped-reader-ends", stopped(held_s=9.0, limits=Limits(deadline_s=6.0)))

    assert claimed.level is None
    assert "took nothing for 3.0 s and upstream's call still ran" in claimed.message
    assert implied.level is Level.SHOULD
    assert silent(
        "stopped-reader-ends",
        [
            stopped(held_s=2.5),
            stopped(held_s=9.0, end=UpstreamEnd.KEPT),
            stopped(held_s=9.0, limits=Limits()),
            stopped(held_s=7.0, limits=Limits(deadline_s=6.0, upstream_idle_timeout_s=1.0)),
        ],
    )
