"""A comparison performed: progress told, signals heeded, what was found returned.

The one rule: what was found before a signal is told; what was not asked any more is told as that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from harness import __version__
from harness.cli.output import tell
from harness.cli.stopping import Stopping
from harness.core.drift.outcome import Compared, FailOn, Outcome, Sides
from harness.core.observed.hidden.credentials import secrets_of
from harness.core.observed.redact import Redactor
from harness.drivers import drift
from harness.drivers.drift import Settings
from harness.shell.loop import run as run_loop


def perform(settings: Settings, *, fail_on: FailOn, before: Mapping[str, Sides]) -> Outcome:
    """Ask both sides and return what came of it, also when a signal stops it.

    Raises:
        HarnessError: the upstream cannot be asked at all.
    """
    compared: list[Compared] = []
    stopping = Stopping(lambda name: tell(f"{name}: no more questions"))

    def hear(found: Compared) -> None:
        compared.append(found)
        drifted = sum(each.key not in found.known for each in found.differences)
        told = found.why_not and "not compared"
        told = told or ("same form" if not drifted else "1 difference" if drifted == 1 else f"{drifted} differences")
        tell(f"  {found.id}: {told}")

    async def asked() -> None:
        redactor = Redactor([settings.token, *secrets_of(os.environ)])
        with stopping.cancelling_this_task():
            await drift.run(settings, redactor=redactor, hear=hear)

    with stopping.instead_of_dying():
        try:
            run_loop(asked())
        except asyncio.CancelledError:
            over = {each.id for each in compared}
            why = f"{stopping.signal_name} came first"
            compared += [Compared(id=each.id, why_not=why) for each in settings.questions if each.id not in over]
    return Outcome(
        version=__version__,
        upstream=settings.root,
        model=settings.model,
        compared=tuple(compared),
        fail_on=fail_on,
        before=before,
    )
