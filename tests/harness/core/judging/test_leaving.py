"""When a target can know that its client has left: at once, or by writing to it."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from fault_injection.families.client import AbortBeforeHead
from harness.core.judging.leaving import WHY_NOT, known_s, unnoticed
from harness.core.judging.verdict import judge
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from reports.record import Verdict
from scenarios.case import Case, Step
from tests.harness.core.histories import answer, breaches, client, silent, stream, upstream, view

LEFT = ClientEnd.LEFT
CASE = Case(
    id="test.leaves",
    promise="A client leaves.",
    reference="none",
    focus=("cancel-propagates",),
    steps=(Step(faults=(AbortBeforeHead(wait_s=0.6),)),),
)
LONG = stream(*("word ",) * 40, wait_s=0.5)
"""Upstream goes on for twenty seconds."""


def _left(*, by_writing: bool, end_s: float = 2.2, streams: bool = True) -> CaseView:
    """A client leaves after two seconds, and the call of the target goes on to its end."""
    sent = LONG if streams else answer()
    call = upstream(sent, end=UpstreamEnd.KEPT)
    call = call if streams else replace(call, end_s=20.0)
    return view(client(end=LEFT, end_s=end_s, stream=streams), call, notices_by_writing=by_writing)


def test_a_target_knows_at_once_unless_it_runs_where_it_is_not_told() -> None:
    of = _left(by_writing=False)

    assert known_s(of, of.asks[0]) == of.asks[0].client.end_s


def test_one_that_notices_by_writing_knows_when_there_was_enough_to_write() -> None:
    of = _left(by_writing=True)

    sent = [piece.at_s for piece in of.calls[0].exchange.pieces if piece.at_s > 2.2]
    assert known_s(of, of.asks[0]) == sent[2]


@pytest.mark.parametrize("of", [_left(by_writing=True, streams=False), _left(by_writing=True, end_s=20.2)])
def test_where_nothing_was_to_be_written_it_never_knows(of: CaseView) -> None:
    assert known_s(of, of.asks[0]) == inf
    assert unnoticed(of)
    assert silent("cancel-propagates", [of])


def test_one_that_was_told_and_goes_on_is_blamed_either_way() -> None:
    assert breaches("cancel-propagates", _left(by_writing=True))
    assert breaches("cancel-propagates", _left(by_writing=False))


def test_a_new_call_for_a_client_that_could_not_be_missed_is_no_fault() -> None:
    calls = [upstream(answer()), upstream(answer(), at=5.1, end_s=5.2)]
    gone = client(end=LEFT, end_s=0.2, stream=False)

    assert silent("cancel-propagates", [view(gone, calls, notices_by_writing=True)])
    assert breaches("cancel-propagates", view(gone, calls))


def test_a_case_about_leaving_is_not_applicable_where_nobody_could_notice() -> None:
    judgement = judge(CASE, _left(by_writing=True, streams=False), models={})

    assert (judgement.verdict, judgement.cause) == (Verdict.NOT_APPLICABLE, WHY_NOT)
    assert judge(CASE, _left(by_writing=True), models={}).verdict is Verdict.FAIL
    assert judge(CASE, _left(by_writing=False, streams=False), models={}).verdict is Verdict.FAIL


def test_where_all_stayed_nothing_is_hidden() -> None:
    assert not unnoticed(view(client(answer()), upstream(answer()), notices_by_writing=True))


@pytest.mark.parametrize(
    ("pieces_until_s", "let_go_s", "noticed"),
    [
        (9.0, 2.7, True),
        (2.2, 2.4, True),  # it was written before the client had left, and read behind that
        (2.2, 4.0, False),  # it may have waited in vain for more
        (2.2, 2.1, False),  # it had let go before
    ],
)
def test_one_that_let_go_as_soon_as_it_wrote_has_noticed(pieces_until_s: float, let_go_s: float, noticed: bool) -> None:
    gone = client(end=LEFT, end_s=2.2, stream=True)
    call = upstream(stream(*("word ",) * 5, wait_s=0.5), end=UpstreamEnd.PEER_LEFT, whole=False)
    pieces = tuple(piece for piece in call.pieces if piece.at_s < min(pieces_until_s, let_go_s))

    of = view(gone, replace(call, pieces=pieces, end_s=let_go_s), notices_by_writing=True)
    assert unnoticed(of) is not noticed
