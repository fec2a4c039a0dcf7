"""One proxy played over every case, and what was seen of it.

The one rule: it is judged as any target is. What a busy machine left undecided is judged again with nothing beside it.
"""

from __future__ import annotations

import ctypes
import gc
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from harness.core.judging.claims import with_absent_claims
from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget
from harness.core.target.file import TargetFile
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.shell.loop import run
from harness.shell.playing.lane import Lane
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.index import BY_ID
from tests.signatures.subjects import Subject

SEED = 7
_LANES = 3
_MOST_S = 240.0
_LATE = "the harness itself was late"


def played(target: TargetFile, cases: Sequence[Case]) -> list[CaseResult]:
    """Judge a target by some cases, and return the results as a record has them."""
    results = {result.id: result for result in _judged(target, cases, lanes=min(_LANES, len(cases)))}
    late = [
        BY_ID[name] for name, each in results.items() if each.verdict is Verdict.INCONCLUSIVE and _LATE in each.cause
    ]
    if late:
        results |= {result.id: result for result in _judged(target, late, lanes=1)}
    return with_absent_claims([results[case.id] for case in cases])


def _judged(target: TargetFile, cases: Sequence[Case], *, lanes: int) -> list[CaseResult]:
    with tempfile.TemporaryDirectory(prefix="edgeproof-signature-") as logs:
        return run(_in_lanes(target, cases, Path(logs), lanes=lanes))


async def _in_lanes(target: TargetFile, cases: Sequence[Case], logs: Path, *, lanes: int) -> list[CaseResult]:
    results: list[CaseResult] = []
    async with AsyncExitStack() as stack:
        running = [Lane(target, seed=SEED, logs=logs / str(number)) for number in range(lanes)]
        for lane in running:
            await stack.enter_async_context(lane)
        settings = Conformance(
            seed=SEED,
            target_spec=target.name,
            redactor=Redactor(),
            on_result=results.append,
            budget=Budget(total_s=_MOST_S, begun_s=time.monotonic()),
        )
        await conformance.run(cases, running, settings)
    return results


class TooLateError(Exception):
    """The time is over in which another proxy may be begun."""


def timed(subject: Subject, cases: Sequence[Case], ends_s: float) -> tuple[list[CaseResult], float]:
    """Play a proxy over some cases, and return its results and how long that took, in seconds.

    Raises:
        TooLateError: `ends_s`, on the monotonic clock, is over.
    """
    begun_s = time.monotonic()
    if begun_s > ends_s:
        raise TooLateError
    try:
        return played(subject.target, cases), time.monotonic() - begun_s
    finally:
        let_go()


def let_go() -> None:
    """Give back the memory that playing has taken, or a worker grows to more than a gigabyte.

    Servers of ended lanes and what they sent stand in circles until they are collected, and collections are rare. What
    is free then the C library keeps for itself, in as many heaps as there were threads that judged.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only the GNU C library has it
    if trim is not None:
        trim(0)
