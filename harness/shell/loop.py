"""Starts an event loop: uvloop where there is one, asyncio elsewhere.

The one rule: everything in the shell runs on both, so nothing may rely on what only one of them promises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop of its own and return what it returns."""
    try:
        import uvloop
    except ImportError:  # there is no uvloop for Windows
        return asyncio.run(main)
    return uvloop.run(main)
