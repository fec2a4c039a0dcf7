"""The pytest plugin: fixtures and markers for tests of other people's.

The one rule: a suite that uses none of it pays nothing. What a test asks for is imported then.

    @pytest.mark.leak_check(rounds=12, warmup=3, bytes_per_round=512)
    def test_parse(): ...            # run again and again; it may not leave more behind every time

    def test_pool(leak_probe):
        leak_probe.check(lambda: pool.take().give_back(), rounds=20)
"""

from __future__ import annotations

import inspect
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from edgeproof.leak_probe import LeakProbe


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    config.addinivalue_line(
        "markers",
        "leak_check(rounds=12, warmup=3, bytes_per_round=512): run the test so many times, and fail it when memory, "
        "descriptors, threads or asyncio tasks measurably grow by more than that in every round",
    )


@pytest.fixture
def leak_probe() -> LeakProbe:
    """Return what calls something over and over again, and fails the test when that leaks."""
    from edgeproof.leak_probe import LeakProbe

    return LeakProbe()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a marked test many times over instead of once."""
    marker = pyfuncitem.get_closest_marker("leak_check")
    once = pyfuncitem.obj
    if marker is None or inspect.iscoroutinefunction(once):
        return (yield)
    from edgeproof.leak_probe import LeakProbe

    def again(**arguments: Any) -> None:  # noqa: ANN401 - whatever fixtures the test has
        LeakProbe().check(lambda: once(**arguments), **marker.kwargs)

    pyfuncitem.obj = again
    try:
        return (yield)
    finally:
        pyfuncitem.obj = once
