"""The borders of the rule about costs: what is compared with what, and what is only told."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.view import CaseView
from harness.core.target.claims import Cache, Capabilities
from reports.record import Level
from tests.harness.core.histories import (
    OTHER,
    Fields,
    answer,
    breaches,
    client,
    cut,
    failure,
    message,
    silent,
    stream,
    upstream,
    view,
)

BILLED = Capabilities(cost_header="X-Cost", cache=Cache(ttl_s=9.0, streams=True))
USAGE = {"total_tokens": 30}


def _costing(*costs: str, usage: tuple[dict[str, int], ...] = (USAGE, USAGE), **more: Fields) -> CaseView:
    """Two answers, each with its cost; `before` is what upstream said first when it was asked for the second."""
    nonces = ("ep-0123456789ab", OTHER)
    replies = [answer(usage=each) for each in usage]
    asked = [
        client(reply, at=float(at), nonce=nonce, label=f"ask-{at}", end_s=at + 0.9, headers=(("x-cost", cost),))
        for at, (cost, reply, nonce) in enumerate(zip(costs, replies, nonces, strict=True))
    ]
    calls = [
        upstream(reply, at=at + 0.09, nonce=nonce)
        for at, (reply, nonce) in enumerate(zip(replies, nonces, strict=True))
    ]
    before: tuple[Reply | bytes, ...] = more.pop("before", ())
    calls += [upstream(reply, at=1.01 + number / 100, nonce=OTHER) for number, reply in enumerate(before)]
    return view(asked, calls, claims=more.pop("claims", BILLED))


def test_the_same_tokens_cost_the_same() -> None:
    assert silent("cost-true", [_costing("0.30", "0.3001"), _costing("0", "0.0")])
    assert message("cost-true", _costing("0.3", "0.6")).startswith(
        "ask-1: 30 tokens cost 0.6; as many of the same model"
    )


def test_an_attempt_that_was_refused_costs_nothing() -> None:
    assert "tokens cost 0.6 in 2 attempts" in message("cost-true", _costing("0.3", "0.6", before=(failure(503),)))
    assert silent("cost-true", [_costing("0.3", "0.3", before=(failure(503),))])


def test_what_upstream_said_in_vain_is_told_and_may_be_billed() -> None:
    (told,) = breaches("cost-true", _costing("0.3", "0.5", before=(cut(stream("a", "b"), 2),)))

    assert (told.level, "2 pieces of text in attempts that came to nothing" in told.message) == (Level.OBSERVE, True)


def test_an_answer_is_not_in_vain_that_a_reader_may_decline_for_what_came_behind_it() -> None:
    whole = b"".join(piece.data for piece in upstream(stream("a", "b")).pieces)

    assert message("cost-true", _costing("0.3", "0.3", before=(whole,)))
    assert silent("cost-true", [_costing("0.3", "0.3", before=(whole + b"noise",))])


def test_nothing_is_in_vain_that_another_asked_for() -> None:
    both = [client(stream("a", "b"), label="stream"), client(answer("ab"), label="json")]
    calls = [upstream(stream("a", "b")), upstream(answer("ab"), at=0.1)]

    assert silent("cost-true", [view(both, calls, claims=BILLED)])


def test_a_hit_costs_no_more_than_its_original() -> None:
    def again(cost: str) -> CaseView:
        first = client(answer(usage=USAGE), headers=(("x-cost", "0.3"),), label="first")
        hit = client(answer(usage=USAGE), at=1.0, headers=(("x-cost", cost),), label="again")
        return view([first, hit], upstream(answer(usage=USAGE), at=0.05), claims=BILLED)

    assert silent("cost-true", [again("0"), again("0.3")])
    assert message("cost-true", again("0.6")) == "again: a kept answer cost 0.6, its original 0.3"


@pytest.mark.parametrize(
    "of",
    [
        _costing("0.3", "0.6", usage=(USAGE, {"total_tokens": 60})),
        _costing("0.3", "0.6", usage=({}, {})),
        _costing("0.3", "0.6", claims=Capabilities()),
        view(client(stream("a")), upstream(stream("a")), claims=BILLED),
        view(client(failure(502)), upstream(failure(500)), claims=BILLED),
    ],
    ids=["other tokens", "tokens unknown", "no claim", "a stream without a cost", "no answer"],
)
def test_where_there_is_nothing_to_compare_the_rule_is_silent(of: CaseView) -> None:
    assert silent("cost-true", [of])


@pytest.mark.parametrize("cost", ["", "-1", "nan", "1,5"])
def test_a_cost_is_a_number(cost: str) -> None:
    assert all("is claimed to tell the cost" in each.message for each in breaches("cost-true", _costing("0.3", cost)))
    assert breaches("cost-true", _costing("0.3", cost))
