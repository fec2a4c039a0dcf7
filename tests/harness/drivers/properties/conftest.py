"""Searches are tested as they run: without full garbage collections of all that a test process holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.shell.watching.punctual import punctually


@pytest.fixture(scope="module", autouse=True)
def _untraced(untraced: None) -> None:
    """Trace no process that is started here."""


@pytest.fixture(autouse=True)
def _on_time() -> Iterator[None]:
    with punctually():
        yield
