"""What upstream answers whole and in order is an answer; whatever else may fail."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.models import check
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from scenarios.case import Step
from scenarios.case_file import found_case
from tests.harness.core.histories import Fields, answer, client, failure, stream, upstream, view

CASE = found_case("search.1", [Step()])
NOTHING = stream(finish=None, done=False)


def got(reply: Reply | None, sent: Reply | None = None, *, call: Fields = None, **asked: Fields) -> CaseView:
    return view(client(reply, **{"end_s": 1.0, **asked}), upstream(sent or stream("one", "two"), **(call or {})))


def said(of: CaseView) -> list[str]:
    return [finding.invariant for finding in check(CASE, of)]


@pytest.mark.parametrize("spec", ["", "sse.line_ends", "sse.bom", "tcp.slice(size_bytes=3)", "sse.comments"])
@pytest.mark.parametrize("reply", [failure(502), NOTHING, None], ids=["an error", "half an answer", "nothing"])
def test_a_whole_answer_that_does_not_arrive_is_told(spec: str, reply: Reply | None) -> None:
    assert said(got(reply, call={"faults": (spec,) if spec else ()})) == ["no-loss"]


def test_a_whole_json_answer_counts_too() -> None:
    assert said(got(failure(502), answer())) == ["no-loss"]


def test_an_answer_that_arrives_is_all_that_is_wanted() -> None:
    assert said(got(stream("one", "two"))) == []


@pytest.mark.parametrize(
    "of",
    [
        got(failure(502), call={"faults": ("sse.malformed_json",)}),
        got(failure(502), call={"faults": ("http.wrong_content_type",)}),
        got(failure(502), call={"faults": ("sse.trickle(wait_s=0.5)",)}),
        got(failure(502), stream("one", done=False)),
        got(failure(502), stream("one", finish="content_filter")),
        got(failure(502), failure(500)),
        got(failure(502), call={"end": UpstreamEnd.PEER_LEFT}),
        got(failure(502), call={"whole": False}),
        got(NOTHING, end=ClientEnd.LEFT, moves={"leave": "event"}),
        got(failure(504), moves={"read_pause_s": 2.0}),
        got(failure(400), body=b"{"),
        view(client(failure(502))),
        view([client(failure(502), end_s=1.0), client(stream("one"), at=0.5)], upstream(stream("one"))),
    ],
    ids=[
        "malformed", "another type", "slow", "no end mark", "filtered", "a failure", "not read to its end", "stopped",
        "a client that left", "a slow client", "a bad request", "not asked", "two of the same",
    ],
)  # fmt: skip
def test_whatever_else_may_fail(of: CaseView) -> None:
    assert said(of) == []
