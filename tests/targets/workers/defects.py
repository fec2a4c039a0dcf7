"""Every way in which the Worker of this folder can be wrong, with the invariant that catches it and a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from harness.shell.target.worker.ready import made_ready

_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake: the invariant that catches it, and the cases that suffice.

    `store` is where a Worker without Workers KV keeps its answers, `cache` or `r2`; empty for one that has Workers KV.
    """

    invariant: str
    cases: tuple[str, ...]
    store: str = ""
    says: str = ""
    """What the variable DEFECT says, where that is not the name."""


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
        "needs-its-writes": Defect("kv-down-survived", ("kv.write-rate-limited",)),
        "waits-for-its-writes": Defect("kv-slow-bounded", ("kv.write-without-an-answer",)),
        "leaves-its-writes": Defect("cache-hit-equal", ("kv.answers-a-new-process",)),
        "keeps-for-a-second": Defect("kv-down-survived", ("kv.key-too-long",)),
        "names-by-what-was-asked": Defect("kv-down-survived", ("kv.key-too-long",)),
        "counts-under-one-key": Defect("kv-writes-spaced", ("kv.no-key-twice-a-second",)),
        "asks-for-the-last": Defect("no-cross-talk", ("concurrency.twenty-whole-answers",)),
        "takes-the-last-caller": Defect("cache-isolated", ("cache.callers-at-once",)),
        "names-the-last": Defect("no-cross-talk", ("requests.names-of-their-own",)),
        "says-what-was-thrown": Defect("internals-hidden", ("bindings.errors-in-its-own-words",)),
        "needs-its-cache": Defect(
            "binding-down-survived", ("bindings.cache-read-fails",), store="cache", says="needs-its-store"
        ),
        "waits-for-its-cache": Defect(
            "binding-slow-bounded",
            ("bindings.cache-read-without-an-answer",),
            store="cache",
            says="waits-for-its-store",
        ),
        "trusts-its-cache": Defect(
            "binding-down-survived", ("bindings.cache-gives-a-page",), store="cache", says="trusts-its-store"
        ),
        "waits-for-its-cache-to-write": Defect(
            "binding-slow-bounded",
            ("bindings.cache-write-without-an-answer",),
            store="cache",
            says="waits-for-its-writes",
        ),
        "keeps-what-was-posted": Defect("binding-down-survived", ("bindings.nothing-in-the-way",), store="cache"),
        "keeps-a-range": Defect("binding-down-survived", ("bindings.nothing-in-the-way",), store="cache"),
        "keeps-what-varies": Defect("binding-down-survived", ("bindings.nothing-in-the-way",), store="cache"),
        "needs-its-bucket": Defect(
            "binding-down-survived", ("bindings.r2-read-fails",), store="r2", says="needs-its-store"
        ),
        "waits-for-its-bucket": Defect(
            "binding-slow-bounded", ("bindings.r2-read-without-an-answer",), store="r2", says="waits-for-its-store"
        ),
        "trusts-its-bucket": Defect(
            "binding-down-survived", ("bindings.r2-gives-half",), store="r2", says="trusts-its-store"
        ),
        "needs-its-bucket-to-write": Defect(
            "binding-down-survived", ("bindings.r2-write-rate-limited",), store="r2", says="needs-its-writes"
        ),
        "needs-its-queue": Defect("binding-down-survived", ("bindings.queue-fails",), store="cache"),
        "waits-for-its-queue": Defect("binding-slow-bounded", ("bindings.queue-without-an-answer",), store="cache"),
        "remembers-in-memory": Defect("binding-down-survived", ("bindings.evicted-in-a-conversation",), store="cache"),
    }
)
"""By the name that the variable DEFECT gives it."""

LEAKING: Final = "remembers-everyone"
"""A Worker that only the leak suite can catch: it keeps a kibibyte of every request."""


def worker(defect: str = "") -> TargetFile:
    """Return the Worker with a defect, ready to be started; without one it is right."""
    if defect in ("", LEAKING):
        return _made("right.toml", defect or "right-worker", DEFECT=defect)
    found = DEFECTS[defect]
    says = found.says or defect
    if not found.store:
        return _made("right.toml", defect, DEFECT=says)
    return _made("right-bound.toml", defect, DEFECT=says, STORE=found.store)


def bound(store: str) -> TargetFile:
    """Return the right Worker that keeps its answers in the Cache API (`cache`) or in a bucket (`r2`)."""
    return _made("right-bound.toml", f"right-{store}-worker", DEFECT="", STORE=store)


@cache
def _ready(file: str) -> TargetFile:
    """Bundle it once, whatever it is to get wrong: what that is says a variable."""
    return made_ready(load(str(_HERE / file)), say=lambda _: None)


def _made(file: str, name: str, **env: str) -> TargetFile:
    ready = _ready(file)
    return replace(ready, name=name, env={**ready.env, **env})
