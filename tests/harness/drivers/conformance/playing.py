"""Cases made for one test, and targets judged by them on lanes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.shell.playing.lane import Lane
from reports.record import CaseResult
from scenarios.case import Case, Step, Upstream


def case(name: str, *steps: Step, upstream: tuple[Upstream, ...] = (), **more: Any) -> Case:  # noqa: ANN401 - any field
    """Make a case about nothing in particular; `more` are fields of it."""
    return Case(
        id=f"test.{name}",
        promise="Something.",
        reference="none",
        focus=("no-loss",),
        steps=steps or (Step(),),
        upstream=upstream,
        **more,
    )


async def judge(
    cases: Sequence[Case],
    target: TargetFile,
    logs: Path,
    *,
    seed: int = 7,
    lanes: int = 1,
) -> dict[str, CaseResult]:
    """Judge a target by some cases, and return the results by their ids; none is told twice."""
    found: dict[str, CaseResult] = {}
    async with AsyncExitStack() as stack:
        own = [await stack.enter_async_context(Lane(target, seed=seed, logs=logs / str(at))) for at in range(lanes)]

        def take(result: CaseResult) -> None:
            assert result.id not in found
            found[result.id] = result

        settings = Conformance(seed=seed, target_spec="t.toml", redactor=Redactor(own[0].hidden), on_result=take)
        await conformance.run(cases, own, settings)
    return found
