"""The leak suite played on a target, as `edgeproof leaks` does it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.core.target.inspected import inspected
from harness.drivers import leaks
from harness.drivers.leaks import LeakSettings
from harness.shell.playing.lane import Lane
from harness.shell.watching.agent_client import agent_env, agent_folder
from reports.record import CaseResult
from scenarios.leaks import select


async def played(
    target: TargetFile, logs: Path, *, only: str = "*", lanes: int = 2
) -> tuple[dict[str, CaseResult], Mapping[str, Any]]:
    """Play leak scenarios on a target, and return the results by the scenarios' names, and the record's section."""
    found: dict[str, CaseResult] = {}

    def note(result: CaseResult) -> None:
        found[result.id.partition(".")[2]] = result

    with agent_folder() as agents:
        async with AsyncExitStack() as stack:
            grounds = [
                await stack.enter_async_context(
                    Lane(inspected(target), seed=7, logs=logs / str(number), extra_env=agent_env(agents))
                )
                for number in range(lanes)
            ]
            settings = LeakSettings(
                seed=7,
                target_spec=target.name,
                redactor=Redactor(),
                on_result=note,
                say=lambda _: None,
                agents=agents,
                scenarios=select(only),
            )
            section = await leaks.run(grounds, settings)
    return found, section
