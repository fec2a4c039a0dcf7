"""Finds leaks in other people's tests: calls something again and again, and says what grows with it.

The one rule: a suite that does not ask for it pays nothing. Nothing is imported or traced before a test needs it, and
whether numbers grow is judged in a process of ours.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import tracemalloc

ROUNDS: Final = 12
WARM_UP: Final = 3
BYTES_PER_ROUND: Final = 512.0
FEWEST_ROUNDS: Final = 6
"""With fewer than these, growth cannot be told from noise."""
_MOST_SITES: Final = 5
_OPEN: Final = ("/proc/self/fd", "/dev/fd")
"""Where Linux and macOS list a process's own descriptors."""
_JUDGE: Final = "harness.shell.watching.growth_judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How one thing that a process holds has developed. `text` says by how much a round, with its bounds."""

    measure: str
    state: str
    text: str

    @property
    def leaks(self) -> bool:
        """Whether it measurably grew in every round."""
        return self.state == "leak" and bool(self.text)


class LeakProbe:
    """Calls something over and over again, and says what grows with it."""

    def measure(
        self,
        action: Callable[[], object],
        *,
        rounds: int = ROUNDS,
        warmup: int = WARM_UP,
        bytes_per_round: float = BYTES_PER_ROUND,
    ) -> tuple[list[Growth], list[str]]:
        """Return how each measure grows per round, and the lines of code that grew most.

        Raises:
            ValueError: when there are too few rounds to tell growth from noise.
        """
        with closing(_Measuring(rounds, warmup, bytes_per_round)) as measuring:
            for _ in measuring:
                action()
        return measuring.grown, measuring.sites

    def check(
        self,
        action: Callable[[], object],
        *,
        rounds: int = ROUNDS,
        warmup: int = WARM_UP,
        bytes_per_round: float = BYTES_PER_ROUND,
    ) -> None:
        """Fail the test when anything measurably grows in every round; caches that fill and stop are no leak."""
        with closing(_Measuring(rounds, warmup, bytes_per_round)) as measuring:
            for _ in measuring:
                action()
        measuring.judge()

    async def acheck(
        self,
        action: Callable[[], Awaitable[object]],
        *,
        rounds: int = ROUNDS,
        warmup: int = WARM_UP,
        bytes_per_round: float = BYTES_PER_ROUND,
    ) -> None:
        """Do the same with what has to be awaited, on the loop that this is awaited on."""
        with closing(_Measuring(rounds, warmup, bytes_per_round)) as measuring:
            for _ in measuring:
                await action()
        measuring.judge()


class _Measuring:
    """Says when to call once more, as an iterator; what grew is there when it has come to its end."""

    def __init__(self, rounds: int, warmup: int, bytes_per_round: float) -> None:
        self.grown: list[Growth] = []
        self.sites: list[str] = []
        self._rounds = rounds
        self._moments = self._measure(rounds, warmup, bytes_per_round)

    def __iter__(self) -> Iterator[None]:
        return self._moments

    def close(self) -> None:
        self._moments.close()

    def judge(self) -> None:
        import pytest

        if told := [each.text for each in self.grown if each.leaks]:
            pytest.fail("\n  ".join([f"leaks {', '.join(told)} in {self._rounds} rounds", *self.sites]), pytrace=False)

    def _measure(self, rounds: int, warmup: int, bytes_per_round: float) -> Generator[None, None, None]:
        import tracemalloc

        from edgeproof.processes import answer_of

        if rounds < FEWEST_ROUNDS:
            raise ValueError(f"rounds={rounds} cannot tell growth from noise; give {FEWEST_ROUNDS} or more")
        _holdings()  # what it has to import is no growth of anybody's
        started = not tracemalloc.is_tracing()
        if started:
            tracemalloc.start()
        try:
            for _ in range(warmup):
                yield
            before = tracemalloc.take_snapshot()
            samples = [_holdings()]
            for _ in range(rounds):
                yield
                samples.append(_holdings())
            after = tracemalloc.take_snapshot()
        finally:
            if started:
                tracemalloc.stop()
        grown: Any = answer_of(_JUDGE, {"samples": samples, "bytes_per_round": bytes_per_round})
        self.grown, self.sites = [Growth(**each) for each in grown], _sites(before, after)


def _holdings() -> dict[str, int]:
    import tracemalloc

    gc.collect()
    return {
        "descriptors": _descriptors(),
        "threads": threading.active_count(),
        "tasks": _pending_tasks(),
        "traced_bytes": tracemalloc.get_traced_memory()[0],
    }


def _descriptors() -> int:
    """Count what this process has open, as CPython's own tests do; 0 where the system does not list it."""
    for folder in _OPEN:
        with suppress(OSError):
            return sum(1 for _ in Path(folder).iterdir()) - 1  # listing it opens one
    return 0


def _pending_tasks() -> int:
    kind = getattr(sys.modules.get("asyncio"), "Task", None)
    if kind is None:
        return 0
    # by its type alone: asking an object for its class may run code of the program
    return sum(1 for each in gc.get_objects() if issubclass(type(each), kind) and not each.done())


def _sites(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> list[str]:
    ours = (__file__, "tracemalloc.py")
    grown = [
        change
        for change in after.compare_to(before, "lineno")
        if change.size_diff > 0 and not change.traceback[0].filename.endswith(ours)
    ]
    return [
        f"{change.traceback[0].filename}:{change.traceback[0].lineno} grew by {change.size_diff} bytes"
        for change in grown[:_MOST_SITES]
    ]
