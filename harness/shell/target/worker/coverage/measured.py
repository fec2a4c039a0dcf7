"""The coverage of a Worker in a run: what its processes have told, added up and reported.

The one rule: a Worker of which no process has ever told anything is unknown, not 0 %.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.core.target.coverage import FileCoverage, read_lcov
from harness.core.target.file import TargetFile
from harness.errors import HarnessError
from harness.shell.target.coverage import absolute
from harness.shell.target.worker.coverage.counted import Counted, modules_of_istanbul, node

_SCRIPT: Final = Path(__file__).parent / "report.cjs"
_PATIENCE_S: Final = 120.0
_SHOWN_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class WorkerCoverage:
    """Measures one Worker in a run. What is told while it runs, and the reports after it, lie in `folder`."""

    counted: Counted
    folder: Path

    @property
    def target(self) -> TargetFile:
        """The Worker that counts."""
        return replace(self.counted.target, counts_into=str(self._raw))

    @property
    def env(self) -> Mapping[str, str]:
        """What the target's environment gets besides its own: nothing. An older measurement is forgotten."""
        shutil.rmtree(self._raw, ignore_errors=True)
        self._raw.mkdir(parents=True)
        return {}

    async def collect(self) -> tuple[FileCoverage, ...]:
        """Write the reports into `folder` and return what was reached, of every file; empty when nothing was told.

        Raises:
            HarnessError: the reports cannot be made.
        """
        return await asyncio.to_thread(self._collect)

    def _collect(self) -> tuple[FileCoverage, ...]:
        counts = sorted(self._raw.glob("counts-*.json"))
        if not counts:
            return ()
        out, plan, maps = self.folder.resolve() / "worker", self._raw / "plan.json", self._raw / "maps.json"
        maps.write_bytes(self.counted.maps)
        told = {
            "modules": str(modules_of_istanbul(self.counted.root, say=lambda _: None)),
            "own": [*map(str, self.counted.own)],
            "counts": [*map(str, counts)],
            "maps": str(maps),
            "root": str(self.counted.root),
            "out": str(out),
        }
        plan.write_text(json.dumps(told), encoding="utf-8")
        self._report(plan)
        text = absolute(out / "lcov.info", self.counted.root)
        (self.folder / "coverage.lcov").write_text(text, encoding="utf-8")
        return read_lcov(text, root=str(self.counted.root))

    def _report(self, plan: Path) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - our own words and paths, no shell
                [node(), str(_SCRIPT), str(plan)], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unread(str(error)) from error
        if done.returncode:
            raise _unread(done.stderr.strip()[-_SHOWN_CHARACTERS:])

    @property
    def _raw(self) -> Path:
        return self.folder.resolve() / "raw"


def _unread(saw: str) -> HarnessError:
    return HarnessError(
        "what the Worker has counted cannot be reported",
        evidence=saw,
        next_step="remove the folder istanbul-* from edgeproof's cache (EDGEPROOF_CACHE), or omit --cov",
    )
