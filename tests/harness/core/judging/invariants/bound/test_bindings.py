"""The borders of the rules about what a Worker is bound to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Reply, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamExchange
from harness.core.target.claims import Limits
from reports.record import Level
from tests.harness.core.histories import (
    NONCE,
    OTHER,
    Fields,
    answer,
    breaches,
    client,
    failure,
    passed,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

DOWN, SLOW = "binding-down-survived", "binding-slow-bounded"
SILENT = "tcp.blackhole(for_s=20)"
FRESH = upstream(answer(), at=0.1)


def _bound(
    fault: str, got: Reply | None, *calls: UpstreamExchange, surface: str = "cache.match", **more: Fields
) -> CaseView:
    struck = upstream(b"", at=0.05, nonce="", surface=surface, faults=(fault,) if fault else ())
    return view(client(got, **more), [struck, *calls])


@pytest.mark.parametrize("surface", ["analytics.write", "cache.put", "queue.send", "r2.list"])
def test_a_failure_beside_a_binding_that_failed_is_told_with_its_name(surface: str) -> None:
    assert breaches(DOWN, _bound("tcp.reset()", failure(500), FRESH, surface=surface))
    assert breaches(DOWN, _bound("tcp.reset()", None, FRESH, surface=surface))
    assert breaches(SLOW, _bound(SILENT, failure(504), FRESH, surface=surface))


def test_a_slow_binding_is_not_one_that_is_down_and_the_other_way_round() -> None:
    assert silent(DOWN, [_bound(SILENT, failure(500), FRESH)])
    assert silent(SLOW, [_bound("tcp.reset()", failure(500), FRESH)])


@pytest.mark.parametrize("rule", [DOWN, SLOW])
def test_a_failure_with_another_reason_is_not_the_bindings(rule: str) -> None:
    fault = SILENT if rule == SLOW else "tcp.reset()"

    assert silent(
        rule,
        [
            _bound(fault, answer(), FRESH),
            _bound(fault, failure(502), upstream(failure(500), at=0.1)),
            _bound(fault, failure(502), replace(FRESH, faults=("sse.truncate()",))),
            _bound(fault, failure(413)),
            _bound(fault, None, end=ClientEnd.LEFT),
            _bound(fault, failure(500), at=5.0),
            _bound(fault, failure(500), surface="kv.get"),
            _bound("", failure(500)),
        ],
    )


def test_how_long_is_too_long_is_for_the_target_to_claim() -> None:
    late = _bound(SILENT, answer(), FRESH, end_s=9.0)

    assert [each.level for each in breaches(SLOW, late)] == [None]
    assert [each.level for each in breaches(SLOW, replace(late, limits=Limits()))] == [Level.SHOULD]


def test_a_long_answer_is_not_the_fault_of_a_slow_binding() -> None:
    slow = stream("Hello", wait_s=8.0)

    assert silent(SLOW, [_bound(SILENT, slow, upstream(slow), late_s=0.0)])


def _written(*at_s: float, nonces: tuple[str, ...] = (NONCE, OTHER), **more: Fields) -> CaseView:
    known = {"nonce": "", "surface": "kv.put", "path": "/usage", **more}
    return view(
        [client(answer(), nonce=nonce) for nonce in nonces],
        [upstream(json_reply(b"{}"), at=each, **known) for each in at_s],
    )


def test_a_key_that_is_written_again_within_a_second_is_told() -> None:
    assert breaches("kv-writes-spaced", _written(1.0, 1.4))
    assert breaches("kv-writes-spaced", _written(1.0, 1.4, 1.8, nonces=(NONCE, NONCE)))


def test_writes_a_second_apart_or_by_those_who_asked_the_same_are_not() -> None:
    assert silent(
        "kv-writes-spaced",
        [
            _written(1.0, 2.0, 3.0),
            _written(1.0, 1.4, nonces=(NONCE, NONCE)),
            _written(1.0, 1.4, surface="kv.delete"),
            _written(1.0, 1.4, faults=("kv.error()",)),
            _written(1.0),
        ],
    )


@pytest.mark.parametrize(
    "thrown",
    [
        "InferenceUpstreamError: 3040: Capacity temporarily exceeded",
        "Error: KV GET failed: 500 Internal Server Error",
        "get: internal error (10001)",
        "uploadPart: internal error (10001)",
        "createMultipartUpload: The specified object name is not valid. (10020)",
        "Network connection lost.",
        "D1_ERROR: no such table: usage",
    ],
)
def test_what_a_binding_throws_is_told_in_an_answer_and_in_a_stream(thrown: str) -> None:
    error = {"error": {"message": thrown}}
    whole = json_reply(b'{"error":{"message":"%s"}}' % thrown.encode(), status=502)

    assert breaches("internals-hidden", passed(failure(500), whole))
    assert breaches("internals-hidden", passed(stream("a"), streamed(error, done=False)))


def test_what_upstream_said_itself_and_what_is_no_error_may_be_passed_on() -> None:
    said = json_reply(b'{"error":{"message":"Network connection lost"}}', status=502)

    assert silent("internals-hidden", [passed(said), passed(answer("InferenceUpstreamError: 3040 is thrown."))])
