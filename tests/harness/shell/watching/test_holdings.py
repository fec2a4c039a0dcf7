from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.core.leaks.leak import Measure
from harness.core.target.env import environment_for
from harness.shell.watching.agent_client import agent_env, agent_folder
from harness.shell.watching.holdings import Holder, look

PROGRAM = """\
import asyncio, os, sys
held = []
def hold():
    held.append(bytearray(1 << 20))
    held.append(open(os.devnull))
async def main():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("up", flush=True)
    while await reader.readline():
        hold()
        held.append(asyncio.create_task(asyncio.Event().wait()))
        print("held", flush=True)
asyncio.run(main())
"""

NODE = shutil.which("node") or "node"
NODE_PROGRAM = """\
const held = []
const { Worker } = require('node:worker_threads')
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'thread') return new Worker('setInterval(() => {}, 1000)', { eval: true })
    .on('online', () => console.log('held'))
  if (line === 'waste') for (let turn = 0; turn < 20; turn += 1) Buffer.alloc(1 << 20)
  else held.push(Buffer.alloc(1 << 20), new Array(1 << 17).fill(held.length))
  console.log('held')
})
console.log('up')
"""


@contextmanager
def _program(folder: Path, tmp_path: Path, **extra: str) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    with _started([sys.executable, str(script)], environment_for({}, extra, agent_env(folder))) as child:
        yield child


@contextmanager
def _node_program(folder: Path, tmp_path: Path, **own: str) -> Iterator[subprocess.Popen[str]]:
    script = tmp_path / "program.cjs"
    script.write_text(NODE_PROGRAM)
    with _started(
        ["node", str(script)], environment_for({"PATH": os.environ["PATH"]}, own, agent_env(folder))
    ) as child:
        yield child


@contextmanager
def _started(command: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            _line(child)
            yield child
        finally:
            child.kill()


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def _hold(child: subprocess.Popen[str], what: str = "more") -> None:
    assert child.stdin is not None
    child.stdin.write(f"{what}\n")
    child.stdin.flush()
    assert _line(child) == "held"


async def test_what_a_python_program_holds_is_told_from_inside(tmp_path: Path) -> None:
    with agent_folder() as folder, _program(folder, tmp_path) as child:
        holder = Holder(child.pid, folder)
        await holder.begin()
        before = await holder.sample()
        _hold(child)
        after = await holder.sample()

    assert before is not None
    assert after is not None
    assert holder.traced
    assert 1 << 20 <= after[Measure.TRACED] - before[Measure.TRACED] < (1 << 20) + 100_000
    assert after[Measure.TASKS] == before[Measure.TASKS] + 1
    assert after[Measure.DESCRIPTORS] == before[Measure.DESCRIPTORS] + 1


async def test_the_line_that_grows_is_named(tmp_path: Path) -> None:
    with agent_folder() as folder, _program(folder, tmp_path) as child:
        holder = Holder(child.pid, folder)
        await holder.begin()
        await holder.remember()
        _hold(child)
        sites = await holder.grown_sites()

    assert sites[0]["site"] == f"{tmp_path / 'program.py'}:4"
    assert sites[0]["bytes"] >= 1 << 20


async def test_what_a_node_program_holds_is_told_behind_a_collection(tmp_path: Path) -> None:
    with agent_folder() as folder, _node_program(folder, tmp_path) as child:
        holder = Holder(child.pid, folder)
        await holder.begin()
        await holder.sample()  # the agent itself is compiled by then
        before = await holder.sample()
        _hold(child, "waste")
        wasted = await holder.sample()
        _hold(child)
        after = await holder.sample()

    assert before is not None
    assert wasted is not None
    assert after is not None
    assert holder.traced
    assert wasted[Measure.TRACED] - before[Measure.TRACED] < 1 << 20
    assert 2 << 20 <= after[Measure.TRACED] - wasted[Measure.TRACED] < 3 << 20
    assert after[Measure.DESCRIPTORS] == before[Measure.DESCRIPTORS]


async def test_a_node_program_with_threads_is_measured_from_outside(tmp_path: Path) -> None:
    with agent_folder() as folder, _node_program(folder, tmp_path) as child:
        holder = Holder(child.pid, folder)
        await holder.begin()
        _hold(child, "thread")
        found = await holder.sample()

    assert found is not None
    assert Measure.TRACED not in found
    assert found[Measure.UNIQUE] > 1_000_000


def test_a_node_program_keeps_its_own_options_and_ends_when_it_is_done(tmp_path: Path) -> None:
    with agent_folder() as folder:
        own = {"NODE_OPTIONS": "--max-http-header-size=12345"}
        env = environment_for({"PATH": os.environ["PATH"]}, own, agent_env(folder))
        done = subprocess.run(
            [NODE, "-p", "[require('node:http').maxHeaderSize, typeof gc]"],
            env=env,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    assert (done.stdout.strip(), done.stderr) == ("[ 12345, 'undefined' ]", "")


async def test_a_program_without_an_agent_is_measured_from_outside(tmp_path: Path) -> None:
    with agent_folder() as folder, _program(folder, tmp_path) as child:
        holder = Holder(child.pid, None)
        await holder.begin()
        found = await holder.sample()

    assert found is not None
    assert Measure.TRACED not in found
    assert found[Measure.UNIQUE] > 1_000_000


async def test_a_program_that_has_gone_has_no_sample(tmp_path: Path) -> None:
    with agent_folder() as folder, _program(folder, tmp_path) as child:
        holder = Holder(child.pid, folder)
        await holder.begin()
        child.kill()
        child.wait()

        assert await holder.sample() is None
        assert look(child.pid) is None


async def test_an_agent_that_cannot_start_is_not_noticed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with _program(tmp_path / "no such folder", tmp_path) as child:
        _hold(child)

        assert child.poll() is None
        assert capfd.readouterr().err == ""


def test_a_sitecustomize_that_was_there_before_is_run_as_well(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('mine', flush=True)\n")
    with agent_folder() as folder:
        env = environment_for({}, {"PYTHONPATH": str(tmp_path)}, agent_env(folder))
        done = subprocess.run(
            [sys.executable, "-c", "print('program')"], env=env, capture_output=True, text=True, check=True
        )

    assert done.stdout.split() == ["mine", "program"]
    assert done.stderr == ""
