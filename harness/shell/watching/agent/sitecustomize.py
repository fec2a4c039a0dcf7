"""The agent: runs inside a Python target from its start, and answers what the program holds.

The one rule: the target must behave as it would without it. Nothing of edgeproof is imported, nothing is written, an
agent that cannot start is silent, and a `sitecustomize` that was there before runs as before.

With `EDGEPROOF_AGENT_DIR` set, every Python process listens at `<pid>.sock` in that folder. One line of JSON is asked
and one is answered: `start` begins to trace, `sample` counts, `baseline` begins anew with the callers of every
allocation (which is slow), `grown` names the lines whose memory grew since then, `stop` ends tracing.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    import tracemalloc

_FOLDER = "EDGEPROOF_AGENT_DIR"
_FRAMES = 16
"""How far the callers of an allocation are kept, so that a line of the program is named and not one of a library."""
_MOST_SITES = 8
_LOOPS = ("asyncio/events.py", "asyncio/runners.py", "uvloop/__init__.py")
"""What calls a program's callbacks."""


class Agent:
    """Answers on one socket, one connection after the other."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._baseline: tracemalloc.Snapshot | None = None
        self._started_tracing = False

    def listen(self) -> None:
        """Open the socket, and answer on a thread of its own for as long as the process lives."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)  # noqa: PTH108 - pathlib is not loaded into every target
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(self._path)
        server.listen(4)
        threading.Thread(target=self._serve, args=(server,), name="edgeproof-agent", daemon=True).start()

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, contextlib.suppress(Exception):  # whatever it is, it is not the target's concern
                connection.settimeout(10.0)
                with connection.makefile("rwb") as lines:
                    for line in lines:
                        lines.write(json.dumps(self.answer(json.loads(line))).encode() + b"\n")
                        lines.flush()

    def answer(self, question: object) -> object:
        """Answer one question."""
        match question:
            case "start":
                return self._trace(1)
            case "baseline":
                return self._take_baseline()
            case "sample":
                return self._sample()
            case "grown":
                return self._grown()
            case "stop":
                return self._stop()
            case _:
                return None

    def _trace(self, frames: int) -> bool:
        """Trace with so many frames each; a program that traces itself is left alone and cannot be traced."""
        import tracemalloc

        if tracemalloc.is_tracing() and not self._started_tracing:
            return False
        tracemalloc.stop()
        tracemalloc.start(frames)
        self._started_tracing = True
        return True

    def _take_baseline(self) -> bool:
        import tracemalloc

        if not self._trace(_FRAMES):
            return False
        gc.collect()
        self._baseline = tracemalloc.take_snapshot()
        return True

    def _sample(self) -> object:
        import tracemalloc

        gc.collect()
        traced = tracemalloc.get_traced_memory()[0] if self._started_tracing else None
        return {"traced_bytes": traced, "tasks": pending_tasks()}

    def _grown(self) -> object:
        import tracemalloc

        if self._baseline is None:
            return []
        gc.collect()
        return grown_sites(self._baseline, tracemalloc.take_snapshot())

    def _stop(self) -> object:
        import tracemalloc

        self._baseline = None
        if self._started_tracing:
            tracemalloc.stop()
            self._started_tracing = False
        return True


def pending_tasks() -> int | None:
    """Return how many asyncio tasks are not done, on all loops; None where asyncio is not in use."""
    asyncio = sys.modules.get("asyncio")
    kind = getattr(asyncio, "Task", None)
    if kind is None:
        return None
    # by its type alone: asking an object for its class may run code of the program
    return sum(1 for each in gc.get_objects() if issubclass(type(each), kind) and not each.done())


def grown_sites(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> list[dict[str, object]]:
    """Return the lines whose memory grew most between two snapshots, each with its bytes and its number of blocks."""
    sites: dict[str, list[int]] = {}
    for change in after.compare_to(before, "traceback"):
        if not change.size_diff:
            continue
        site = _site(change.traceback)
        if site is not None:
            entry = sites.setdefault(site, [0, 0])
            entry[0] += change.size_diff
            entry[1] += change.count_diff
    grown = sorted(((size, blocks, site) for site, (size, blocks) in sites.items() if size > 0), reverse=True)
    return [{"site": site, "bytes": size, "blocks": blocks} for size, blocks, site in grown[:_MOST_SITES]]


def _site(traceback: tracemalloc.Traceback) -> str | None:
    """Return the innermost line of the program's own, or of any code where none is; None for the tracing itself."""
    frames = list(traceback)[::-1]  # the innermost first
    if any(frame.filename == __file__ or frame.filename.endswith("tracemalloc.py") for frame in frames[:2]):
        return None
    named = frames[0]
    for frame in frames:
        if frame.filename.endswith(_LOOPS):  # beyond it is only whoever started the loop
            break
        if not _is_library(frame.filename):
            named = frame
            break
    return f"{named.filename}:{named.lineno}"


def _is_library(filename: str) -> bool:
    standard = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib is not loaded into every target
    return filename.startswith(("<", standard)) or "site-packages" in filename or "dist-packages" in filename


def _begin() -> None:
    folder = os.environ.get(_FOLDER)
    if not folder:
        return
    with contextlib.suppress(Exception):  # no such folder, no unix sockets, no threads: then there is no agent
        Agent(os.path.join(folder, f"{os.getpid()}.sock")).listen()  # noqa: PTH118 - see above


def _run_next(ran: set[str]) -> None:
    """Run the `sitecustomize` behind this one that has not been run; it may do the same and come by here again."""
    import importlib.machinery
    import importlib.util

    rest = [path for path in sys.path if os.path.abspath(path or ".") not in ran]  # noqa: PTH100 - see above
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None and spec.origin is not None:
        ran.add(os.path.dirname(os.path.abspath(spec.origin)))  # noqa: PTH100, PTH120 - see above
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def _once() -> set[str]:
    """Begin if that has not been done in this process; return the folders whose `sitecustomize` has been run."""
    ran: set[str] | None = getattr(sys, "_edgeproof_agent_ran", None)
    if ran is None:
        ran = {os.path.dirname(os.path.abspath(__file__))}  # noqa: PTH100, PTH120 - see above
        sys._edgeproof_agent_ran = ran  # type: ignore[attr-defined]  # noqa: SLF001 - modules of this name come and go
        _begin()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_begin)
    return ran


if __name__ == "sitecustomize":
    _run_next(_once())
