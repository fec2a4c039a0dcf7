"""V8's inspector is asked where a program has opened it."""

from __future__ import annotations

import asyncio
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.core.leaks.leak import Measure
from harness.shell.watching.holdings import Holder
from harness.shell.watching.inspector import find_inspector

NODE = shutil.which("node") or "node"
PROGRAM = """\
const held = []
const server = require('node:http').createServer((asked, answer) => answer.end())
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
process.stdin.on('data', () => {
  for (let turn = 0; turn < 20; turn += 1) Buffer.alloc(1 << 20)
  held.push(new Array(1 << 19).fill(held.length)) // of eight bytes each
  console.log('held')
})
"""


@asynccontextmanager
async def _program(*options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    child = await asyncio.create_subprocess_exec(
        NODE, *options, "-e", PROGRAM, stdin=PIPE, stdout=PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        port = int(await _line(child))
        yield child, f"http://127.0.0.1:{port}"
    finally:
        child.kill()
        await child.wait()


async def _line(child: asyncio.subprocess.Process) -> bytes:
    assert child.stdout is not None
    return await child.stdout.readline()


async def test_what_a_heap_holds_behind_a_collection_is_told() -> None:
    async with _program("--inspect=127.0.0.1:0") as (child, url):
        holder = Holder(child.pid, None, url=url)
        await holder.begin()
        before = await holder.sample()
        assert child.stdin is not None
        child.stdin.write(b"more\n")
        await _line(child)
        after = await holder.sample()

    assert before is not None
    assert after is not None
    assert holder.traced
    assert not holder.names_lines
    assert 3 << 20 <= after[Measure.TRACED] - before[Measure.TRACED] < 5 << 20
    assert Measure.UNTRACED not in after


async def test_a_program_that_was_told_to_open_no_inspector_is_not_asked_for_one() -> None:
    async with _program() as (child, url):
        assert await find_inspector(child.pid, url) is None


async def test_an_inspector_that_has_gone_tells_nothing() -> None:
    async with _program("--inspect=127.0.0.1:0") as (child, url):
        inspector = await find_inspector(child.pid, url)
    assert inspector is not None

    assert await inspector.held_bytes() is None
    assert await find_inspector(child.pid, url) is None
