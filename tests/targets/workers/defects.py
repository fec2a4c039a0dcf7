"""Every way in which the Worker of this folder can be wrong, with the invariant that catches it and a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready

_FILE: Final = Path(__file__).parent / "right.toml"


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake: the invariant that catches it, and the cases that suffice."""

    invariant: str
    cases: tuple[str, ...]


DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType(
    {
        "finishes-the-broken": Defect("no-laundering", ("endings.cut-between-events-by-fin",)),
        "ends-without-a-word": Defect("break-visible", ("endings.cut-between-events-by-fin",)),
        "overlooks-errors": Defect("error-surfaced", ("endings.error-object-late",)),
        "errors-as-200": Defect("status-mapped", ("errors.internal",)),
        "everything-is-500": Defect("status-kept", ("errors.out-of-capacity",)),
        "waits-for-ever": Defect("ends-in-time", ("endings.silence-instead-of-a-head",)),
        "reads-on-alone": Defect("cancel-propagates", ("cancel.after-three-events",)),
        "keeps-what-nobody-reads": Defect("memory-bounded", ("resources.large-answer-unread",)),
        "collects-first": Defect("not-buffered", ("streaming.first-token-at-once",)),
        "loses-halves": Defect("no-loss", ("streaming.byte-by-byte",)),
        "says-stop": Defect("finish-true", ("streaming.finish-length",)),
        "ends-twice": Defect("one-terminal", ("streaming.plain",)),
        "forgets-tools": Defect("tool-calls-intact", ("json.tool-calls",)),
        "wraps-nonsense": Defect("no-laundering", ("json.page-with-status-200",)),
        "trusts-requests": Defect("request-limits", ("limits.plain-text",)),
        "turns-the-heat-up": Defect("request-true", ("requests.temperature-and-top-p",)),
        "answers-of-others": Defect("no-cross-talk", ("concurrency.twenty-whole-answers",)),
        "one-cache-for-all": Defect("cache-isolated", ("cache.callers-apart",)),
        "forgets-parameters": Defect("cache-key-complete", ("cache.key-has-temperature",)),
        "keeps-the-broken": Defect("cache-never-bad", ("cache.not-a-cut-stream",)),
        "never-expires": Defect("cache-expires", ("kv.value-too-old",)),
        "needs-its-store": Defect("kv-down-survived", ("kv.read-fails",)),
        "waits-for-its-store": Defect("kv-slow-bounded", ("kv.slow-read", "kv.read-without-an-answer")),
        "trusts-its-store": Defect("kv-corrupt-ignored", ("kv.value-cut-short",)),
    }
)
"""By the name that the variable DEFECT gives it."""


def worker(defect: str = "") -> TargetFile:
    """Return the Worker with a defect, ready to be started; without one it is right."""
    ready = made_ready(load(str(_FILE)), say=lambda _: None)
    return replace(ready, name=defect or ready.name, env={**ready.env, "DEFECT": defect})
