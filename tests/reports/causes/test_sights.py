"""A cause is named for what its sentence is true of: no 200 is behind what a client got a 500 for."""

from __future__ import annotations

import pytest

from reports.causes import causes
from reports.causes.mistakes import ALL
from reports.causes.sights import barred, sights
from reports.causes.signatures import known
from reports.record import CaseResult, Cause, Exchange, Verdict
from tests.reports.causes.samples import case, finding, record_of

_SHOWN = next(each for each in known().signatures if each.id == "mutant:failure-as-200").pairs
"""What a proxy shows that answers everything with 200, upstream's failures and what is no request."""
MALFORMED = {each.case for each in _SHOWN if each.invariant == "request-limits" and each.case.startswith("limits.")}
FAILURES = {each.case for each in _SHOWN if each.invariant == "status-mapped"}
TWO_HUNDRED = {mistake.id for mistake in ALL if mistake.client_gets == 200}


def _got(status: int | None, label: str = "ask") -> Exchange:
    return Exchange(
        lane="client", exchange=1, label=label, method="POST", url="/", http_version="HTTP/1.1", status=status,
        started_s=0.0, end="complete",
    )  # fmt: skip


def _malformed(status: int | None) -> tuple[CaseResult, ...]:
    """What a target shows that answers with this status whatever is not a request."""
    told = f"ask: a request to be declined got a {status}; it is not a JSON object"
    return tuple(_case(name, told, "request-limits", status) for name in sorted(MALFORMED))


def _failures() -> tuple[CaseResult, ...]:
    """What a target shows that answers upstream's failures with 200."""
    told = "ask: upstream only ever failed (500), the client got a 200"
    return tuple(_case(name, told, "status-mapped", 200) for name in sorted(FAILURES))


def _case(name: str, told: str, invariant: str, status: int | None) -> CaseResult:
    return case(name, finding(invariant, told)).model_copy(update={"exchanges": (_got(status),)})


def _causes(*cases: CaseResult) -> dict[str, Cause]:
    shown = {each.id for each in cases}
    well = (case(name, verdict=Verdict.PASS) for name in sorted(known().signatures[0].judged - shown))
    return {each.id: each for each in causes(record_of(*cases, *well))}


def test_failures_that_a_client_got_200_for_are_told_as_that() -> None:
    assert set(_causes(*_failures())["answers-200-to-failures"].cases) == FAILURES


def test_a_500_for_what_is_no_request_has_another_cause_than_a_200_for_failures() -> None:
    found = _causes(*_malformed(500), *_failures())

    assert set(found["answers-200-to-failures"].cases) == FAILURES
    assert set(found["stumbles-over-bad-requests"].cases) == MALFORMED


@pytest.mark.parametrize("status", [500, 502, None])
def test_nobody_is_told_of_a_200_that_no_client_got(status: int | None) -> None:
    found = _causes(*_malformed(status))

    assert "stumbles-over-bad-requests" in found
    assert not TWO_HUNDRED & set(found)


def test_a_plain_error_for_a_silent_upstream_is_not_a_body_that_was_passed_off_as_a_good_answer() -> None:
    told = "ask: the 504 answer is not JSON with an error message: ''"

    assert not TWO_HUNDRED & set(_causes(_case("endings.silence-instead-of-a-head", told, "error-shape", 504)))


def test_a_mistake_may_be_behind_a_pair_that_one_client_of_two_shows_it_in() -> None:
    both = case("limits.body-null", finding("request-limits", "a: x"), finding("request-limits", "b: y"))
    mixed = both.model_copy(update={"exchanges": (_got(500, "a"), _got(200, "b"))})
    other = both.model_copy(update={"id": "limits.body-a-list", "exchanges": (_got(500, "a"), _got(502, "b"))})
    bars = barred(sights(record_of(mixed, other)), ALL)

    assert {name: {pair.case for pair in pairs} for name, pairs in bars.items()} == {
        name: {"limits.body-a-list"} for name in TWO_HUNDRED
    }


def test_where_a_record_does_not_say_what_a_client_got_anything_may_be_true() -> None:
    old = (each.model_copy(update={"exchanges": ()}) for each in _malformed(500))

    assert set(_causes(*_failures(), *old)["answers-200-to-failures"].cases) == FAILURES | MALFORMED
