"""Workers on real workerd that use Analytics Engine, AI Gateway and other people's APIs: what their code observes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import cloudflare
import httpx
import pytest
from cloudflare import AsyncCloudflare

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.target.file import Chat, TargetFile
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings
from harness.shell.playing.lane import Lane
from harness.shell.target.worker.ready import made_ready

pytestmark = pytest.mark.acceptance

ACCOUNT = MockSettings().account_id
WRANGLER = """{
  "main": "calls.mjs", "compatibility_date": "2026-11-01",
  "ai": { "binding": "AI" },
  "kv_namespaces": [{ "binding": "CACHE", "id": "0f2ac74b498b48028cb68387c421e279" }],
  "analytics_engine_datasets": [{ "binding": "POINTS", "dataset": "usage" }]
}
"""
CALLS = """
const messages = [{ role: 'user', content: 'ep-0123456789ab tokens=3' }]
const model = '@cf/meta/llama-3.1-8b-instruct'
const gateway = { id: 'gw' }
const v4 = (env) => `https://api.cloudflare.com/client/v4/accounts/${env.ACCOUNT}`
const bearer = (env) => ({ authorization: `Bearer ${env.TOKEN}` })
const step = { provider: 'workers-ai', endpoint: model, headers: {}, query: { messages } }
const broken = { ...step, endpoint: '@cf/no-such' }
const openai = { provider: 'openai', endpoint: 'chat/completions', headers: {}, query: { model: 'gpt-5', messages } }
const question = { model: 'a-model-5', max_tokens: 9, messages }
const aig = (response, name) => response.headers.get(`cf-aig-${name}`)

async function sql(env, query) {
  const response = await fetch(`${v4(env)}/analytics_engine/sql`, { method: 'POST', headers: bearer(env), body: query })
  return response.ok ? (await response.json()).data : [response.status, await response.text()]
}
async function anthropic(env, body, headers = {}) {
  const all = { 'x-api-key': env.TOKEN, 'anthropic-version': '2023-06-01', ...headers }
  return fetch('https://api.anthropic.com/v1/messages', { method: 'POST', headers: all, body: JSON.stringify(body) })
}
const steps = (env, list, options) => env.AI.gateway('gw').run(list, options)
const kinds = (text) => [...text.matchAll(/^event: (.*)$/gm)].map((found) => found[1])

const calls = {
  point: (env) => env.POINTS.writeDataPoint({ indexes: ['i'], doubles: [1.5, 2], blobs: ['a', null, 'c'] }),
  many: (env) => {
    for (let at = 0; at < 200; at += 1) env.POINTS.writeDataPoint({ doubles: [at] })
  },
  blobs: (env) => env.POINTS.writeDataPoint({ blobs: Array(21).fill('x') }),
  index: (env) => env.POINTS.writeDataPoint({ indexes: ['x'.repeat(97)] }),
  bytes: (env) => env.POINTS.writeDataPoint({ blobs: ['x'.repeat(16 * 1024 + 1)] }),
  row: (env) => sql(env, 'SELECT blob1, blob2, blob3, double1, double2, double3, index1 AS i FROM usage'),
  sum: async (env) => (await sql(env, 'SELECT count() AS n, max(double1) AS m FROM usage'))[0],
  recent: async (env) =>
    (await sql(env, "SELECT count() AS n FROM usage WHERE timestamp > NOW() - INTERVAL '1' HOUR"))[0].n,
  wrong: (env) => sql(env, 'SELECT max(blob1) FROM usage'),
  by_gateway: async (env) => {
    const answer = await env.AI.run(model, { messages }, { gateway })
    const log = await env.AI.gateway('gw').getLog(env.AI.aiGatewayLogId)
    return [answer.response.slice(0, 15), log.provider, log.model, log.created_at instanceof Date]
  },
  by_gateway_stream: async (env) => {
    const stream = await env.AI.run(model, { messages, stream: true }, { gateway })
    return (await new Response(stream).text()).endsWith('data: [DONE]\\n\\n')
  },
  third_party: async (env) => (await env.AI.run('openai/gpt-5', { messages }, { gateway })).model,
  dynamic: async (env) => {
    const raw = await env.AI.run('dynamic/any', { messages }, { gateway, returnRawResponse: true })
    return [aig(raw, 'provider'), aig(raw, 'model')]
  },
  nobody: (env) => env.AI.run('@cf/no-such', { messages }, { gateway }),
  fallback: async (env) => {
    const response = await steps(env, [broken, openai])
    return [response.status, aig(response, 'step'), (await response.json()).model]
  },
  cached: async (env) => {
    const told = []
    for (let at = 0; at < 2; at += 1) {
      const response = await steps(env, [step], { gateway: { cacheTtl: 60 } })
      told.push(aig(response, 'cache-status'))
      await response.text()
    }
    return told
  },
  late: async (env) => {
    const slow = { ...step, query: { messages: [{ role: 'user', content: 'ep-0123456789ab tokens=3 first_s=30' }] } }
    const response = await steps(env, [slow, openai], { gateway: { requestTimeoutMs: 50 } })
    return aig(response, 'step')
  },
  feedback: async (env) => {
    const id = aig(await steps(env, [step]), 'log-id')
    await env.AI.gateway('gw').patchLog(id, { feedback: 1, score: 90 })
    const log = await env.AI.gateway('gw').getLog(id)
    return [log.feedback, log.score, log.success, log.step]
  },
  lost: (env) => env.AI.gateway('gw').getLog('none'),
  run: async (env) => (await steps(env, [step])).status,
  url: async (env) => {
    const base = await env.AI.gateway('gw').getUrl('openai')
    const body = JSON.stringify(openai.query)
    const response = await fetch(`${base}/chat/completions`, { method: 'POST', headers: bearer(env), body })
    return [base.endsWith('/gw/openai'), response.status, aig(response, 'cache-status')]
  },
  universal: async (env) => {
    const list = [broken, step].map((each) => ({ ...each, headers: bearer(env) }))
    const url = `https://gateway.ai.cloudflare.com/v1/${env.ACCOUNT}/gw`
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(list) })
    return [response.status, aig(response, 'step'), (await response.json()).success]
  },
  groq: async (env) => {
    const url = `https://gateway.ai.cloudflare.com/v1/${env.ACCOUNT}/gw/groq/chat/completions`
    return (await fetch(url, { method: 'POST' })).status
  },
  messages: async (env) => {
    const { type, stop_reason, content } = await (await anthropic(env, question)).json()
    return [type, stop_reason, content[0].text.slice(0, 15)]
  },
  messages_stream: async (env) => kinds(await (await anthropic(env, { ...question, stream: true })).text()),
  messages_refused: async (env) => {
    const response = await anthropic(env, question, { 'x-api-key': 'no' })
    return [response.status, (await response.json()).error.type]
  },
  get: (env) => env.CACHE.getWithMetadata('by rest/ü'),
  put: (env) => env.CACHE.put('by binding/ü', 'Grüße', { metadata: { from: 'worker' }, expirationTtl: 60 }),
}
export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1)
    try {
      return Response.json({ value: (await calls[name](env)) ?? null })
    } catch (error) {
      return Response.json({ thrown: `${error.name}: ${error.message}` })
    }
  },
}
"""
STREAM = ["message_start", "ping", "content_block_start", *["content_block_delta"] * 3, "content_block_stop"]


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    (tmp_path / "wrangler.jsonc").write_text(WRANGLER, encoding="utf-8")
    (tmp_path / "calls.mjs").write_text(CALLS, encoding="utf-8")
    target = TargetFile(
        name="services",
        worker="wrangler.jsonc",
        chat=Chat(dialect="openai", path="/", model="m"),
        env={"TOKEN": MockSettings().api_token, "ACCOUNT": ACCOUNT},
        here=str(tmp_path),
    )
    async with Lane(made_ready(target, say=lambda _: None), seed=1, logs=tmp_path / "logs") as lane:
        yield lane


async def _called(lane: Lane, *names: str) -> Any:  # noqa: ANN401 - JSON
    """Make the Worker call its bindings; return what its code observed of the last call."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answers = [(await client.get(f"{lane.url}/{name}")).json() for name in names]
    return answers[-1].get("thrown", answers[-1].get("value"))


async def _points(lane: Lane, count: int) -> None:
    """Wait until so many points have been written: a Worker does not."""
    await lane.server.journal.wait_for(lambda found: len(found) >= count, 20.0, surface="analytics.write")


@pytest.mark.parametrize(
    ("names", "observed"),
    [
        (["wrong"], [422, "Input was invalid: unknown table: usage"]),
        (["by_gateway"], ["re-0123456789ab", "workers-ai", "@cf/meta/llama-3.1-8b-instruct", True]),
        (["by_gateway_stream"], True),
        (["third_party"], "gpt-5"),
        (["dynamic"], ["workers-ai", "@cf/meta/llama-3.3-70b-instruct-fp8-fast"]),
        (["nobody"], "InferenceUpstreamError: 5007: No such model @cf/no-such or task"),
        (["fallback"], [200, "1", "gpt-5"]),
        (["cached"], ["MISS", "HIT"]),
        (["late"], "1"),
        (["feedback"], [1, 90, True, 0]),
        (["lost"], "AiGatewayLogNotFound: Log Not Found"),
        (["url"], [True, 200, "MISS"]),
        (["universal"], [200, "1", True]),
        (["groq"], 502),
        (["messages"], ["message", "end_turn", "re-0123456789ab"]),
        (["messages_stream"], [*STREAM, "message_delta", "message_stop"]),
        (["messages_refused"], [401, "authentication_error"]),
    ],
)
async def test_a_worker_observes_of_the_mock_what_it_would_of_the_services(
    lane: Lane, names: Sequence[str], observed: object
) -> None:
    seen = await _called(lane, *names)

    assert seen == observed or (isinstance(observed, str) and str(seen).startswith(observed)), seen


async def test_what_a_worker_wrote_it_can_ask_for(lane: Lane) -> None:
    await _called(lane, "point")
    await _points(lane, 1)

    (row,) = await _called(lane, "row")

    assert list(row.values()) == ["a", "", "c", 1.5, 2, 0, "i"]
    assert await _called(lane, "recent") == "1"
    assert await _called(lane, "wrong") == [
        422,
        "Input was invalid: cannot use the String type as argument 1 in max(blob1)",
    ]


async def test_points_over_a_limit_are_lost_without_a_word(lane: Lane) -> None:
    told = [await _called(lane, name) for name in ("blobs", "index", "bytes", "point")]
    await _points(lane, 1)

    assert told == [None] * 4
    assert await _called(lane, "recent") == "1"


async def test_many_points_are_added_up(lane: Lane) -> None:
    await _called(lane, "many")
    await _points(lane, 200)

    assert await _called(lane, "sum") == {"n": "200", "m": 199}


@pytest.mark.parametrize(
    ("surface", "faults", "name", "observed"),
    [
        ("analytics.write", "http.status(code=500)", "point", None),
        ("analytics.write", "tcp.reset()", "point", None),
        ("analytics.query", "http.status(code=503)", "row", [503, "<!DOCTYPE html>"]),
        ("analytics.query", "tcp.reset()", "row", "Error: Network connection lost."),
        ("analytics.query", "http.status(code=429)", "row", [429]),
        (
            "ai.run",
            "http.status(code=429)",
            "by_gateway",
            "InferenceUpstreamError: 3040: Capacity temporarily exceeded",
        ),
        ("gateway.run", "http.status(code=500)", "run", 500),
        ("gateway.run", "tcp.reset()", "run", "Error: Network connection lost."),
        ("gateway.log", "http.status(code=500)", "feedback", "AiGatewayInternalError: "),
        ("gateway.log", "tcp.reset()", "feedback", "Error: Network connection lost."),
        ("gateway.url", "http.status(code=403)", "url", "AiGatewayInternalError: "),
        ("ai.messages", "http.status(code=529)", "messages_refused", [529, "overloaded_error"]),
        ("ai.messages", "http.status(code=429)", "messages_refused", [429, "rate_limit_error"]),
        ("ai.messages", "sse.truncate(after=2)", "messages_stream", "Error: Network connection lost."),
        ("ai.chat", "http.status(code=502)", "url", [True, 502]),
    ],
)
async def test_every_fault_is_felt_inside_the_worker(
    lane: Lane, surface: str, faults: str, name: str, observed: object
) -> None:
    await _called(lane, "point")
    await _points(lane, 1)
    lane.server.set_plan(Plan(rules=(Rule(match=Match(surface=surface), faults=parse_all(faults)),)))

    seen = await _called(lane, name)

    await lane.server.journal.wait_for(lambda found: any(call.faults for call in found), 20.0, surface=surface)
    assert _is_seen(seen, observed), seen


def _is_seen(seen: object, observed: object) -> bool:
    """Whether it is what was to be observed, of which texts and lists may have only the beginning."""
    if isinstance(observed, str):
        return str(seen).startswith(observed)
    if isinstance(observed, list):
        return isinstance(seen, list) and all(map(_is_seen, seen, observed)) and len(seen) >= len(observed)
    return seen == observed


async def test_what_the_kv_binding_writes_the_official_client_reads_and_the_other_way_round(lane: Lane) -> None:
    here: Any = {"account_id": ACCOUNT, "namespace_id": DEFAULT_NAMESPACE}
    async with cloudflare.DefaultAsyncHttpxClient(trust_env=False, timeout=20.0) as line:
        client = AsyncCloudflare(
            api_token=MockSettings().api_token, base_url=f"{lane.server.url}/client/v4", http_client=line, max_retries=0
        )
        values = client.kv.namespaces.values
        await _called(lane, "put")
        await values.update("by rest/ü", **here, value=b"Z\xc3\xbcrich", metadata={"from": "rest"})

        value = await (await values.get("by binding/ü", **here)).read()
        metadata: Any = await client.kv.namespaces.metadata.get("by binding/ü", **here)
        listed = [key.name async for key in client.kv.namespaces.keys.list(DEFAULT_NAMESPACE, account_id=ACCOUNT)]

    assert (value.decode(), metadata) == ("Grüße", {"from": "worker"})
    assert listed == ["by binding/ü", "by rest/ü"]
    assert await _called(lane, "get") == {"value": "Zürich", "metadata": {"from": "rest"}, "cacheStatus": None}
