"""What clients accept: NDJSON, whose half lines show, and codings, which are told and never mixed up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.client import Manner
from fault_injection.reply import Event, Reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientExchange
from harness.core.target.claims import Cache, Capabilities
from tests.harness.core.histories import answer, breaches, client, stream, upstream, view
from tests.harness.core.judging.invariants.caught.shapes import coded

EVENTS = stream("Hel", "lo")
LINES_WANTED = (("Accept", "application/x-ndjson"),)
CLAIMS = Capabilities(streaming=True, cache=Cache(ttl_s=60.0, streams=True, ndjson=True))


def lines(reply: Reply, *, cut_bytes: int = 0) -> Reply:
    body = b"".join(each.data + b"\n" for each in reply.events if not each.is_done)
    told = reply.with_header("content-type", "application/x-ndjson")
    return replace(told, body=(Event(body[: len(body) - cut_bytes]),))


def asked(got: Reply, at: float = 0.0, *, for_lines: bool = True) -> ClientExchange:
    headers = LINES_WANTED if for_lines else (("Accept", "*/*"),)
    return client(got, at=at, label="ask", stream=True, request_headers=headers)


def test_lines_are_a_whole_answer_in_a_valid_form() -> None:
    whole = view(asked(lines(EVENTS)), upstream(EVENTS), claims=CLAIMS)

    assert [name for name in ("valid-framing", "no-loss", "break-visible") if breaches(name, whole)] == []


@pytest.mark.parametrize(("cut_bytes", "shown"), [(1, True), (40, True), (0, False)])
def test_half_a_line_shows_a_break_and_a_missing_line_does_not(cut_bytes: int, *, shown: bool) -> None:
    broken = replace(EVENTS, body=EVENTS.events[:1])
    got = view(asked(lines(broken, cut_bytes=cut_bytes)), upstream(broken), claims=CLAIMS)

    assert bool(breaches("break-visible", got)) is not shown


@pytest.mark.parametrize(
    ("given", "for_lines", "told"),
    [
        (EVENTS, True, "ask: lines of JSON were asked for, the kept answer came as events"),
        (lines(EVENTS), False, "ask: events were asked for, the kept answer came as lines of JSON"),
        (lines(EVENTS), True, ""),
        (EVENTS, False, ""),
    ],
)
def test_a_kept_answer_comes_in_the_form_that_its_client_reads(given: Reply, told: str, *, for_lines: bool) -> None:
    kept = view(
        [asked(EVENTS, for_lines=False), asked(given, at=5.0, for_lines=for_lines)], upstream(EVENTS), claims=CLAIMS
    )

    assert [each.message for each in breaches("cache-stream-form", kept)] == ([told] if told else [])


TOLD = coded(answer(), vary="Origin, accept-encoding")


def takes(got: Reply, accepts: str, at: float = 0.0) -> ClientExchange:
    return client(got, at=at, label=accepts, stream=False, moves={"manner": Manner(accept_encoding=accepts)})


def kept(got: Reply, accepts: str) -> CaseView:
    """A second client is given what was made for the first one, who takes gzip."""
    return view([takes(TOLD, "gzip"), takes(got, accepts, at=5.0)], upstream(answer()))


def test_a_kept_copy_in_another_clients_coding_is_told_with_both() -> None:
    (breach,) = breaches("coding-varies", kept(TOLD, "identity"))

    assert breach.message == "identity: the answer was kept in gzip, and its client takes 'identity'"


@pytest.mark.parametrize(
    "right",
    [
        kept(TOLD, "gzip, br"),
        kept(answer(), "identity"),
        view(takes(coded(answer(), vary="*"), "gzip"), upstream(answer())),
        view(takes(coded(answer()), "gzip"), upstream(coded(answer()))),  # upstream's own coding
        view(client(coded(answer()), stream=False), upstream(answer())),  # a client that says nothing
        view(takes(TOLD, "br"), upstream(answer())),  # a fresh answer: told by http-understood
    ],
)
def test_nothing_is_said_of_a_target_that_may_have_been_right(right: CaseView) -> None:
    assert breaches("coding-varies", right) == []
