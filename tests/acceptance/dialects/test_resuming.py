"""The AI SDK's own transport comes back to an answer of the chat service that it has left."""

from __future__ import annotations

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.dialects.installed import PATIENCE_S, installed
from tests.harness.reference_proxy.chat.service import ANN, service
from tests.harness.reference_proxy.stage import DONE, USAGE, Connection, Upstream, piece

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(PATIENCE_S + 120)]


async def test_the_ai_sdk_reads_on_what_it_has_left_and_is_told_where_nothing_runs(tmp_path: Path) -> None:
    may_end = asyncio.Event()

    async def held(connection: Connection) -> None:
        await connection.start_stream()
        await connection.event(piece("Hel"))
        await may_end.wait()
        for event in (piece("lo"), piece("", finish="stop"), {**piece(""), "choices": [], "usage": USAGE}, DONE):
            await connection.event(event)
        await connection.end()

    shutil.copy(Path(__file__).parent / "resuming.mjs", tmp_path)
    (tmp_path / "node_modules").symlink_to(installed())
    upstream = Upstream(held)
    await upstream.start()
    try:
        async with service(f"sqlite:///{tmp_path}/chat.db", upstream.url, chat_resume_s=3600) as on:
            node = await asyncio.create_subprocess_exec(
                "node", tmp_path / "resuming.mjs", on.url, ANN, stdin=PIPE, stdout=PIPE, stderr=PIPE
            )
            left, joined = await _told(node), await _told(node)
            may_end.set()
            assert node.stdin is not None
            node.stdin.write(b"\n")
            read, over = await _told(node), await _told(node)
            await node.wait()
            kept = await on.ann.get(f"/api/v1/chat/{left['chatId']}", order="asc")
    finally:
        await upstream.stop()

    assert (left["text"], joined["there"]) == ("Hel", True)
    assert (read["text"], read["usage"], over["there"]) == ("Hello", 5, False)
    assert [(each["id"], each["status"]) for each in kept["messages"]][1] == (read["id"], "complete")
    assert len(upstream.seen) == 1


async def _told(node: asyncio.subprocess.Process) -> dict[str, Any]:
    assert node.stdout is not None
    assert node.stderr is not None
    line = await node.stdout.readline()
    if not line:
        raise AssertionError((await node.stderr.read()).decode())
    step: dict[str, Any] = json.loads(line)
    return step
