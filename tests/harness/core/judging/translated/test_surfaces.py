"""An upstream that speaks Messages or Responses is read so: a pipe in front of it is judged as any other."""

from __future__ import annotations

import pytest

from fault_injection.reply import Event, stream_reply
from harness.core.judging.invariants import ALL
from harness.core.judging.upstream.view import Wholeness
from harness.core.judging.verdict import judge
from harness.core.judging.view import CaseView
from harness.core.target.dialects import chat_body
from reports.record import Level, Verdict
from scenarios.case import Case, Expect, Step
from scenarios.dialects import MESSAGES, RESPONSES
from tests.harness.core.histories import MAIN, NONCE, breaches, client, upstream, view
from tests.harness.core.observed.dialects import golden as g

SURFACES = {MESSAGES: "ai.messages", RESPONSES: "ai.responses"}
SAID = {each.dialect: each for each in reversed(g.GOLDEN) if each.name == "plain"}
FAILED = {each.dialect: each for each in reversed(g.GOLDEN) if each.name == "error"}
FAILS = Case(
    id="test.error",
    promise="An error inside the stream fails the request.",
    reference="none",
    focus=("error-surfaced",),
    expect=(Expect(step="ask", seen="failed", invariant="error-surfaced"),),
)
EACH = pytest.mark.parametrize("dialect", SURFACES)


def piped(dialect: str, sent: bytes, got: bytes | None = None) -> CaseView:
    """Build the view of an exchange in one dialect on both sides."""
    body = chat_body(Step(), dialect=dialect, text=f"{NONCE} tokens=2", model=MAIN)
    call = upstream(stream_reply((Event(sent),)), surface=SURFACES[dialect], body=body)
    return view(client(stream_reply((Event(sent if got is None else got),)), dialect=dialect, body=body), call)


@EACH
def test_upstream_is_read_in_the_dialect_of_its_surface(dialect: str) -> None:
    of = piped(dialect, SAID[dialect].body)

    assert (of.asks[0].own[0].wholeness, of.asks[0].own[0].reading.text) == (Wholeness.WHOLE, "Hellö")
    assert {name for name in ALL if breaches(name, of)} == set()


@EACH
def test_what_upstream_said_and_the_client_did_not_get_is_lost(dialect: str) -> None:
    got = SAID[dialect].body.replace("ö".encode(), b"")

    assert breaches("no-loss", piped(dialect, SAID[dialect].body, got))


@EACH
def test_a_departure_of_upstream_weighs_less_where_it_was_passed_on(dialect: str) -> None:
    whole = SAID[dialect].body
    odd = whole[whole.index(b"\n\n") + 2 :]

    assert [breach.level for breach in breaches("valid-framing", piped(dialect, odd))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("valid-framing", piped(dialect, whole, odd))] == [None]


@EACH
def test_an_error_of_chat_completions_is_none_in_another_dialect(dialect: str) -> None:
    body = b'data: {"error":{"message":"no"}}\n\n' + SAID[dialect].body

    assert judge(FAILS, piped(dialect, body), models={"main": MAIN}).verdict is not Verdict.FAIL


@EACH
def test_an_error_of_the_dialect_that_ends_as_a_success_is_told(dialect: str) -> None:
    of = piped(dialect, FAILED[dialect].body, SAID[dialect].body)

    assert judge(FAILS, of, models={"main": MAIN}).verdict is Verdict.FAIL
