"""The plain model of a breaker's recovery speaks only behind a whole rest, whatever the last call came to."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.models import check
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.claims import Breaker, Capabilities
from scenarios.case import Step
from scenarios.case_file import found_case
from tests.harness.core.histories import FALLBACK, OTHER, Fields, answer, client, failure, upstream, view

WALK = found_case("breaker-walk.1", [Step()])
BREAKING = Capabilities(circuit_breaker=Breaker(failures=1, open_s=1.0), fallback_model=FALLBACK)


def behind(
    rest_s: float, *, last: Reply | None = None, by: str = "", got: Reply | None = None, **more: Fields
) -> CaseView:
    """One request whose call came to `last`, and behind a rest another, answered by the model `by` or by nobody."""
    ended = more.pop("ended", UpstreamEnd.KEPT)
    first = upstream(failure(503) if last is None else last, nonce=OTHER, end=ended)
    at = 0.11 + rest_s
    calls = [first, *([upstream(answer(), at=at + 0.05, model=by)] if by else [])]
    asked = [client(failure(502), nonce=OTHER), client(got or failure(503), at=at, label="later", **more)]
    return view(asked, calls, claims=BREAKING)


def said(of: CaseView) -> list[tuple[str, str]]:
    told = [(found.invariant, found.message.partition(":")[0]) for found in check(WALK, of)]
    return [each for each in told if each[0] == "breaker-recovers"]


@pytest.mark.parametrize(
    "of",
    [
        behind(2.0),
        behind(2.0, last=failure(400)),
        behind(2.0, last=failure(429)),
        behind(2.0, last=Reply(mute=True), ended=UpstreamEnd.PEER_LEFT),
        behind(2.0, by=FALLBACK, got=answer()),
    ],
    ids=["failed", "refused", "told to wait", "left", "a fallback answered"],
)
def test_a_request_kept_from_upstream_behind_a_whole_rest_is_told(of: CaseView) -> None:
    assert said(of) == [("breaker-recovers", "later")]


@pytest.mark.parametrize(
    "of",
    [
        behind(1.2),
        behind(2.0, last=answer()),
        behind(2.0, by="@cf/meta/llama-3.3-70b-instruct-fp8-fast", got=answer()),
        behind(2.0, end=ClientEnd.LEFT),
        behind(2.0, got=failure(413)),
    ],
    ids=["it may still rest", "nothing failed", "upstream was asked", "the client left", "declined for itself"],
)
def test_where_a_right_breaker_may_do_either_the_model_is_silent(of: CaseView) -> None:
    assert said(of) == []


def test_without_a_claim_there_is_no_breaker() -> None:
    of = behind(2.0)

    assert said(view(of.history.clients, of.history.upstreams, claims=Capabilities())) == []
