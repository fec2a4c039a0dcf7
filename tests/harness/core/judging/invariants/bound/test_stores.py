"""The borders of the rules about a Workers KV that is bad, slow, down or late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.registry import ALL as FAULTS
from fault_injection.reply import Reply, json_reply
from harness.core.judging.invariants.bound import stores
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamExchange
from harness.core.target.claims import Capabilities
from tests.harness.core.histories import (
    CACHING,
    Fields,
    answer,
    breaches,
    client,
    failure,
    message,
    silent,
    stream,
    streamed,
    upstream,
    view,
)


def _kv(fault: str, got: Reply | None, *calls: UpstreamExchange, surface: str = "kv.get", **more: Fields) -> CaseView:
    struck = upstream(json_reply(b"{}"), at=1.05, nonce="", surface=surface, faults=(fault,))
    clients = [client(answer("Hello")), client(got, **{"at": 1.0, "label": "again", **more})]
    return view(clients, [upstream(answer("Hello")), struck, *calls], claims=CACHING)


FRESH = upstream(answer("Hello"), at=1.1)
KV_RULES = {
    "kv-corrupt-ignored": "kv.truncated()",
    "kv-slow-bounded": "kv.hang()",
    "kv-down-survived": "kv.rate_limited()",
    "kv-stale-bounded": "kv.expired_served()",
}


@pytest.mark.parametrize("rule", KV_RULES)
def test_a_bad_store_excuses_no_failure(rule: str) -> None:
    fault = KV_RULES[rule]

    assert breaches(rule, _kv(fault, failure(500)))
    assert silent(rule, [_kv(fault, answer("Hello"), FRESH)])


@pytest.mark.parametrize("rule", KV_RULES)
def test_a_failure_with_another_reason_is_not_the_stores(rule: str) -> None:
    fault = KV_RULES[rule]
    failing = upstream(failure(500), at=1.1)
    faulty = replace(FRESH, faults=("sse.truncate()",))

    assert silent(
        rule,
        [
            _kv(fault, failure(502), failing),
            _kv(fault, failure(502), faulty),
            _kv(fault, failure(413)),
            _kv(fault, None, end=ClientEnd.LEFT),
            _kv(fault, failure(500), at=5.0),
            _kv(fault, failure(500), surface="probe"),
            _kv("kv.miss()", failure(500)),
        ],
    )


def test_a_long_answer_is_not_the_fault_of_a_slow_store() -> None:
    slow = stream("Hello", wait_s=8.0)

    assert silent("kv-slow-bounded", [_kv("kv.slow(for_s=1)", slow, upstream(slow, at=1.1), late_s=0.0)])


def test_an_old_value_is_told_by_its_age() -> None:
    struck = upstream(json_reply(b"{}"), at=9.05, nonce="", surface="kv.get", faults=("kv.expired_served()",))
    old = view([client(answer()), client(answer(), at=9.0)], [upstream(answer()), struck], claims=CACHING)

    assert "an outdated value from Workers KV (kv.expired_served()) was passed on" in message("kv-stale-bounded", old)
    assert silent("kv-stale-bounded", [_kv("kv.stale()", answer("Hello")), replace(old, claims=Capabilities())])


def _refusing(status: int, got: Reply, *calls: UpstreamExchange) -> CaseView:
    """An exchange in whose time Workers KV itself answers a write with a status."""
    write = upstream(failure(status), at=0.05, nonce="", surface="kv.put")
    return view(client(got), [write, *calls], claims=CACHING)


def test_what_the_store_will_not_take_costs_no_answer() -> None:
    told = "Workers KV refused what the target asked of it (kv.put: 414), and the request failed with it: 500, complete"

    assert told in message("kv-down-survived", _refusing(414, failure(500)))
    assert silent(
        "kv-down-survived",
        [
            _refusing(414, answer(), upstream(answer())),
            _refusing(404, failure(500)),
            _refusing(414, failure(502), upstream(failure(500))),
            _refusing(414, failure(502), upstream(streamed(done=False))),
        ],
    )


def test_the_faults_of_the_store_are_known_by_their_names() -> None:
    known = {fault for fault in FAULTS if fault.startswith("kv.")}
    prefixes = (
        *stores._BAD_VALUE_FAULTS,
        *stores._STALE_FAULTS,
        *stores._SLOW_FAULTS,
        *(item for item in stores._DOWN_FAULTS if item.startswith("kv.")),
    )

    judged = {fault for fault in known if fault.startswith(prefixes)}

    assert all(any(fault.startswith(prefix) for fault in known) for prefix in prefixes)
    assert known - judged == {"kv.miss", "kv.lost_write", "kv.delete_ignored", "kv.list_incomplete"}
