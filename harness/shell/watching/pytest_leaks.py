"""A pytest plugin that finds leaks in other people's tests: a marker and a fixture on tracemalloc.

The one rule: a suite that uses neither pays nothing. Everything is imported, and traced, only where a test asks for it.

    @pytest.mark.leak_check(rounds=12, warmup=3, bytes_per_round=512)
    def test_parse(): ...            # run again and again; it may not leave more behind every time

    def test_pool(leak_probe):
        leak_probe.check(lambda: pool.take().give_back(), rounds=20)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import tracemalloc

    from harness.core.leaks.leak import Growth

_ROUNDS, _WARM_UP, _BYTES = 12, 3, 512
_MOST_SITES = 5


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        f"leak_check(rounds={_ROUNDS}, warmup={_WARM_UP}, bytes_per_round={_BYTES}): run the test so many times, and "
        "fail it when memory, descriptors, threads or asyncio tasks measurably grow by more than that in every round",
    )


class LeakProbe:
    """Calls something over and over again, and says what grows with it."""

    def measure(
        self,
        action: Callable[[], object],
        *,
        rounds: int = _ROUNDS,
        warmup: int = _WARM_UP,
        bytes_per_round: float = _BYTES,
    ) -> tuple[list[Growth], list[str]]:
        """Return how each measure grows per round, and the lines of code that grew most.

        Raises:
            ValueError: when there are too few rounds to tell growth from noise.
        """
        import tracemalloc

        from harness.core.leaks.leak import Limits, RoundSample, growth
        from harness.core.statistics.slope import fewest_points

        if rounds < fewest_points() - 1:
            raise ValueError(f"rounds={rounds} cannot tell growth from noise; give {fewest_points() - 1} or more")
        _holdings()  # what it has to import is no growth of anybody's
        started = not tracemalloc.is_tracing()
        if started:
            tracemalloc.start()
        try:
            for _ in range(warmup):
                action()
            before = tracemalloc.take_snapshot()
            samples = [RoundSample(requests=0, holdings=_holdings())]
            for number in range(1, rounds + 1):
                action()
                samples.append(RoundSample(requests=number, holdings=_holdings()))
            after = tracemalloc.take_snapshot()
        finally:
            if started:
                tracemalloc.stop()
        limits = Limits(least_bytes=bytes_per_round, resolution_bytes=float("inf"))
        return [growth(samples, each, limits) for each in samples[0].holdings], _sites(before, after)

    def check(
        self,
        action: Callable[[], object],
        *,
        rounds: int = _ROUNDS,
        warmup: int = _WARM_UP,
        bytes_per_round: float = _BYTES,
    ) -> None:
        """Fail the test when anything measurably grows in every round; caches that fill and stop are no leak."""
        from harness.core.leaks.leak import State

        grown, sites = self.measure(action, rounds=rounds, warmup=warmup, bytes_per_round=bytes_per_round)
        leaks = [each for each in grown if each.state is State.LEAK and each.slope]
        if leaks:
            told = [
                f"{each.text} a round (between {each.measure.amount(each.slope.low)} and "
                f"{each.measure.amount(each.slope.high)})"
                for each in leaks
                if each.slope
            ]
            pytest.fail("\n  ".join([f"leaks {', '.join(told)} in {rounds} rounds", *sites]), pytrace=False)


def _holdings() -> dict[Any, int]:
    import gc
    import threading
    import tracemalloc

    import psutil

    from harness.core.leaks.leak import Measure
    from harness.shell.watching.agent.sitecustomize import pending_tasks

    gc.collect()
    process = psutil.Process()
    descriptors = process.num_fds() if hasattr(process, "num_fds") else 0
    return {
        Measure.DESCRIPTORS: descriptors,
        Measure.THREADS: threading.active_count(),
        Measure.TASKS: pending_tasks() or 0,
        Measure.TRACED: tracemalloc.get_traced_memory()[0],
    }


def _sites(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> list[str]:
    ours = {__file__, "tracemalloc.py"}
    grown = [
        change
        for change in after.compare_to(before, "lineno")
        if change.size_diff > 0 and not change.traceback[0].filename.endswith(tuple(ours))
    ]
    return [
        f"{change.traceback[0].filename}:{change.traceback[0].lineno} grew by {change.size_diff} bytes"
        for change in grown[:_MOST_SITES]
    ]


@pytest.fixture
def leak_probe() -> LeakProbe:
    """Return what calls something over and over again, and fails the test when that leaks."""
    return LeakProbe()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run a marked test many times over instead of once."""
    marker = pyfuncitem.get_closest_marker("leak_check")
    once = pyfuncitem.obj
    if marker is None or inspect.iscoroutinefunction(once):
        return (yield)

    def again(**arguments: Any) -> None:  # noqa: ANN401 - whatever fixtures the test has
        LeakProbe().check(lambda: once(**arguments), **marker.kwargs)

    pyfuncitem.obj = again
    try:
        return (yield)
    finally:
        pyfuncitem.obj = once
