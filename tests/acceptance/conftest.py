"""What is started here runs as at a user's: whoever measures the tests does not trace it, which would slow it down."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def _untraced(untraced: None) -> None:
    """Trace no process that is started here."""
