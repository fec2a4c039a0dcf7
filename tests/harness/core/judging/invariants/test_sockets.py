"""The borders of the rule about WebSockets, and what the other rules make of what comes over one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fault_injection.reply import json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, Visit
from harness.core.target.claims import Capabilities
from harness.core.target.sessions import Sessions
from reports.record import Level
from scenarios.case import Act
from tests.harness.core.histories import (
    NONCE,
    OTHER,
    Fields,
    breaches,
    client,
    cut,
    failure,
    message,
    request,
    silent,
    stream,
    streamed,
    upstream,
    view,
    visit,
)

TRUE = "websocket-true"
SESSIONS = Sessions(header="X-Talk", websocket="/s", broadcast=True, per_identity=True)
CLAIMS = Capabilities(streaming=True, sessions=SESSIONS)
WHOLE = stream("Blue is", " the colour.")


def asked(got: Fields = WHOLE, **more: Fields) -> CaseView:
    """Return a question over a socket."""
    sent = more.pop("sent", WHOLE)
    ask = client(got, method="GET", socket="s", talk="t", **more)
    return view(ask, () if sent is None else upstream(sent), claims=CLAIMS)


def visited(act: Act, *, ponged: bool = False, **more: Fields) -> CaseView:
    made = visit(act, streamed(done=False), at=1.0, socket="s", **{"end": ClientEnd.COMPLETE, **more})
    return view(claims=CLAIMS, visits=(replace(made, has_ponged=ponged),))


def listening(*texts: str, at: float = 0.0, **more: Fields) -> Visit:
    return visit("listen", stream(*texts), at=at, label="hears", **{"socket": "other", **more})


def test_an_answer_over_a_socket_that_is_whole_is_right() -> None:
    assert silent(TRUE, [asked(), asked(streamed({"error": {"message": "no"}}, done=False), sent=failure())])


def test_a_socket_opens_where_it_is_claimed() -> None:
    refused = asked(None, sent=None, end=ClientEnd.REFUSED, problem="the handshake was answered with status 404")

    assert message(TRUE, refused) == "ask: no WebSocket at /s: the handshake was answered with status 404"
    assert message(TRUE, visited("ping", end=ClientEnd.REFUSED, problem="no")) == "ping: no WebSocket at /s: no"


def test_where_no_socket_is_claimed_none_is_judged() -> None:
    claims = Capabilities(streaming=True, sessions=Sessions(header="X-Talk"))
    ask = client(None, method="GET", socket="s", talk="t", end=ClientEnd.REFUSED)

    assert silent(TRUE, [view(ask, claims=claims)])


@pytest.mark.parametrize("of", [visited("ping"), visited("leave"), visited("leave", close_code=1006)])
def test_pings_and_closes_are_answered(of: CaseView) -> None:
    assert len(breaches(TRUE, of)) == 1


def test_who_answers_them_is_right() -> None:
    assert silent(TRUE, [visited("ping", ponged=True), visited("leave", close_code=1000)])


@pytest.mark.parametrize(
    ("more", "levels"),
    [
        ({"end": ClientEnd.CLOSED_EARLY, "close_code": 1009}, []),
        ({"end": ClientEnd.CLOSED_EARLY, "close_code": 1011}, [Level.SHOULD]),
        ({"end": ClientEnd.CLOSED_EARLY, "close_code": 1006}, [None]),
        ({"end": ClientEnd.RESET}, [None]),
        ({"end": ClientEnd.TIMED_OUT}, [None]),
    ],
)
@pytest.mark.parametrize("body", [b"nonsense", request() + b" " * 2000], ids=["no JSON", "too large"])
def test_a_message_to_be_declined_gets_an_error_or_a_close_that_says_why(
    body: bytes, more: dict[str, object], levels: list[Level | None]
) -> None:
    of = asked(streamed(done=False), sent=None, body=body, **more)

    assert [each.level for each in breaches(TRUE, of)] == levels
    assert silent(TRUE, [asked(streamed({"error": "no"}, done=False), sent=None, body=body)])


def test_what_makes_no_sense_has_no_answer() -> None:
    assert "a message to be declined was answered" in message(TRUE, asked(sent=None, body=b"nonsense"))


def test_a_connection_that_ends_in_mid_answer_says_so() -> None:
    half = cut(WHOLE, 1)
    gone: dict[str, object] = {"end": ClientEnd.CLOSED_EARLY, "close_code": 1006}

    assert [each.level for each in breaches(TRUE, asked(half, **gone))] == [None]
    assert [each.level for each in breaches(TRUE, asked(half, sent=failure(), **gone))] == [Level.SHOULD]
    assert silent(TRUE, [asked(half, end=ClientEnd.CLOSED_EARLY, close_code=1011)])


def test_who_is_connected_hears_the_answer() -> None:
    ask = client(WHOLE, at=1.0, method="GET", socket="s", talk="t")

    def heard(each: Visit) -> CaseView:
        return view(ask, upstream(WHOLE, at=1.1), claims=CLAIMS, visits=(each,))

    assert silent(TRUE, [heard(listening("Blue is", " the colour.")), heard(listening(at=1.5))])
    told = json.dumps({"type": "said", "by": "assistant", "text": "Blue is the colour."})
    assert silent(TRUE, [heard(visit("listen", streamed(told, done=False), at=0.0, socket="other"))])
    assert silent(TRUE, [heard(listening(talk="u")), heard(listening(identity="b"))])
    assert (
        message(TRUE, heard(listening("Blue is"))) == "hears: heard 7 characters, and not the whole of another's answer"
    )


def test_who_is_elsewhere_hears_nothing_and_reads_nothing() -> None:
    ask = client(WHOLE, at=1.0, method="GET", socket="s", talk="t")
    reads = visit("history", json_reply(f'["{NONCE}"]'.encode()), at=3.0, talk="u")
    other = visit("history", json_reply(f'["{OTHER}"]'.encode()), at=3.0, talk="u")

    def seen(*visits: Visit) -> CaseView:
        return view(ask, upstream(WHOLE, at=1.1), claims=CLAIMS, visits=visits)

    assert silent("not-shared", [seen(listening("Blue is", " the colour.")), seen(other)])
    assert "hears: hears what was said in another conversation" in message(
        "not-shared", seen(listening("Blue is", " the colour.", talk="u"))
    )
    assert "history: reads what was said in another conversation" in message("not-shared", seen(reads))


def test_what_was_asked_in_two_conversations_is_read_and_heard_in_both() -> None:
    both = [client(WHOLE, at=at, method="GET", socket="s", talk=talk) for at, talk in ((1.0, "t"), (2.0, "u"))]
    reads = visit("history", json_reply(f'["{NONCE}"]'.encode()), at=3.0, talk="u")

    of = view(both, upstream(WHOLE, at=1.1), claims=CLAIMS, visits=(reads, listening("Blue is the colour.", talk="u")))

    assert silent("not-shared", [of])


def test_a_message_has_no_status_that_could_be_wrong() -> None:
    told = streamed({"error": {"message": "no"}}, done=False)

    assert silent("status-mapped", [asked(told, sent=failure())])
    assert breaches("status-mapped", view(client(told), upstream(failure()), claims=CLAIMS))
