"""Agents, which ask upstream again with what a tool said, are not judged by rules about one answer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.core.judging.further import takes_further_steps
from harness.core.judging.verdict import judge
from harness.core.judging.view import CaseView
from reports.record import Verdict
from scenarios.case import Case, Expect
from tests.harness.core.histories import NONCE, Json, client, stream, upstream, view

CASE = Case(
    id="test.tools",
    promise="A tool call arrives whole.",
    reference="none",
    focus=("tool-calls-intact", "no-loss"),
    expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
)
ASKED: Json = {"role": "user", "content": NONCE}
CALLED: Json = {"role": "assistant", "tool_calls": []}
TOLD: Json = {"role": "tool", "content": "There is no such tool."}


def _asked(*messages: Json) -> bytes:
    return json.dumps({"stream": True, "messages": messages}).encode()


def _twice(*behind: Json) -> CaseView:
    first = upstream(stream("once"), at=0.02, body=_asked(ASKED))
    then = upstream(stream("again"), at=0.05, body=_asked(ASKED, *behind))
    return view(client(stream("made of both")), [first, then])


def test_an_agent_is_not_held_to_one_answer_of_upstream() -> None:
    judgement = judge(CASE, _twice(CALLED, TOLD), models={"main": "m"})

    assert (judgement.verdict, judgement.findings) == (Verdict.NOT_APPLICABLE, ())
    assert judgement.cause.startswith("ask: behind a tool call the target asked upstream for a further step")


def test_what_else_an_agent_gets_wrong_is_told() -> None:
    gone = replace(_twice(CALLED, TOLD), alive=view(client()).asks[0])

    assert [each.invariant for each in judge(CASE, gone, models={"main": "m"}).findings] == ["alive-after"]


@pytest.mark.parametrize("behind", [(), (CALLED,)], ids=["the same again", "with half an answer to go on from"])
def test_asking_again_without_a_tools_word_is_a_retry(behind: tuple[Json, ...]) -> None:
    of = _twice(*behind)

    assert not takes_further_steps(of.asks[0])
    assert judge(CASE, of, models={"main": "m"}).verdict is Verdict.FAIL


def test_tools_that_the_client_itself_told_of_are_no_step() -> None:
    body = _asked(ASKED, CALLED, TOLD)

    assert not takes_further_steps(view(client(stream("a")), [upstream(body=body), upstream(body=body)]).asks[0])
