"""A call's way through a gateway: steps, retries, timeouts, the cache, and what headers say of them."""

from __future__ import annotations

import re

import pytest

from tests.harness.mock_cloudflare.asking import NONCE, body_of
from tests.harness.mock_cloudflare.gateway.asking import Gate, openai, step, told

UUID_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def _slow(first_s: float) -> dict[str, object]:
    return {**step(), "query": {"messages": [{"role": "user", "content": f"{NONCE} tokens=3 first_s={first_s}"}]}}


def test_the_first_step_that_answers_has_the_word() -> None:
    answer = Gate().steps(step("@cf/no-such"), openai(), step())

    assert (answer.surface, answer.reply.status, told(answer, "step")) == ("gateway.run", 200, "1")
    assert body_of(answer)["choices"][0]["message"]["content"].startswith("re-")


def test_when_every_step_fails_the_last_one_says_why() -> None:
    answer = Gate().steps(step("@cf/no-such"), {**step(), "provider": "nobody"})

    assert (answer.reply.status, body_of(answer)["error"]) == (400, [{"code": 2008, "message": "Invalid provider"}])
    assert told(answer, "step") == "1"


def test_a_wrong_key_of_a_step_is_the_providers_refusal() -> None:
    answer = Gate().steps({**openai(), "headers": {"Authorization": "Bearer somebody"}})

    assert (answer.reply.status, body_of(answer)["error"]["code"]) == (401, "invalid_api_key")


def test_only_server_errors_lead_on_where_the_switch_says_so() -> None:
    gate = Gate(gateway_falls_back="server-error")

    assert gate.steps(step("@cf/no-such"), step()).reply.status == 400


def test_every_answer_names_its_log_by_a_uuid_of_version_7() -> None:
    answer = Gate().steps(step())

    log_id = told(answer, "log-id")
    assert log_id is not None
    assert UUID_7.fullmatch(log_id)
    assert told(answer, "event-id") == told(answer, "request-id") == log_id


def test_an_event_id_of_the_callers_own_is_kept() -> None:
    answer = Gate().steps(step(), headers=(("cf-aig-event-id", "mine"),))

    assert told(answer, "event-id") == "mine" != told(answer, "log-id")


def test_a_first_byte_that_takes_too_long_leads_to_the_next_step_after_that_time() -> None:
    answer = Gate().steps(_slow(2.0), step(), headers=(("cf-aig-request-timeout", "500"),))

    assert (answer.reply.status, told(answer, "step"), answer.reply.wait_s) == (200, "1", 0.5)


def test_a_timeout_without_another_step_is_an_error() -> None:
    answer = Gate().steps({**_slow(2.0), "headers": {"cf-aig-request-timeout": "500"}})

    assert (answer.reply.status, body_of(answer)["internalCode"], answer.reply.wait_s) == (504, 2005, 0.5)


def test_the_last_of_several_attempts_waits_for_as_long_as_it_takes() -> None:
    fields = (("cf-aig-request-timeout", "500"), ("cf-aig-max-attempts", "3"), ("cf-aig-retry-delay", "100"))

    answer = Gate().steps(_slow(2.0), step(), headers=fields)

    assert told(answer, "step") == "0"
    assert answer.reply.wait_s == pytest.approx(2 * 0.5 + 2 * 0.1 + 2.0)


@pytest.mark.parametrize(
    ("backoff", "pauses_s"),
    [("constant", 0.4), ("linear", 0.1 + 0.2 + 0.3 + 0.4), ("exponential", 0.1 + 0.2 + 0.4 + 0.8)],
)
def test_pauses_between_attempts_grow_as_they_were_told_to(backoff: str, pauses_s: float) -> None:
    fields = {"cf-aig-request-timeout": "1", "cf-aig-max-attempts": "9", "cf-aig-retry-delay": "100"}

    answer = Gate().steps({**_slow(1.0), "headers": {**fields, "cf-aig-backoff": backoff}})

    assert answer.reply.wait_s == pytest.approx(1.0 + 4 * 0.001 + pauses_s)


def test_nothing_is_kept_unless_somebody_asks() -> None:
    gate = Gate()

    assert [told(gate.steps(step()), "cache-status") for _ in range(2)] == ["MISS", "MISS"]


def test_an_identical_request_is_answered_from_the_cache_until_its_time_is_over() -> None:
    gate, fields = Gate(), (("cf-aig-cache-ttl", "60"),)
    first = gate.steps(step(), headers=fields)
    gate.now_s += 59

    again, other = gate.steps(step(), headers=fields), gate.steps(openai(), headers=fields)
    gate.now_s += 2
    later = gate.steps(step(), headers=fields)

    assert [told(each, "cache-status") for each in (first, again, other, later)] == ["MISS", "HIT", "MISS", "MISS"]
    assert again.reply.body_bytes == first.reply.body_bytes
    assert told(again, "log-id") != told(first, "log-id")


def test_a_key_of_the_callers_own_replaces_the_request_for_five_minutes() -> None:
    gate, fields = Gate(), (("cf-aig-cache-key", "mine"),)
    first = gate.steps(step(), headers=fields)
    gate.now_s += 299

    assert gate.steps(openai(), headers=fields).reply.body_bytes == first.reply.body_bytes
    gate.now_s += 2
    assert told(gate.steps(openai(), headers=fields), "cache-status") == "MISS"


def test_a_steps_own_fields_come_before_the_requests() -> None:
    gate, fields = Gate(), (("cf-aig-cache-ttl", "60"),)
    for _ in range(2):
        answer = gate.steps(step(**{"cf-aig-skip-cache": "true"}), headers=fields)

    assert told(answer, "cache-status") == "MISS"


@pytest.mark.parametrize("asked", [step("@cf/no-such"), openai(stream=True)])
def test_neither_errors_nor_streams_are_kept(asked: dict[str, object]) -> None:
    gate = Gate()
    for _ in range(2):
        answer = gate.steps(asked, headers=(("cf-aig-cache-ttl", "60"),))

    assert told(answer, "cache-status") == "MISS"


def test_another_gateway_has_another_cache() -> None:
    gate, fields = Gate(), (("cf-aig-cache-ttl", "60"),)
    gate.steps(step(), headers=fields)

    assert told(gate.steps(step(), headers=fields, gateway="other"), "cache-status") == "MISS"


def test_a_gateway_that_cannot_be_is_not_configured() -> None:
    answer = Gate().steps(step(), gateway="g" * 65)

    assert (answer.reply.status, body_of(answer)["internalCode"]) == (400, 2001)


@pytest.mark.parametrize("body", [b"nonsense", b"[1]", b"[]"])
def test_a_request_without_steps_is_refused(body: bytes) -> None:
    answer = Gate().call("ai", "POST", "/ai-gateway/universal/run/gw", body)

    assert (answer.surface, answer.reply.status) == ("gateway.run", 400)
