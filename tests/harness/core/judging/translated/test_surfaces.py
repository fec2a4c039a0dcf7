"""An upstream that speaks Messages or Responses is read so: a pipe in front of it is judged as any other."""

from __future__ import annotations

from random import Random

import pytest

from fault_injection.fault import ReplyFault, Turn
from fault_injection.reply import Event, stream_reply
from fault_injection.spec import parse
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
WHOLE, AMBIGUOUS, BROKEN = Wholeness.WHOLE, Wholeness.AMBIGUOUS, Wholeness.BROKEN
STRUCK = {
    "sse.no_done": {MESSAGES: AMBIGUOUS, RESPONSES: BROKEN},
    "sse.finish_without_done": {MESSAGES: AMBIGUOUS, RESPONSES: WHOLE},
    "sse.done_without_finish": {MESSAGES: AMBIGUOUS, RESPONSES: WHOLE},
    "sse.done_twice": {MESSAGES: WHOLE, RESPONSES: WHOLE},
    "sse.data_after_done": {MESSAGES: WHOLE, RESPONSES: WHOLE},
    "sse.finish_unknown": {MESSAGES: WHOLE, RESPONSES: WHOLE},
    "sse.usage_missing": {MESSAGES: WHOLE, RESPONSES: WHOLE},
    "sse.inband_error(after=3)": {MESSAGES: BROKEN, RESPONSES: BROKEN},
    "sse.inband_error(after=3, shape=event)": {MESSAGES: BROKEN, RESPONSES: BROKEN},
    "sse.inband_error(after=3, shape=error-then-done)": {MESSAGES: BROKEN, RESPONSES: BROKEN},
    "sse.inband_error(after=3, shape=error-then-continue)": {MESSAGES: BROKEN, RESPONSES: BROKEN},
}
"""What upstream's answer is then, by what it does."""


def piped(dialect: str, sent: bytes, got: bytes | None = None) -> CaseView:
    """Build the view of an exchange in one dialect on both sides."""
    body = chat_body(Step(), dialect=dialect, text=f"{NONCE} tokens=2", model=MAIN)
    call = upstream(stream_reply((Event(sent),)), surface=SURFACES[dialect], body=body)
    return view(client(stream_reply((Event(sent if got is None else got),)), dialect=dialect, body=body), call)


def struck(dialect: str, spec: str) -> bytes:
    """What upstream sends under a fault."""
    fault = parse(spec)
    assert isinstance(fault, ReplyFault)
    events = tuple(Event(raw + b"\n\n") for raw in SAID[dialect].body.split(b"\n\n") if raw)
    return fault.apply(stream_reply(events), Turn(Random(1))).body_bytes


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


@EACH
@pytest.mark.parametrize("spec", STRUCK)
def test_a_pipe_is_blamed_for_nothing_that_upstream_did_in_its_dialect(dialect: str, spec: str) -> None:
    of = piped(dialect, struck(dialect, spec))

    assert of.asks[0].own[0].wholeness is STRUCK[spec][dialect]
    assert {breach.level for name in ALL for breach in breaches(name, of)} <= {Level.SHOULD}


@EACH
@pytest.mark.parametrize("spec", [spec for spec in STRUCK if spec.startswith("sse.inband_error")])
def test_an_error_that_a_fault_put_in_and_nobody_told_of_is_found(dialect: str, spec: str) -> None:
    of = piped(dialect, struck(dialect, spec), SAID[dialect].body)

    assert judge(FAILS, of, models={"main": MAIN}).verdict is Verdict.FAIL
