"""Agents over HTTP, and what they make of a question."""

from __future__ import annotations

from tests.harness.reference_proxy.chat.service import GOOD, service
from tests.harness.reference_proxy.stage import Upstream

TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}
PIRATE = {
    "name": "Pirate",
    "description": "Talks like one.",
    "systemPrompt": "You are a pirate.",
    "tools": [TOOL],
    "model": "@cf/meta/llama-3.1-8b-instruct-fast",
    "parameters": {"temperature": 0.9, "maxTokens": 50},
}


async def test_agents_are_made_read_changed_and_removed(database_url: str) -> None:
    async with service(database_url, "http://127.0.0.1:9") as on:
        made = await on.ann.call("POST", "/api/v1/agents", PIRATE)
        path = f"/api/v1/agents/{made.json()['id']}"
        other = await on.ann.call("POST", "/api/v1/agents", {"name": "Another"})
        listed = await on.bob.get("/api/v1/agents")
        changed = await on.bob.call("PATCH", path, {"systemPrompt": "You are a parrot.", "parameters": {"topP": 0.5}})
        read = await on.ann.get(path)
        bad = await on.ann.call("POST", "/api/v1/agents", {"name": "x", "tools": [1]})
        removed = await on.ann.call("DELETE", path)
        gone = await on.ann.call("GET", path)

    assert made.status_code == 201
    assert {name: made.json()[name] for name in ("name", "description", "systemPrompt", "tools", "model")} == {
        name: PIRATE[name] for name in ("name", "description", "systemPrompt", "tools", "model")
    }
    assert [agent["name"] for agent in listed["agents"]] == ["Another", "Pirate"]
    assert (listed["total"], other.status_code) == (2, 201)
    assert changed.json() == read
    assert (read["systemPrompt"], read["parameters"], read["name"]) == ("You are a parrot.", {"topP": 0.5}, "Pirate")
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "tools.0")
    assert (removed.status_code, gone.status_code) == (200, 404)


async def test_an_agent_sets_prompt_tools_model_and_parameters_and_the_question_may_overrule_it(
    database_url: str,
) -> None:
    upstream = Upstream(GOOD)
    await upstream.start()
    async with service(database_url, upstream.url) as on:
        agent_id = (await on.ann.call("POST", "/api/v1/agents", PIRATE)).json()["id"]
        first = await on.ann.ask("ahoy", agentId=agent_id)
        await on.ann.ask(
            "again", agent_id=agent_id, conversation_id=first.conversation_id, model="@cf/meta/other", temperature=0
        )
        await on.ann.call("DELETE", f"/api/v1/agents/{agent_id}")
        after = await on.ann.get(f"/api/v1/chat/{first.conversation_id}", order="asc")
        chosen = await on.ann.get("/api/v1/chat", agentId=agent_id)
    await upstream.stop()
    asked, overruled = (connection.json for connection in upstream.seen)

    assert asked["messages"][0] == {"role": "system", "content": "You are a pirate."}
    assert (asked["model"], asked["tools"]) == (PIRATE["model"], [TOOL])
    assert (asked["temperature"], asked["max_tokens"]) == (0.9, 50)
    assert (overruled["model"], overruled["temperature"], overruled["max_tokens"]) == ("@cf/meta/other", 0, 50)
    assert [message["role"] for message in overruled["messages"]] == ["system", "user", "assistant", "user"]
    assert [message["content"] for message in after["messages"]] == ["ahoy", "Hello", "again", "Hello"]
    assert chosen["total"] == 0
