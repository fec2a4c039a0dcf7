"""The code of a Worker on real workerd is measured, in the lines of its author, and nobody notices."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from harness.core.target.coverage import FileCoverage
from harness.core.target.file import Chat, TargetFile
from harness.errors import TargetError, UsageError
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from harness.shell.target.worker.coverage.counted import counted
from harness.shell.target.worker.coverage.measured import WorkerCoverage
from harness.shell.target.worker.ready import made_ready
from harness.shell.target.worker.tools import ESBUILD, provide
from tests.harness.cli.conftest import Edgeproof, edgeproof

__all__ = ["edgeproof"]

pytestmark = pytest.mark.acceptance

INDEX = """import { DurableObject } from 'cloudflare:workers'
import { theirs } from 'theirs'
import { Odd, size, type Size } from './parts'

export class Counter extends DurableObject {
  async next(): Promise<number> {
    const count = ((await this.ctx.storage.get<number>('count')) ?? 0) + 1
    await this.ctx.storage.put('count', count)
    return count
  }
}

interface Env { COUNTER: DurableObjectNamespace<Counter> }

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const path = new URL(request.url).pathname
    if (path === '/one') {
      return new Response(size('one'))
    }
    if (path === '/two') {
      return new Response('two')
    }
    if (path === '/count') {
      const count: Size = await env.COUNTER.get(env.COUNTER.idFromName('a')).next()
      return new Response(String(count))
    }
    if (path === '/hang') for (;;) size('')
    return Response.json([theirs(), new Odd(1).told(), Odd.name, (() => 0).name, Object.keys(globalThis).length >= 0])
  },
} satisfies ExportedHandler<Env>
"""
PARTS = """export type Size = number
const enum Kind { small = 1 }
enum Colour { red, green }
namespace Inner {
  export const deep = 'deep'
}
function over(a: string): string
function over(a: number): string
function over(a: unknown): string {
  return String(a as string)
}
export abstract class Base {
  constructor(protected readonly first: number, readonly second = 2) {}
  abstract told(): unknown
}
export class Odd extends Base {
  accessor third = 3
  told(this: Odd) {
    return [this.first, this.second!, this.third, Kind.small, Colour[Colour.green], Inner.deep, over(<number>4)]
  }
}
export function size(text: string): string {
  return text.length > 2 ? 'long' : 'short'
}
export function never(): number {
  const nothing = 0
  return nothing
}
"""
WRANGLER = """{
  "main": "%s", "compatibility_date": "2026-11-01",
  "durable_objects": { "bindings": [{ "name": "COUNTER", "class_name": "Counter" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Counter"] }]
}
"""
FILES = {
    "wrangler.jsonc": WRANGLER % "src/index.ts",
    "src/index.ts": INDEX,
    "src/parts.ts": PARTS,
    "src/unloaded.ts": "export const a = 1\nexport const b = a\n",
    "src/types.d.ts": "declare const nothing: string\n",
    "src/index.test.ts": "console.log('a test')\n",
    "vitest.config.ts": "export default {}\n",
    "node_modules/theirs/package.json": '{ "name": "theirs", "main": "index.js" }',
    "node_modules/theirs/index.js": "exports.theirs = () => 'theirs'\nexports.more = () => 'more'\n",
}


def _target(folder: Path, files: Mapping[str, str] = FILES, source: tuple[str, ...] = ()) -> TargetFile:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return TargetFile(
        name="counting",
        worker="wrangler.jsonc",
        chat=Chat(dialect="openai", path="/", model="m"),
        here=str(folder),
        source=source,
    )


def _measuring(target: TargetFile, folder: Path) -> WorkerCoverage:
    return WorkerCoverage(counted(target, say=lambda _: None), folder / "coverage")


def _lane(cover: WorkerCoverage, folder: Path, name: str = "lane") -> Lane:
    return Lane(cover.target, seed=1, logs=folder / name, extra_env=cover.env if name == "lane" else {})


async def _get(lane: Lane, *paths: str) -> list[str]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return [(await client.get(f"{lane.url}{path}")).text for path in paths]


async def _collected(cover: WorkerCoverage) -> dict[str, FileCoverage]:
    return {each.path: each for each in await cover.collect()}


def _line(text: str, of: str = INDEX) -> int:
    return next(number for number, line in enumerate(of.splitlines(), start=1) if text in line)


ONE, TWO, COUNT = _line("size('one')"), _line("Response('two')"), _line("String(count)")


async def test_what_was_run_is_told_by_line_and_branch_of_its_own_files_alone(tmp_path: Path) -> None:
    cover = _measuring(_target(tmp_path), tmp_path)

    async with _lane(cover, tmp_path) as lane:
        await _get(lane, "/one", "/count", "/")
    files = await _collected(cover)

    assert set(files) == {"src/index.ts", "src/parts.ts", "src/unloaded.ts"}
    assert files["src/index.ts"].missed == (TWO,)
    assert files["src/parts.ts"].missed == (_line("const nothing = 0", PARTS), _line("return nothing", PARTS))
    assert files["src/unloaded.ts"].missed == (1, 2)
    taken = json.loads((tmp_path / "coverage" / "worker" / "coverage-final.json").read_bytes())
    branches = taken[str(tmp_path / "src" / "parts.ts")]
    (ternary,) = (name for name, each in branches["branchMap"].items() if each["type"] == "cond-expr")
    assert branches["b"][ternary] == [1, 0]  # 'one' is long, and nothing was short
    assert {"lcov.info", "cobertura-coverage.xml", "index.html"} <= {
        each.name for each in (tmp_path / "coverage" / "worker").iterdir()
    }
    assert f"SF:{tmp_path / 'src' / 'index.ts'}" in (tmp_path / "coverage" / "coverage.lcov").read_text()


async def test_lanes_and_processes_are_added_up_and_a_restart_loses_nothing(tmp_path: Path) -> None:
    cover = _measuring(_target(tmp_path), tmp_path)

    async with _lane(cover, tmp_path) as lane, _lane(cover, tmp_path, "other") as other:
        await _get(lane, "/one")
        await lane.restart()
        await _get(lane, "/count")
        await _get(other, "/two")
    index = (await _collected(cover))["src/index.ts"]

    assert not {ONE, TWO, COUNT} & {*index.missed}
    assert len([*(tmp_path / "coverage" / "raw").glob("counts-*.json")]) == 3


async def test_one_that_is_killed_has_lost_no_more_than_its_last_second(tmp_path: Path) -> None:
    cover = _measuring(_target(tmp_path), tmp_path)

    async with _lane(cover, tmp_path) as lane:
        await _get(lane, "/one")
        await _told(tmp_path / "coverage" / "raw")
        assert lane.pid is not None
        os.kill(lane.pid, signal.SIGKILL)
        index = (await _collected(cover))["src/index.ts"]

    assert ONE not in index.missed
    assert TWO in index.missed


async def test_one_that_hangs_is_ended_all_the_same_and_keeps_what_it_told(tmp_path: Path) -> None:
    cover = _measuring(_target(tmp_path), tmp_path)

    async with _lane(cover, tmp_path) as lane:
        await _get(lane, "/one")
        await _told(tmp_path / "coverage" / "raw")
        hanging = asyncio.create_task(_get(lane, "/hang"))
        async with httpx.AsyncClient(trust_env=False, timeout=0.5) as client:
            with contextlib.suppress(httpx.TimeoutException):
                while True:  # until it hangs
                    await client.get(f"{lane.url}/two")
    with contextlib.suppress(httpx.HTTPError):
        await hanging

    assert ONE not in (await _collected(cover))["src/index.ts"].missed


async def _told(raw: Path) -> None:
    """Wait until the process has told twice what it has run; the first time it may have begun before."""

    def written() -> set[int]:
        return {path.stat().st_mtime_ns for path in raw.glob("counts-*.json")}

    for _ in range(2):
        before = written()
        while written() == before:  # noqa: ASYNC110 - a file raises no event
            await asyncio.sleep(0.01)


async def test_clients_notice_nothing(tmp_path: Path) -> None:
    plain = made_ready(_target(tmp_path), say=lambda _: None)
    cover = _measuring(_target(tmp_path), tmp_path)
    paths = ["/one", "/two", "/count", "/count", "/", "/counters", "/__edgeproof_counters__"]

    async with Lane(plain, seed=1, logs=tmp_path / "plain") as as_it_is, _lane(cover, tmp_path) as counting:
        assert await _get(counting, *paths) == await _get(as_it_is, *paths)

    def code(name: str) -> str:
        return (tmp_path / name / "worker" / "modules" / "worker.js").read_text(encoding="utf-8")

    assert "edgeproof" in code("lane")
    assert "edgeproof" not in code("plain")


async def test_one_that_throws_as_it_starts_is_told_plainly_and_unknown(tmp_path: Path) -> None:
    broken = {**FILES, "src/parts.ts": PARTS + "throw new Error('no model is set')\n"}
    cover = _measuring(_target(tmp_path, broken), tmp_path)

    with pytest.raises(TargetError, match="its Worker throws as it starts") as failed:
        async with _lane(cover, tmp_path) as lane:
            await Asker(lane, seed=1).check_wiring()

    assert "Error: no model is set" in str(failed.value)
    assert await cover.collect() == ()


def test_one_that_does_not_compile_is_told_with_its_line(tmp_path: Path) -> None:
    broken = _target(tmp_path, {**FILES, "src/parts.ts": "export const = 1\n"})

    with pytest.raises(UsageError, match=r"src/index\.ts does not compile") as refused:
        counted(broken, say=lambda _: None)

    assert "src/parts.ts:1:13" in str(refused.value)


async def test_a_file_that_cannot_be_counted_is_named_and_the_worker_runs_all_the_same(tmp_path: Path) -> None:
    said = list[str]()
    odd = {**FILES, "src/parts.ts": PARTS + "type Twice = 1\ntype Twice = 2\n"}

    cover = WorkerCoverage(counted(_target(tmp_path, odd), say=said.append), tmp_path / "coverage")
    async with _lane(cover, tmp_path) as lane:
        assert await _get(lane, "/one") == ["long"]

    assert set(await _collected(cover)) == {"src/index.ts", "src/unloaded.ts"}
    assert [each for each in said if "parts.ts" in each] == [
        f"{tmp_path / 'src' / 'parts.ts'} is not counted: Identifier 'Twice' has already been declared. (30:5)"
    ]


def _built(folder: Path) -> None:
    words = ["--bundle", "--format=esm", "--sourcemap", "--external:cloudflare:*", "--outfile=dist/worker.js"]
    esbuild = provide(ESBUILD, folder, say=print)
    subprocess.run([esbuild, "src/index.ts", *words, "--log-level=error"], cwd=folder, check=True)


async def test_what_a_tool_has_built_leads_to_its_sources_by_its_map(tmp_path: Path) -> None:
    target = _target(tmp_path, {**FILES, "wrangler.jsonc": WRANGLER % "dist/worker.js"}, source=("src",))
    _built(tmp_path)
    cover = _measuring(target, tmp_path)

    async with _lane(cover, tmp_path) as lane:
        await _get(lane, "/one", "/count", "/")
    files = await _collected(cover)

    assert set(files) == {"src/index.ts", "src/parts.ts", "src/unloaded.ts"}
    assert files["src/index.ts"].missed == (TWO,)
    assert files["src/unloaded.ts"].percent == 0


def test_a_run_shows_the_lines_of_the_example_and_puts_load_on_it_as_it_is(
    edgeproof: Edgeproof, tmp_path: Path
) -> None:
    example = Path(__file__).parents[3] / "examples" / "worker"

    outcome = edgeproof(
        "run", str(example / "edgeproof.toml"), "--suite", "conformance,load", "--case", "streaming.plain",
        "--cov-fail-under", "99.9", "--seed", "3", "--out", "out",
    )  # fmt: skip

    record = json.loads((tmp_path / "out" / "results.json").read_bytes())["coverage"]["target"]
    assert {each["path"] for each in record["files"]} == {f"src/{path.name}" for path in (example / "src").glob("*.ts")}
    assert 30 < record["percent"] < 99
    assert record["met"] is False
    assert "src/sse.ts" in outcome.out
    code = {
        path.relative_to(tmp_path / "out" / "logs").parts[0]: b"edgeproof" in path.read_bytes()
        for path in (tmp_path / "out" / "logs").rglob("worker.js")
    }
    assert code == {"conformance": True, "load": False}
