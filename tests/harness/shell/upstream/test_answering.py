"""From a request to a script, without a socket."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from fault_injection.fault import Fault
from fault_injection.kv_answer import KvAnswer
from fault_injection.plan import Match, Phase, Plan, PlanError, Rule
from fault_injection.rendering import render
from fault_injection.reply import event, json_reply, stream_reply
from fault_injection.spec import parse, parse_all
from fault_injection.wire import payload
from harness.mock_cloudflare.request import Answer, Request
from harness.shell.upstream.answering import FAULT_HEADER, Answering
from tests.harness.shell.fake_service import FakeService

ONE, OTHER = "ep-000000000001", "ep-000000000002"
OK = json_reply(b'{"ok":true}')


def request(nonce: str = "", *, spec: str = "", **more: object) -> Request:
    headers = ((FAULT_HEADER.lower(), spec),) if spec else ()
    return replace(Request(method="POST", path="/", headers=headers, body=nonce.encode()), **more)  # type: ignore[arg-type]  # by name


def answering(*rules: Rule, seed: int = 7, service: FakeService | None = None) -> Answering:
    made = Answering(service or FakeService(OK), seed=seed)
    made.set_plan(Plan(rules=rules), now_s=0.0)
    return made


def rule(spec: str, *, nonce: str = "", nth: int | None = None, p: float = 1.0, phase: str = "") -> Rule:
    return Rule(faults=parse_all(spec), match=Match(nonce=nonce, nth=nth, phase=phase), p=p)


def struck(made: Answering, *requests: Request, now_s: float = 0.0) -> list[tuple[Fault, ...]]:
    return [made.decide(one, now_s=now_s, keep_alive=True).struck for one in requests]


def test_a_clean_answer_is_the_service_s_own() -> None:
    service = FakeService(OK)
    decision = answering(service=service).decide(request(ONE), now_s=0.0, keep_alive=True)

    assert decision.script == render(OK)
    assert (decision.surface, decision.nonce, decision.struck) == ("ai.chat", ONE, ())
    assert len(service.committed) == 1


def test_a_connection_that_is_not_kept_is_closed() -> None:
    decision = answering().decide(request(), now_s=0.0, keep_alive=False)

    assert b"connection: close" in payload(decision.script)


def test_the_plan_strikes_before_the_rules_of_a_nonce_and_both_before_the_header() -> None:
    made = answering(rule("http.status(code=500)"))
    made.add_rules([rule("http.wrong_content_type", nonce=ONE)], now_s=0.0)

    (faults,) = struck(made, request(ONE, spec="http.header_huge(size_bytes=5)"))

    assert [fault.id for fault in faults] == ["http.status", "http.wrong_content_type", "http.header_huge"]


def test_rules_of_a_nonce_strike_that_nonce_until_they_are_removed() -> None:
    made = answering()
    made.add_rules([rule("http.status", nonce=ONE), rule("http.status(code=503)", nonce=OTHER)], now_s=0.0)

    first = struck(made, request(ONE), request(OTHER), request())
    made.remove_rules(ONE)
    made.remove_rules(ONE)
    second = struck(made, request(ONE), request(OTHER))

    assert [len(faults) for faults in first] == [1, 1, 0]
    assert [len(faults) for faults in second] == [0, 1]


def test_rules_of_a_nonce_count_for_themselves() -> None:
    made = answering()
    made.add_rules([rule("http.status", nonce=ONE, nth=2)], now_s=0.0)
    made.add_rules([rule("http.status(code=503)", nonce=ONE, nth=3)], now_s=0.0)

    faults = struck(made, request(ONE), request(OTHER), request(ONE), request(ONE))

    assert [len(one) for one in faults] == [0, 0, 1, 1]


def test_a_rule_without_a_nonce_belongs_in_the_plan() -> None:
    with pytest.raises(PlanError, match="belongs in the plan"):
        answering().add_rules([rule("http.status", nonce=ONE), rule("http.status")], now_s=0.0)


def test_no_rules_are_no_change() -> None:
    made = answering()

    made.add_rules([], now_s=0.0)

    assert struck(made, request(ONE)) == [()]


def test_the_timeline_starts_when_the_plan_is_set() -> None:
    made = Answering(FakeService(OK), seed=7)
    plan = Plan(rules=(rule("http.status", phase="late"),), phases=(Phase(name="late", start_s=10.0),))
    made.set_plan(plan, now_s=1000.0)

    assert struck(made, request(), now_s=1009.0) == [()]
    assert len(struck(made, request(), now_s=1011.0)[0]) == 1


def test_reset_starts_the_timeline_and_the_counters_over() -> None:
    made = answering(rule("http.status", nth=1))
    made.add_rules([rule("http.status(code=503)", nonce=ONE)], now_s=0.0)
    before = struck(made, request(), request())

    made.reset(now_s=5.0)

    assert [len(faults) for faults in before] == [1, 0]
    assert [len(faults) for faults in struck(made, request(ONE), request())] == [1, 0]


def shuffled(requests: Iterable[Request], order: int) -> list[Request]:
    out = list(requests)
    Random(order).shuffle(out)
    return out


@pytest.mark.parametrize("order", range(3))
def test_what_strikes_a_request_does_not_depend_on_what_came_before(order: int) -> None:
    requests = [request(f"ep-{number:012x}", spec="tcp.garbage_before") for number in range(40)]

    def scripts(in_order: list[Request]) -> dict[bytes, bytes]:
        made = answering(rule("tcp.corrupt_bytes", p=0.5))
        return {one.body: payload(made.decide(one, now_s=0.0, keep_alive=True).script) for one in in_order}

    assert scripts(shuffled(requests, order)) == scripts(requests)


def test_another_seed_is_another_draw() -> None:
    def script(seed: int) -> bytes:
        made = answering(rule("tcp.garbage_before"), seed=seed)
        return payload(made.decide(request(ONE), now_s=0.0, keep_alive=True).script)

    assert script(1) == script(1)
    assert script(1) != script(2)


def test_the_seed_of_a_plan_comes_before_the_server_s() -> None:
    def script(seed: int) -> bytes:
        made = Answering(FakeService(OK), seed=seed)
        made.set_plan(Plan(rules=(rule("tcp.garbage_before"),), seed=99), now_s=0.0)
        return payload(made.decide(request(ONE), now_s=0.0, keep_alive=True).script)

    assert script(1) == script(2)


def test_the_same_request_draws_anew_each_time() -> None:
    made = answering()

    first, second = (
        payload(made.decide(request(ONE, spec="tcp.garbage_before"), now_s=0.0, keep_alive=True).script)
        for _ in range(2)
    )

    assert first != second


def test_a_header_s_fault_counts_how_often_the_request_came() -> None:
    made = answering()
    spec = "http.fail_first(n=2)"

    faults = struck(made, *(request(ONE, spec=spec) for _ in range(3)), request(OTHER, spec=spec))

    assert [len(one) for one in faults] == [1, 1, 0, 1]


def test_requests_without_a_nonce_are_told_apart_by_all_they_ask() -> None:
    made = answering()
    spec = "http.fail_first"
    alike = request(spec=spec)

    faults = struck(made, alike, alike, replace(alike, query="x=1"), replace(alike, path="/other"))

    assert [len(one) for one in faults] == [1, 0, 1, 1]


def test_what_was_seen_is_forgotten_when_there_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.shell.upstream.answering._MOST_IDENTITIES", 2)
    made = answering()
    spec = "http.fail_first"

    faults = struck(made, *(request(f"ep-{number:012x}", spec=spec) for number in (1, 2, 3, 1)))

    assert [len(one) for one in faults] == [1, 1, 1, 1]


def test_a_fault_that_cannot_apply_is_told_as_bypassed() -> None:
    decision = answering(rule("sse.bom + http.status")).decide(request(), now_s=0.0, keep_alive=True)

    assert [item.fault for item in decision.bypassed] == [parse("sse.bom")]
    assert decision.struck == (parse("http.status"),)


def test_a_write_that_a_fault_loses_is_not_committed() -> None:
    service = FakeService(OK)
    service.answer_template = Answer(surface="kv.put", reply=OK, kv=KvAnswer(operation="put", reply=OK))
    made = answering(service=service)

    decision = made.decide(request(spec="kv.lost_write"), now_s=0.0, keep_alive=True)

    assert decision.script == render(OK)
    assert service.committed == []


def test_a_refused_header_commits_nothing_and_closes() -> None:
    service = FakeService(stream_reply((event("a"),)))

    decision = answering(service=service).decide(request(ONE, spec="no.such"), now_s=0.0, keep_alive=True)

    assert payload(decision.script).startswith(b"HTTP/1.1 400 ")
    assert b"no fault is called 'no.such'" in payload(decision.script)
    assert service.committed == []
