"""What stays of a Worker between its processes, and what must lie nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.playing.lane import Lane
from tests.acceptance.workers.calling import SECRET, called

pytestmark = pytest.mark.acceptance


async def test_a_durable_object_survives_a_restart_and_no_other_lane_sees_it(tmp_path: Path, lane: Lane) -> None:
    before = await called(lane, "count")
    await lane.restart()

    async with Lane(lane.target_file, seed=1, logs=tmp_path / "other") as other:
        assert (before, await called(lane, "count"), await called(other, "count")) == (1, 2, 1)


async def test_what_was_bundled_once_serves_every_start(tmp_path: Path, lane: Lane) -> None:
    for name in ("wrangler.jsonc", "calls.mjs", ".dev.vars"):
        (tmp_path / name).unlink(missing_ok=True)

    await lane.restart()

    async with Lane(lane.target_file, seed=1, logs=tmp_path / "other") as other:
        assert (await called(lane, "get"), await called(other, "get")) == (None, None)


async def test_no_secret_lies_beside_the_log(tmp_path: Path, lane: Lane) -> None:
    written = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]

    assert any(path.name == "config.capnp" for path in written)
    assert not any(SECRET.encode() in path.read_bytes() for path in written)
