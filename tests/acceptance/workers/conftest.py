"""A lane whose target is the Worker that makes calls of bindings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.shell.playing.lane import Lane
from tests.acceptance.workers.calling import calling


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    async with Lane(calling(tmp_path), seed=1, logs=tmp_path / "logs") as lane:
        yield lane
