"""Dynamic routes lead where their graph says."""

from __future__ import annotations

from typing import Any

import pytest

from harness.mock_cloudflare.gateway.routes import holds
from tests.harness.mock_cloudflare.asking import GLM, LLAMA, body_of
from tests.harness.mock_cloudflare.gateway.asking import MESSAGES, Gate, told


def to(**outputs: str) -> dict[str, Any]:
    return {name: {"elementId": element} for name, element in outputs.items()}


def start(first: str) -> dict[str, Any]:
    return {"id": "s", "type": "start", "outputs": to(next=first)}


def model(
    name: str, asked: str, provider: str = "workers-ai", *, fallback: str = "e", **more: object
) -> dict[str, Any]:
    properties = {"provider": provider, "model": asked, "timeout": 60_000, "retries": 0, **more}
    return {"id": name, "type": "model", "properties": properties, "outputs": to(success="e", fallback=fallback)}


END = {"id": "e", "type": "end", "outputs": {}}
LIMIT = {"limitType": "count", "key": "metadata.user", "limit": 2, "interval": 60, "technique": "sliding"}


def test_a_failing_model_leads_to_its_fallback_and_the_winner_is_named() -> None:
    gate = Gate()
    gate.route(start("a"), model("a", "@cf/no-such", fallback="b"), model("b", "gpt-5", "openai"), END)

    answer = gate.run("dynamic/cheap")

    assert (answer.reply.status, answer.surface) == (200, "ai.run")
    assert (told(answer, "model"), told(answer, "provider")) == ("gpt-5", "openai")
    assert body_of(answer)["model"] == "gpt-5"


def test_when_every_model_fails_the_last_error_is_the_answer() -> None:
    gate = Gate()
    gate.route(start("a"), model("a", "@cf/no-such"), END)

    assert gate.run("dynamic/cheap").reply.status == 400


@pytest.mark.parametrize(("plan", "asked"), [("free", LLAMA), ("paid", GLM)])
def test_a_condition_on_metadata_chooses_the_model(plan: str, asked: str) -> None:
    gate = Gate()
    condition = {"condition": {"metadata.plan": {"$eq": "free"}}}
    element = {"id": "c", "type": "conditional", "properties": condition, "outputs": to(true="a", false="b")}
    gate.route(start("c"), element, model("a", LLAMA), model("b", GLM), END)

    assert told(gate.run("dynamic/cheap", metadata={"plan": plan}), "model") == asked


def test_a_share_of_the_requests_goes_each_way() -> None:
    gate = Gate()
    element = {"id": "p", "type": "percentage", "outputs": to(**{"25%": "a", "else": "b"})}
    gate.route(start("p"), element, model("a", LLAMA), model("b", GLM), END)

    ways = []
    for _ in range(200):
        gate.now_s += 1
        ways.append(told(gate.run("dynamic/cheap"), "model"))

    assert 25 <= ways.count(LLAMA) <= 75
    assert set(ways) == {LLAMA, GLM}


def test_a_limit_counts_by_its_key_and_its_interval() -> None:
    gate = Gate()
    element = {"id": "l", "type": "rate_limit", "properties": LIMIT, "outputs": to(success="a", fallback="b")}
    gate.route(start("l"), element, model("a", LLAMA), model("b", GLM), END)

    ways = [told(gate.run("dynamic/cheap", metadata={"user": "ada"}), "model") for _ in range(3)]
    other = told(gate.run("dynamic/cheap", metadata={"user": "bob"}), "model")
    gate.now_s += 61

    assert (ways, other) == ([LLAMA, LLAMA, GLM], LLAMA)
    assert told(gate.run("dynamic/cheap", metadata={"user": "ada"}), "model") == LLAMA


def test_a_limit_that_leads_nowhere_ends_the_route() -> None:
    gate = Gate()
    element = {"id": "l", "type": "rate_limit", "properties": {**LIMIT, "limit": 0}, "outputs": to(success="a")}
    gate.route(start("l"), element, model("a", LLAMA), END)

    answer = gate.run("dynamic/cheap")

    assert (answer.reply.status, body_of(answer)["internalCode"]) == (429, 2003)


def test_a_model_that_takes_too_long_costs_its_time_and_leads_on() -> None:
    gate = Gate()
    gate.route(start("a"), model("a", LLAMA, fallback="b", timeout=500), model("b", GLM), END)
    slow = [{"role": "user", "content": f"{MESSAGES[0]['content']} first_s=0.8"}]

    query = {"model": "dynamic/cheap", "messages": slow}
    answer = gate.host("/compat/chat/completions", query, gate.authorization)

    assert told(answer, "model") == GLM
    assert answer.reply.wait_s == pytest.approx(0.5 + 0.8)


def test_a_circle_comes_to_an_end() -> None:
    gate = Gate()
    gate.route(start("s"))

    assert gate.run("dynamic/cheap").reply.status == 400


def test_a_route_that_nobody_defined_leads_to_one_model() -> None:
    answer = Gate().run("dynamic/whatever")

    assert (answer.reply.status, told(answer, "provider")) == (200, "workers-ai")
    assert told(answer, "model") == Gate().settings.switches.gateway_route_model


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ({}, True),
        ({"metadata.age": 30}, True),
        ({"metadata.age": {"$gt": 29, "$lte": 30}}, True),
        ({"metadata.age": {"$lt": 30}}, False),
        ({"metadata.name": {"$in": ["ada", "bob"]}}, True),
        ({"metadata.name": {"$nin": ["ada"]}}, False),
        ({"metadata.name": {"$ne": "bob"}}, True),
        ({"metadata.name": {"$gt": 1}}, False),
        ({"metadata.none": {"$exists": False}}, True),
        ({"$or": [{"metadata.age": 1}, {"model": "m"}]}, True),
        ({"$and": [{"metadata.age": 30}, {"model": "x"}]}, False),
        ({"$not": {"model": "x"}}, True),
        ({"metadata.age": {"$regex": "3"}}, False),
    ],
)
def test_a_condition_is_read_as_mongodb_reads_it(condition: object, held: bool) -> None:
    assert holds(condition, {"model": "m", "metadata": {"age": 30, "name": "ada"}}) is held
