"""What belongs to somebody else does not exist: every route, asked by every other identity."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.harness.reference_proxy.chat.service import GOOD, Client, Service, service
from tests.harness.reference_proxy.stage import Upstream

SECRET = "the-plan-of-acme"
ABSENT = "conv_00000000000000000000000000000000"

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/v1/chat"): {"message": "mine"},
    ("POST", "/api/v1/chat/{id}/regenerate"): {},
    ("PATCH", "/api/v1/chat/{id}"): {"title": "taken over"},
    ("POST", "/api/v1/agents"): {"name": "mine"},
    ("PATCH", "/api/v1/agents/{id}"): {"name": "taken over"},
    ("POST", "/api/v1/keys"): {"name": "mine"},
}
"""What a route has to be sent so that it is not refused for its form. One that is not here is sent nothing."""

QUERIES: dict[tuple[str, str], dict[str, str]] = {("GET", "/api/v1/chat/search"): {"q": SECRET}}

SHARED_IN_A_TENANT = "/api/v1/agents"


@pytest.fixture
async def on(sqlite_url: str) -> AsyncIterator[Service]:
    upstream = Upstream(GOOD)
    await upstream.start()
    async with service(sqlite_url, upstream.url) as running:
        yield running
    await upstream.stop()


class Belongings:
    """What Ann of Acme has: one of each kind of thing, by the start of its routes."""

    def __init__(self, conversation_id: str, message_ids: list[str], agent_id: str, key_id: str) -> None:
        self.conversation_id = conversation_id
        self.message_ids = message_ids
        self.agent_id = agent_id
        self.by_route = {"/api/v1/chat/": conversation_id, "/api/v1/agents/": agent_id, "/api/v1/keys/": key_id}
        self.all = [SECRET, conversation_id, agent_id, key_id, *message_ids]

    def id_for(self, path: str) -> str:
        (found,) = (mine for start, mine in self.by_route.items() if path.startswith(start))
        return found


@pytest.fixture
async def anns(on: Service) -> Belongings:
    agent = (await on.ann.call("POST", "/api/v1/agents", {"name": SECRET})).json()
    told = await on.ann.ask(SECRET, agentId=agent["id"])
    key = (await on.ann.call("POST", "/api/v1/keys", {"name": SECRET})).json()
    kept = await on.ann.get(f"/api/v1/chat/{told.conversation_id}")
    return Belongings(told.conversation_id, [each["id"] for each in kept["messages"]], agent["id"], key["id"])


def routes(app: web.Application) -> list[tuple[str, str]]:
    """Every route of the service, as (method, path)."""
    found = [(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None]
    return [each for each in found if each[1].startswith("/api/")]


async def everything(
    app: web.Application, client: Client, anns: Belongings | None
) -> dict[tuple[str, str], httpx.Response]:
    """The answer of every route, asked for what is Ann's, or without that for what is nobody's."""
    answers = {}
    for method, path in routes(app):
        mine = anns.id_for(path) if anns and "{" in path else ABSENT
        assert re.sub(r"\{id\}", "", path).count("{") == 0, f"{path}: say in this test what its parameters are"
        body = BODIES.get((method, path))
        query = QUERIES.get((method, path), {})
        answers[method, path] = await client.call(method, path.replace("{id}", mine), body, **query)
    return answers


async def test_there_are_routes_of_every_kind(on: Service) -> None:
    assert len(routes(on.app)) >= 19
    assert {path.split("/")[3] for _, path in routes(on.app)} == {"chat", "agents", "keys", "usage"}


async def test_another_tenant_is_answered_as_if_the_thing_did_not_exist(on: Service, anns: Belongings) -> None:
    asked = await everything(on.app, on.eve, anns)
    compared = await everything(on.app, on.eve, None)

    for route, answer in asked.items():
        told = answer.text
        assert not [mine for mine in anns.all if mine in told], route
        if "{id}" in route[1]:
            assert answer.status_code == compared[route].status_code == 404, route
            assert answer.text == compared[route].text, route


async def test_another_user_of_the_tenant_sees_nothing_but_agents(on: Service, anns: Belongings) -> None:
    for (method, path), answer in (await everything(on.app, on.bob, anns)).items():
        if path.startswith(SHARED_IN_A_TENANT):
            continue
        assert not [mine for mine in anns.all if mine in answer.text], (method, path)
        if "{id}" in path:
            assert answer.status_code == 404, (method, path)


async def test_nothing_that_others_tried_has_changed_anything(on: Service, anns: Belongings) -> None:
    before = await on.ann.get(f"/api/v1/chat/{anns.conversation_id}")
    await everything(on.app, on.eve, anns)

    assert await on.ann.get(f"/api/v1/chat/{anns.conversation_id}") == before
    assert (await on.ann.get(f"/api/v1/agents/{anns.agent_id}"))["name"] == SECRET
    assert len((await on.ann.get("/api/v1/keys"))["keys"]) == 2


@pytest.mark.parametrize("token", [None, "", "guessed", "ep_" + "A" * 43])
async def test_no_route_is_open_to_whom_nobody_knows(on: Service, anns: Belongings, token: str | None) -> None:
    for route, answer in (await everything(on.app, on.client(token), anns)).items():
        assert answer.status_code == 401, route
        assert answer.json()["error"]["code"] == "invalid_api_key"


async def test_ids_of_others_inside_a_body_do_not_exist_either(on: Service, anns: Belongings) -> None:
    with_agent = await on.eve.ask("hi", agentId=anns.agent_id)
    with_parent = await on.eve.ask("hi", parentMessageId=anns.message_ids[0])
    in_conversation = await on.eve.ask("hi", conversationId=anns.conversation_id)
    own = in_conversation.conversation_id
    as_head = await on.eve.call("PATCH", f"/api/v1/chat/{own}", {"headMessageId": anns.message_ids[0]})
    as_branch = await on.eve.call("GET", f"/api/v1/chat/{own}", branch=anns.message_ids[0])
    again = await on.eve.call("POST", f"/api/v1/chat/{own}/regenerate", {"messageId": anns.message_ids[0]})

    assert (with_agent.status, with_parent.status) == (404, 404)
    assert own != anns.conversation_id  # a new one, as for any id that is not there
    assert {each.status_code for each in (as_head, as_branch, again)} == {404}
    assert (await on.ann.get(f"/api/v1/chat/{anns.conversation_id}"))["messageCount"] == 2


async def test_what_is_shared_is_read_by_the_team_and_changed_by_its_owner_alone(on: Service, anns: Belongings) -> None:
    path = f"/api/v1/chat/{anns.conversation_id}"
    await on.ann.call("PATCH", path, {"shared": True})
    listed = await on.bob.get("/api/v1/chat", whose="team")
    found = await on.bob.get("/api/v1/chat/search", q=SECRET)
    read = await on.bob.get(path)

    assert [each["id"] for each in listed["conversations"]] == [anns.conversation_id]
    assert found["hits"][0]["conversation"]["id"] == anns.conversation_id
    assert (read["own"], len(read["messages"])) == (False, 2)
    assert (await on.bob.call("GET", f"{path}/export")).status_code == 200
    assert (await on.bob.call("PATCH", path, {"title": "mine"})).status_code == 403
    assert (await on.bob.call("DELETE", path)).status_code == 403
    assert (await on.eve.call("GET", path)).status_code == 404
    assert (await on.eve.get("/api/v1/chat", whose="team"))["total"] == 0

    await on.ann.call("PATCH", path, {"shared": False})

    assert (await on.bob.call("GET", path)).status_code == 404
