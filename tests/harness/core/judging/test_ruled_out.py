"""What a case cannot show of a target, because upstream itself will not have the request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.apply import NOTHING_TO_CHANGE
from fault_injection.families import payload
from fault_injection.reply import Headers
from harness.core.judging.verdict import judge
from harness.core.judging.view import CaseView
from harness.core.observed.binding import BINDING_HEADER
from harness.core.observed.history import Bypassed, UpstreamExchange
from reports.record import Verdict
from scenarios.case import Case, Expect, Upstream
from tests.harness.core.histories import Fields, answer, client, failure, native, upstream, view

CASE = Case(
    id="test.asked",
    promise="A seed of 64 bits reaches upstream.",
    reference="none",
    focus=("request-true",),
    expect=(Expect(step="ask", seen="answered", invariant="request-true"),),
)
BY_BINDING: Headers = ((BINDING_HEADER, "ai"),)


def _declined(status: int = 400, *, upstream_status: int = 400, **more: Fields) -> CaseView:
    known: Fields = {"surface": "ai.run", "request_headers": BY_BINDING, **more}
    return view(client(failure(status)), upstream(failure(upstream_status), **known))


def test_a_request_that_workers_ai_itself_declines_shows_nothing_of_a_worker() -> None:
    judgement = judge(CASE, _declined(), models={"main": "m"})

    assert judgement.verdict is Verdict.NOT_APPLICABLE
    assert "ask: Workers AI itself declined what was asked of its binding: {" in judgement.cause


@pytest.mark.parametrize(
    "of",
    [
        _declined(502),
        _declined(upstream_status=500),
        _declined(faults=("http.status(code=400)",)),
        _declined(request_headers=()),
        view(client(failure(400))),
        view(client(failure(400)), [upstream(answer(), request_headers=BY_BINDING)]),
    ],
    ids=["told-another", "failed", "struck", "by-rest", "not-asked", "answered"],
)
def test_any_other_failure_is_the_targets(of: CaseView) -> None:
    assert judge(CASE, of, models={"main": "m"}).verdict is Verdict.FAIL


HALF = replace(
    CASE,
    needs=("worker",),
    upstream=(Upstream(faults=(payload.TruncatedJson(),), surface="r2.get", question=None),),
)


@pytest.mark.parametrize(
    ("read", "verdict"),
    [
        ((), Verdict.NOT_APPLICABLE),
        ((upstream(failure(404), nonce="", surface="r2.get"),), Verdict.NOT_APPLICABLE),
        ((upstream(answer(), nonce="", surface="r2.get"),), Verdict.INCONCLUSIVE),
    ],
    ids=["it reads none", "it finds none", "it reads one that was not struck"],
)
def test_a_binding_that_holds_nothing_for_a_worker_shows_nothing_of_it(
    read: tuple[UpstreamExchange, ...], verdict: Verdict
) -> None:
    of = view(client(answer()), [upstream(answer()), *read])

    assert judge(HALF, of, models={}).verdict is verdict


ODD_ROLE = replace(CASE, expect=(), upstream=(Upstream(faults=(payload.WrongRole(),)),))


@pytest.mark.parametrize(
    ("surface", "because", "verdict"),
    [
        ("ai.run", NOTHING_TO_CHANGE, Verdict.NOT_APPLICABLE),
        ("ai.chat", NOTHING_TO_CHANGE, Verdict.INCONCLUSIVE),
        ("ai.run", "another reason", Verdict.INCONCLUSIVE),
    ],
)
def test_a_fault_that_native_answers_have_no_place_for_rules_a_case_out(
    surface: str, because: str, verdict: Verdict
) -> None:
    missed = Bypassed(fault=str(payload.WrongRole()), because=because)
    call = upstream(native("Hello"), surface=surface, bypassed=(missed,))

    judgement = judge(ODD_ROLE, view(client(native("Hello")), call), models={"main": "m"})

    assert judgement.verdict is verdict
