"""The Worker that comes with edgeproof, started."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.example_worker.asking import Asking, started


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Asking]:
    async with started("edgeproof.toml", tmp_path) as asking:
        yield asking


@pytest.fixture
async def passing(tmp_path: Path) -> AsyncIterator[Asking]:
    """The Worker that keeps no stream."""
    async with started("pass.toml", tmp_path) as asking:
        yield asking
