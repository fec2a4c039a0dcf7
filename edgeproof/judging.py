"""`judge`: a run of edgeproof on a proxy, from a program."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from edgeproof.errors import EdgeproofError
from edgeproof.processes import Ours
from edgeproof.result import Result

_SPOKEN = (0, 1, 3, 4)
"""The exit codes behind which there is a record."""


def judge(
    target: str | os.PathLike[str],
    *,
    cases: str = "*",
    suites: str = "all",
    profile: str = "quick",
    seed: int | None = None,
    upstream_port: int | None = None,
    model: str | None = None,
    fail_on: Literal["must", "should"] = "must",
    out: str | os.PathLike[str] | None = None,
    options: tuple[str, ...] = (),
    on_start: Callable[[Ours], None] | None = None,
) -> Result:
    """Judge a proxy as `edgeproof run` does, and return what was found. It takes as long as a run: minutes, or seconds
    for some `cases` (globs, with commas). On an event loop, await `asyncio.to_thread(judge, ...)`.

    `target` is a target file, the name of a target that comes with edgeproof, or the URL of a proxy that runs already.
    Then `upstream_port` is where its upstream is, on 127.0.0.1: the mock will be there. `out` is a folder for
    the reports; without it there are none. `options` are further ones of `edgeproof run`. `on_start` gets
    the process, so that another thread can end it.

        result = judge("my-proxy.toml", cases="streaming.*,cache.*")
        assert result.ok, result

    Raises:
        EdgeproofError: when nothing could be judged: there is no such target, it does not start, a mistake in the call.
    """
    with ExitStack() as stack:
        folder = os.fspath(out) if out is not None else stack.enter_context(tempfile.TemporaryDirectory())
        given = {"--seed": seed, "--upstream-port": upstream_port, "--model": model}
        words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
        words += ["--case", cases, "--suite", suites, "--profile", profile, "--fail-on", fail_on, "--out", folder]
        where = os.fspath(target)
        named = "--url" if where.startswith(("http://", "https://")) else "--target"
        run = stack.enter_context(Ours("run", "--json", named, where, *words, *options))
        if on_start is not None:
            on_start(run)
        printed = run.rest()
        if run.exit_code not in _SPOKEN or not printed.strip():
            raise EdgeproofError(_reason(run, gone=None if out is not None else folder))
        report = Path(folder) if out is not None else None
        return Result.of(json.loads(printed), exit_code=run.exit_code, report=report)


def _reason(run: Ours, *, gone: str | None) -> str:
    """Return what a run said as it broke off, without lines that name a file in a folder which is gone."""
    lines = f"\n{run.said()}".rpartition("\nedgeproof: ")[2].strip().splitlines()
    return "\n".join(line for line in lines if not (gone and gone in line)) or f"the run ended with {run.exit_code}"
