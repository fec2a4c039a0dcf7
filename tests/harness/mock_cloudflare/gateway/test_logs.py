"""What a call leaves at its gateway: a log, which can be read and given feedback."""

from __future__ import annotations

import json

import pytest

from harness.core.observed.binding import named
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import LLAMA, body_of
from tests.harness.mock_cloudflare.gateway.asking import Gate, step, told


def _log(gate: Gate, identifier: str | None, method: str = "GET", body: object = None) -> Answer:
    raw = b"" if body is None else json.dumps(body).encode()
    return gate.call(named("ai"), method, f"/ai-gateway/gateways/gw/logs/{identifier}", raw)


def test_a_log_tells_what_was_asked_and_answered() -> None:
    gate = Gate()
    answer = gate.steps(step("@cf/no-such"), step(), headers=(("cf-aig-metadata", '{"user":"ada"}'),))

    log = body_of(_log(gate, told(answer, "log-id")))["result"]

    assert (log["provider"], log["model"], log["step"]) == ("workers-ai", LLAMA, 1)
    assert (log["status_code"], log["success"], log["cached"]) == (200, True, False)
    assert log["tokens_out"] == body_of(answer)["result"]["usage"]["completion_tokens"]
    assert (json.loads(log["metadata"]), log["created_at"]) == ({"user": "ada"}, "2025-11-24T16:00:00.250Z")


def test_feedback_is_added_to_it_by_the_binding_and_by_rest() -> None:
    gate = Gate()
    identifier = told(gate.steps(step()), "log-id")
    path = f"{gate.account}/ai-gateway/gateways/gw/logs/{identifier}"

    assert _log(gate, identifier, "PATCH", {"feedback": 1, "id": "other"}).reply.status == 200
    assert gate.do("PATCH", path, {"score": 90, "metadata": {"a": True}}).reply.status == 200

    log = body_of(gate.ask("GET", path))["result"]
    assert (log["id"], log["feedback"], log["score"], log["metadata"]) == (identifier, 1, 90, '{"a":true}')


def test_a_log_that_is_not_there_is_not_found() -> None:
    gate = Gate()

    answer = _log(gate, "0192f0c1-0000-7000-a000-000000000000")

    assert (answer.surface, answer.reply.status) == ("gateway.log", 404)
    assert body_of(answer)["errors"][0]["message"] == "Log Not Found"
    assert _log(gate, told(gate.steps(step()), "log-id"), "PATCH").reply.status == 400


def test_no_log_is_left_where_none_is_wanted() -> None:
    gate = Gate()

    assert (
        _log(gate, told(gate.steps(step(), headers=(("cf-aig-collect-log", "false"),)), "log-id")).reply.status == 404
    )


@pytest.mark.parametrize(
    ("metadata", "kept"),
    [
        ('{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}),
        ('{"a":1,"b":null}', {}),
        ('{"a":{"b":1}}', {}),
        ("nonsense", {}),
    ],
)
def test_too_much_metadata_is_cut_and_wrong_metadata_dropped(metadata: str, kept: dict[str, int]) -> None:
    gate = Gate()

    identifier = told(gate.steps(step(), headers=(("cf-aig-metadata", metadata),)), "log-id")

    assert json.loads(body_of(_log(gate, identifier))["result"]["metadata"]) == kept


def test_a_hit_of_the_cache_is_told() -> None:
    gate = Gate()
    for _ in range(2):
        gate.now_s += 1
        answer = gate.run(cacheTtl=60)

    assert body_of(_log(gate, told(answer, "log-id")))["result"]["cached"] is True
