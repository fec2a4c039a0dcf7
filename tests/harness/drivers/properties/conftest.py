"""Searches are tested as they run: without full garbage collections of all that a test process holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.shell.watching.punctual import punctually


@pytest.fixture(autouse=True)
def _on_time() -> Iterator[None]:
    with punctually():
        yield
