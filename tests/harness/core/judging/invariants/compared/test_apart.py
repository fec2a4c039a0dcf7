"""What one request may share with another, and what of a client upstream may see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.view import CaseView
from harness.core.target.claims import Capabilities
from harness.core.target.rewrites import Rewrites
from harness.core.target.sessions import Sessions
from reports.record import Level
from tests.harness.core.histories import (
    NONCE,
    OTHER,
    Fields,
    Json,
    answer,
    breaches,
    client,
    message,
    request,
    silent,
    upstream,
    view,
)

TOKEN = "ep-client-0123456789"
RULES = {"role": "system", "content": "Answer in rhymes."}


def _two(params: Json, sent: Json, *, before: Json | None = None, **more: Fields) -> CaseView:
    """One request with `params`, then another, plain one that upstream gets with `sent`."""
    lent = client(answer(), nonce=OTHER, at=1.0, label="lender", params=params)
    calls = [upstream(answer(), nonce=OTHER, at=1.1, body=request(OTHER, **params))]
    calls += (
        [upstream(answer(), nonce="ep-00000000000f", at=0.1, body=request("ep-00000000000f", **before))]
        if before
        else []
    )
    plain = client(answer(), at=2.0, label="plain")
    return view([lent, plain], [*calls, upstream(answer(), at=2.1, body=request(**sent))], **more)


def _said(*messages: Json, nonce: str = NONCE) -> list[Json]:
    return [*messages, {"role": "user", "content": f"{nonce} tokens=2"}]


@pytest.mark.parametrize(
    ("params", "sent", "words"),
    [
        ({"temperature": 0.4375}, {"temperature": 0.4375}, "temperature=0.4375, which lender had sent"),
        ({"seed": 471_147}, {"seed": 471_147}, "seed=471147, which lender had sent"),
        ({"user": "somebody-1"}, {"user": "somebody-1"}, "user='somebody-1', which lender had sent"),
        (
            {"messages": _said(RULES, nonce=OTHER)},
            {"messages": _said(RULES)},
            "'Answer in rhymes.', which lender had sent",
        ),
        ({}, {"messages": _said({"role": "user", "content": OTHER})}, "another request's question"),
    ],
    ids=str,
)
def test_what_another_had_sent_is_told(params: Json, sent: Json, words: str) -> None:
    assert words in message("not-shared", _two(params, sent))


@pytest.mark.parametrize(
    "of",
    [
        _two({"temperature": 0.4375}, {}),
        _two({"temperature": 0.7}, {"temperature": 0.7}),
        _two({"max_tokens": 256}, {"max_tokens": 256}),
        _two({"seed": 471_147}, {"seed": 471_147}, before={"seed": 471_147}),
        _two({"user": "somebody-1"}, {"user": "somebody-1"}, rewrites=Rewrites(adds=frozenset({"user"}))),
        _two(
            {}, {"messages": _said({"role": "user", "content": OTHER})}, rewrites=Rewrites(adds=frozenset({"messages"}))
        ),
        view([client(answer())], upstream(answer(), nonce="ep-00000000000f", body=request("ep-00000000000f"))),
        view([client(answer())], upstream(answer(), body=b"not JSON")),
    ],
)
def test_what_anybody_may_say_is_nobodys(of: CaseView) -> None:
    assert silent("not-shared", [of])


def test_another_callers_history_is_never_added() -> None:
    lent = client(answer(), nonce=OTHER, at=1.0, identity="b")
    body = request(messages=_said({"role": "user", "content": OTHER}))
    rewrites = Rewrites(adds=frozenset({"messages"}))

    of = view([lent, client(answer(), at=2.0, identity="a")], upstream(answer(), at=2.1, body=body), rewrites=rewrites)

    assert not silent("not-shared", [of])


def test_a_question_that_another_caller_has_asked_as_well_is_still_a_callers_own() -> None:
    both = [client(answer(), nonce=OTHER, at=at, identity=who) for at, who in ((0.0, "a"), (1.0, "b"))]
    body = request(messages=_said({"role": "user", "content": OTHER}))
    rewrites = Rewrites(adds=frozenset({"messages"}))

    asked = {who: client(answer(), at=2.0, identity=who) for who in ("a", "c")}
    of = {
        who: view([*both, each], upstream(answer(), at=2.1, body=body), rewrites=rewrites)
        for who, each in asked.items()
    }

    assert (silent("not-shared", [of["a"]]), silent("not-shared", [of["c"]])) == (True, False)


@pytest.mark.parametrize(("talk", "own"), [("t", True), ("u", True), ("v", False)])
def test_a_question_that_was_asked_in_two_conversations_belongs_to_both(talk: str, *, own: bool) -> None:
    claims = Capabilities(sessions=Sessions(header="X-Talk"))
    both = [client(answer(), nonce=OTHER, at=at, talk=each) for at, each in ((0.0, "t"), (1.0, "u"))]
    body = request(messages=[{"role": "user", "content": OTHER}, {"role": "user", "content": f"{NONCE} tokens=2"}])

    of = view([*both, client(answer(), at=2.0, talk=talk)], upstream(answer(), at=2.1, body=body), claims=claims)

    assert silent("not-shared", [of]) is own


@pytest.mark.parametrize(("talk", "identity", "own"), [("t", "a", True), ("u", "a", False), ("t", "b", False)])
def test_turns_of_one_conversation_are_its_own_and_those_of_another_are_not(
    talk: str, identity: str, *, own: bool
) -> None:
    claims = Capabilities(sessions=Sessions(header="X-Talk", per_identity=True))
    earlier = client(answer(), nonce=OTHER, at=1.0, talk=talk, identity=identity)
    body = request(messages=[{"role": "user", "content": OTHER}, {"role": "user", "content": f"{NONCE} tokens=2"}])

    of = view([earlier, client(answer(), at=2.0, talk="t")], upstream(answer(), at=2.1, body=body), claims=claims)

    assert silent("not-shared", [of]) is own
    assert silent("not-shared", [replace(of, claims=Capabilities())]) is False


def _brought(name: str, value: str, *, more: Fields = None, **sent: Fields) -> CaseView:
    return view(client(answer(), request_headers=((name, value),)), upstream(answer(), **sent), **(more or {}))


@pytest.mark.parametrize(
    ("of", "words", "level"),
    [
        (_brought("Cookie", f"a=1; s={TOKEN}", request_headers=(("cookie", f"s={TOKEN}"),)), "its header cookie", None),
        (_brought("Authorization", f"Bearer {TOKEN}", query=f"key={TOKEN}"), "its address", None),
        (_brought("Authorization", f"Bearer {TOKEN}", body=request(user=TOKEN)), "its body", None),
        (
            _brought("Proxy-Authorization", f"Basic {TOKEN}", request_headers=(("Proxy-Authorization", TOKEN),)),
            "the client's Proxy-Authorization reached upstream",
            Level.SHOULD,
        ),
    ],
)
def test_what_a_client_is_known_by_is_told_wherever_it_went(of: CaseView, words: str, level: Level | None) -> None:
    (breach,) = breaches("credentials-kept-back", of)

    assert (words in breach.message, breach.level) == (True, level)


@pytest.mark.parametrize(
    "of",
    [
        _brought("Authorization", f"Bearer {TOKEN}", request_headers=(("authorization", "Bearer cf-own"),)),
        _brought("Cookie", "a=1; b", request_headers=(("x", "a=1; b"),)),
        _brought("X-Request-Id", TOKEN, request_headers=(("x-request-id", TOKEN),)),
        _brought(
            "Authorization",
            f"Bearer {TOKEN}",
            request_headers=(("authorization", f"Bearer {TOKEN}"),),
            more={"passes_credentials": True},
        ),
    ],
)
def test_what_is_no_credential_or_meant_for_upstream_may_travel(of: CaseView) -> None:
    assert silent("credentials-kept-back", [of])
