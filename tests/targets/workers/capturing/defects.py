"""Every way in which the Worker of this folder can be wrong, with the invariant that catches it and a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready
from tests.targets.workers.defects import Defect

_FILE: Final = Path(__file__).parent / "right.toml"

DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType(
    {
        "reads-a-copy-first": Defect("not-buffered", ("streaming.first-token-at-once",)),
        "puts-before-it-sends": Defect("not-buffered", ("streaming.first-token-at-once",)),
        "collects-before-it-sends": Defect("not-buffered", ("streaming.first-token-at-once",)),
        "reads-a-copy-to-its-end": Defect("cancel-propagates", ("cancel.after-three-events",)),
        "keeps-what-broke": Defect("cache-never-bad", ("cache.not-a-cut-stream",)),
        "keeps-what-was-left": Defect("cache-never-bad", ("cache.not-the-part-that-its-client-took",)),
        "keeps-what-failed": Defect("cache-never-bad", ("cache.not-an-error-inside-a-stream",)),
        "hands-over-a-function": Defect("cache-hit-equal", ("cache.stream-then-stream",)),
        "forgets-the-form": Defect("valid-framing", ("cache.stream-then-stream",)),
        "one-capture-for-both-forms": Defect("cache-stream-form", ("cache.stream-then-json",)),
        "one-capture-for-all": Defect("cache-isolated", ("cache.callers-apart-for-streams",)),
    }
)
"""By the name that the variable DEFECT gives it."""


def worker(defect: str = "") -> TargetFile:
    """Return the Worker with a defect, ready to be started; without one it is right."""
    ready = made_ready(load(str(_FILE)), say=lambda _: None)
    return replace(ready, name=defect or ready.name, env={**ready.env, "DEFECT": defect})
