"""Workers on real workerd: what their code observes of each binding, clean and under a fault, and how they fare."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.target.file import Chat, TargetFile
from harness.shell.playing.lane import Lane
from harness.shell.target.worker.ready import made_ready
from reports.record import Verdict
from scenarios.index import select
from tests.targets.trial import judged
from tests.targets.workers.defects import DEFECTS, worker

pytestmark = pytest.mark.acceptance

WRANGLER = """{
  "main": "calls.mjs", "compatibility_date": "2026-11-01",
  "ai": { "binding": "AI" },
  "kv_namespaces": [{ "binding": "CACHE", "id": "0f2ac74b498b48028cb68387c421e279" }],
  "r2_buckets": [{ "binding": "BUCKET", "bucket_name": "bucket" }],
  "queues": { "producers": [{ "binding": "QUEUE", "queue": "jobs" }] },
  "analytics_engine_datasets": [{ "binding": "POINTS", "dataset": "usage" }],
  "durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Counter" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]
}
"""
CALLS = """
import { DurableObject } from 'cloudflare:workers'
export class Counter extends DurableObject {
  async next() {
    const count = ((await this.ctx.storage.get('count')) ?? 0) + 1
    await this.ctx.storage.put('count', count)
    return count
  }
}
const messages = [{ role: 'user', content: 'ep-0123456789ab tokens=3' }]
const fresh = { 'cache-control': 'max-age=60' }
const model = '@cf/meta/llama-3.1-8b-instruct'
const calls = {
  get: (env) => env.CACHE.get('key'),
  json: (env) => env.CACHE.get('key', 'json'),
  metadata: (env) => env.CACHE.getWithMetadata('key'),
  put: (env) => env.CACHE.put('key', '{"a":1}', { metadata: { m: 1 }, expirationTtl: 60 }),
  list: (env) => env.CACHE.list({ prefix: 'k' }),
  delete: (env) => env.CACHE.delete('key'),
  many: async (env) => [...(await env.CACHE.get(['key', 'other']))],
  run: (env) => env.AI.run(model, { messages }),
  stream: async (env) => new Response(await env.AI.run(model, { messages, stream: true })).text(),
  nobody: (env) => env.AI.run('@cf/no-such', { messages }),
  models: async (env) => (await env.AI.models({ search: 'llama' })).length > 0,
  match: async () => (await caches.default.match('https://example.com/a'))?.text(),
  keep: () => caches.default.put('https://example.com/a', new Response('kept', { headers: fresh })),
  drop: () => caches.default.delete('https://example.com/a'),
  elsewhere: async () => (await fetch('https://api.example.com/x')).status,
  openai: async () => (await fetch('https://api.openai.com/v1/models')).status,
  store: async (env) => (await env.BUCKET.put('a/b', 'hello', { customMetadata: { x: 'y' } })).size,
  object: async (env) => {
    const found = await env.BUCKET.get('a/b')
    return found && [await found.text(), found.etag.length, found.customMetadata]
  },
  part: async (env) => (await env.BUCKET.get('a/b', { range: { offset: 1, length: 3 } })).text(),
  look: async (env) => (await env.BUCKET.head('a/b'))?.key,
  unchanged: async (env) => 'body' in (await env.BUCKET.get('a/b', { onlyIf: { etagMatches: 'other' } })),
  objects: async (env) => (await env.BUCKET.list({ prefix: 'a/' })).objects.map((each) => each.key),
  remove: (env) => env.BUCKET.delete('a/b'),
  send: async (env) => (await env.QUEUE.send({ a: 1 })) ?? null,
  batch: async (env) => (await env.QUEUE.sendBatch([{ body: 1 }, { body: 'two' }])) ?? null,
  point: (env) => env.POINTS.writeDataPoint({ indexes: ['i'], doubles: [1.5], blobs: ['b', null] }),
  count: (env) => env.COUNTER.get(env.COUNTER.idFromName('one')).next(),
  edge: (env, request) => [request.headers.get('cf-connecting-ip'), env.KEY],
}
export default {
  async fetch(request, env) {
    const name = new URL(request.url).pathname.slice(1)
    try {
      return Response.json({ value: (await calls[name](env, request)) ?? null })
    } catch (error) {
      return Response.json({ thrown: `${error.name}: ${error.message}` })
    }
  },
}
"""


def _calling(folder: Path, wrangler: str = WRANGLER, code: str = CALLS) -> TargetFile:
    (folder / "wrangler.jsonc").write_text(wrangler, encoding="utf-8")
    (folder / "calls.mjs").write_text(code, encoding="utf-8")
    (folder / ".dev.vars").write_text("KEY=s3cret-made-up\n", encoding="utf-8")
    target = TargetFile(
        name="calls",
        worker="wrangler.jsonc",
        chat=Chat(dialect="openai", path="/", model="m"),
        here=str(folder),
    )
    return made_ready(target, say=lambda _: None)


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    async with Lane(_calling(tmp_path), seed=1, logs=tmp_path / "logs") as lane:
        yield lane


async def _called(lane: Lane, *names: str) -> Any:  # noqa: ANN401 - JSON
    """Make the Worker call its bindings; return what its code observed of the last call."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        answers = [(await client.get(f"{lane.url}/{name}")).json() for name in names]
    return answers[-1].get("thrown", answers[-1].get("value"))


def _strike(lane: Lane, surface: str, faults: str) -> None:
    lane.server.set_plan(Plan(rules=(Rule(match=Match(surface=surface), faults=parse_all(faults)),)))


@pytest.mark.parametrize(
    ("names", "observed"),
    [
        (["get"], None),
        (["put", "get"], '{"a":1}'),
        (["put", "json"], {"a": 1}),
        (["put", "metadata"], {"value": '{"a":1}', "metadata": {"m": 1}, "cacheStatus": None}),
        (["put", "delete", "get"], None),
        (["put", "many"], [["key", '{"a":1}'], ["other", None]]),
        (["match"], None),
        (["keep", "match"], "kept"),
        (["keep", "drop"], True),
        (["drop"], False),
        (["keep", "drop", "match"], None),
        (["models"], True),
        (["openai"], 200),
        (["elsewhere"], 502),
        (["object"], None),
        (["look"], None),
        (["store"], 5),
        (["store", "object"], ["hello", 32, {"x": "y"}]),
        (["store", "part"], "ell"),
        (["store", "look"], "a/b"),
        (["store", "unchanged"], False),
        (["store", "objects"], ["a/b"]),
        (["store", "remove", "object"], None),
        (["point"], None),
        (["count", "count"], 2),
        (["edge"], ["203.0.113.7", "s3cret-made-up"]),
    ],
)
async def test_a_worker_observes_of_the_mock_what_it_would_of_cloudflare(
    lane: Lane, names: Sequence[str], observed: object
) -> None:
    assert await _called(lane, *names) == observed


async def test_a_list_tells_names_metadata_and_expiry(lane: Lane) -> None:
    page = await _called(lane, "put", "list")

    assert (page["keys"][0]["name"], page["keys"][0]["metadata"], page["list_complete"]) == ("key", {"m": 1}, True)
    assert isinstance(page["keys"][0]["expiration"], int)


async def test_an_answer_comes_as_an_object_and_a_stream_as_bytes(lane: Lane) -> None:
    answer, stream = await _called(lane, "run"), await _called(lane, "stream")

    assert answer["response"].startswith("re-0123456789ab")
    assert stream.endswith("data: [DONE]\n\n")
    assert [call.surface for call in lane.server.journal.exchanges()] == ["ai.run", "ai.run"]


@pytest.mark.parametrize(
    ("surface", "faults", "name", "observed"),
    [
        ("kv.get", "kv.error(code=500)", "get", "Error: KV GET failed: 500 Internal Server Error"),
        ("kv.get", "kv.rate_limited()", "get", "Error: KV GET failed: 429 Too Many Requests"),
        ("kv.get", "kv.miss()", "get", None),
        ("kv.get", "kv.wrong_type(kind=number)", "json", 42),
        ("kv.get", "kv.truncated()", "json", "SyntaxError: "),
        ("kv.get", "tcp.reset()", "get", "Error: Network connection lost."),
        ("kv.put", "kv.error(code=503)", "put", "Error: KV PUT failed: 503 Service Unavailable"),
        ("kv.delete", "kv.error()", "delete", "Error: KV DELETE failed: 500 Internal Server Error"),
        ("kv.list", "kv.error()", "list", "Error: KV GET failed: 500 Internal Server Error"),
        ("ai.run", "http.status(code=429)", "run", "InferenceUpstreamError: 3040: Capacity temporarily exceeded"),
        ("ai.run", "http.status(code=500)", "stream", "InferenceUpstreamError: 8001: Internal server error"),
        ("ai.run", "http.status(code=503)", "run", "InferenceUpstreamError: <!DOCTYPE html>"),
        ("ai.run", "tcp.reset()", "run", "Error: Network connection lost."),
        ("ai.run", "sse.truncate(after=2)", "stream", "Error: Network connection lost."),
        ("cache.match", "http.status(code=500)", "match", None),
        ("cache.put", "http.status(code=500)", "keep", None),
        ("r2.get", "http.status(code=500)", "object", "Error: get: internal error (10001)"),
        ("r2.get", "tcp.reset()", "object", "Error: Network connection lost."),
        ("r2.put", "http.status(code=429)", "store", "Error: put: internal error (10058)"),
        ("queue.send", "http.status(code=500)", "send", "Error: Unknown Internal Error (15000)"),
        ("fetch.*", "tcp.reset()", "elsewhere", "Error: Network connection lost."),
    ],
)
async def test_every_fault_is_felt_inside_the_binding(
    lane: Lane, surface: str, faults: str, name: str, observed: object
) -> None:
    await _called(lane, "put", "keep", "store")
    _strike(lane, surface, faults)

    seen = await _called(lane, name)

    struck = [call for call in lane.server.journal.exchanges() if call.faults]
    assert [call.surface.partition(".")[0] for call in struck] == [surface.partition(".")[0]] * len(struck)
    assert struck
    assert seen == observed or (isinstance(observed, str) and str(seen).startswith(observed)), seen


async def test_messages_and_points_are_kept_as_they_were_sent(lane: Lane) -> None:
    await _called(lane, "send", "batch", "point", "get")

    assert lane.mock.bound.messages["jobs"][0] == b'{"a":1}'
    assert len(lane.mock.bound.messages["jobs"]) == 3
    await lane.server.journal.wait_for(lambda found: bool(found), 5.0, surface="analytics.write")
    (point,) = lane.mock.bound.points
    assert (point.dataset, point.index, point.blobs, point.doubles[:2]) == ("usage", b"i", (b"b",), (1.5, 0.0))


async def test_a_durable_object_survives_a_restart_and_no_other_lane_sees_it(tmp_path: Path, lane: Lane) -> None:
    before = await _called(lane, "count")
    await lane.restart()

    async with Lane(lane.target_file, seed=1, logs=tmp_path / "other") as other:
        assert (before, await _called(lane, "count"), await _called(other, "count")) == (1, 2, 1)


async def test_what_was_bundled_once_serves_every_start(tmp_path: Path, lane: Lane) -> None:
    for name in ("wrangler.jsonc", "calls.mjs", ".dev.vars"):
        (tmp_path / name).unlink()

    await lane.restart()

    async with Lane(lane.target_file, seed=1, logs=tmp_path / "other") as other:
        assert (await _called(lane, "get"), await _called(other, "get")) == (None, None)


async def test_no_secret_lies_beside_the_log(tmp_path: Path, lane: Lane) -> None:
    written = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]

    assert any(path.name == "config.capnp" for path in written)
    assert not any(b"s3cret-made-up" in path.read_bytes() for path in written)


def test_the_right_worker_is_blamed_for_nothing(tmp_path: Path) -> None:
    cases = select(",".join(sorted({case for defect in DEFECTS.values() for case in defect.cases})))

    results = judged(worker(), cases, tmp_path, lanes=2)

    wrong = {result.id: [str(finding) for finding in result.findings] for result in results if result.findings}
    assert wrong == {}
    assert {result.verdict for result in results} == {Verdict.PASS}


@pytest.mark.parametrize("name", sorted(DEFECTS))
def test_every_wrong_worker_is_caught_by_its_own_invariant(tmp_path: Path, name: str) -> None:
    defect = DEFECTS[name]

    results = judged(worker(name), select(",".join(defect.cases)), tmp_path, lanes=1)

    found = {finding.invariant for result in results for finding in result.findings}
    assert defect.invariant in found, json.dumps([result.model_dump(mode="json") for result in results])[:2000]
