"""A coding that follows from one client's wish is told, and no copy in it goes to a client that wishes otherwise."""

from __future__ import annotations

import pytest

from fault_injection.client import Manner
from fault_injection.reply import Reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientExchange
from tests.harness.core.histories import answer, breaches, client, upstream, view
from tests.harness.core.judging.invariants.caught.shapes import coded

TOLD = coded(answer(), vary="Origin, accept-encoding")


def asked(got: Reply, accepts: str, at: float = 0.0) -> ClientExchange:
    return client(got, at=at, label=accepts, stream=False, moves={"manner": Manner(accept_encoding=accepts)})


def kept(got: Reply, accepts: str) -> CaseView:
    """A second client is given what was made for the first one, who takes gzip."""
    return view([asked(TOLD, "gzip"), asked(got, accepts, at=5.0)], upstream(answer()))


def test_a_kept_copy_in_another_clients_coding_is_told_with_both() -> None:
    (breach,) = breaches("coding-varies", kept(TOLD, "identity"))

    assert breach.message == "identity: the answer was kept in gzip, and its client takes 'identity'"


@pytest.mark.parametrize(
    "right",
    [
        kept(TOLD, "gzip, br"),
        kept(answer(), "identity"),
        view(asked(coded(answer(), vary="*"), "gzip"), upstream(answer())),
        view(asked(coded(answer()), "gzip"), upstream(coded(answer()))),  # upstream's own coding
        view(client(coded(answer()), stream=False), upstream(answer())),  # a client that says nothing
        view(asked(TOLD, "br"), upstream(answer())),  # a fresh answer: told by http-understood
    ],
)
def test_nothing_is_said_of_a_target_that_may_have_been_right(right: CaseView) -> None:
    assert breaches("coding-varies", right) == []
