"""The programs that a Worker needs: workerd, which runs it, and esbuild, which bundles it.

The one rule: the project's own version is taken where it has one. Else a pinned one is installed by npm, once, into
edgeproof's own cache folder, whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.core.observed.redact import Redactor
from harness.errors import TargetError

_PATIENCE_S: Final = 300.0
_MACHINES: Final = {"x86_64": "64", "amd64": "64", "aarch64": "arm64", "arm64": "arm64"}
_SHOWN_LINES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program: its package and version on npm, and where its binary lies below `node_modules`."""

    name: str
    version: str
    binary: str
    """With `{system}` and `{machine}` in it, as the package spells them."""
    machine_64: str
    beside: tuple[str, ...] = ()
    """Packages with their versions that are installed with it."""
    own: bool = True
    """Whether a project's own is as good."""

    @property
    def path(self) -> str:
        """Where the binary for this machine lies, below `node_modules`."""
        found = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
        machine = self.machine_64 if found == "64" else found
        return self.binary.format(system=platform.system().lower(), machine=machine)


WORKERD: Final = Tool(
    name="workerd",
    version="1.20261117.1",
    binary="@cloudflare/workerd-{system}-{machine}/bin/workerd",
    machine_64="64",
)
ESBUILD: Final = Tool(
    name="esbuild", version="0.28.2", binary="@esbuild/{system}-{machine}/bin/esbuild", machine_64="x64"
)
ISTANBUL: Final = Tool(
    name="istanbul-lib-instrument",
    version="6.0.3",
    binary="istanbul-lib-instrument/src/index.js",
    machine_64="64",
    beside=(
        "istanbul-lib-coverage@3.2.2",
        "istanbul-lib-report@3.0.1",
        "istanbul-lib-source-maps@5.0.6",
        "istanbul-reports@3.2.0",
    ),
    own=False,  # its parts have to fit one another
)
"""No program, but what Node.js needs to instrument code and to report what it counted."""


def find(tool: Tool, start: Path) -> Path | None:
    """Return the binary that a folder's project has, or the one in the cache; None when neither is there."""
    places = (*(_of_project(tool, start) if tool.own else ()), _cached(tool))
    return next((path for path in places if path.is_file()), None)


def provide(tool: Tool, start: Path, *, say: Callable[[str], None]) -> Path:
    """Return the binary; install it if it is nowhere, and say so first.

    Raises:
        TargetError: when it cannot be installed.
    """
    found = find(tool, start)
    return found if found is not None else _install(tool, say=say)


def cache_folder() -> Path:
    """Return where tools are kept: `EDGEPROOF_CACHE`, or a folder in the user's cache (XDG base directories)."""
    told = os.environ.get("EDGEPROOF_CACHE")
    if told:
        return Path(told)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "edgeproof"


def _of_project(tool: Tool, start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        modules = folder / "node_modules"
        yield modules / tool.path
        # pnpm keeps what a package depends on beside it, in a folder of the package's own.
        yield from sorted(
            modules.glob(f".pnpm/{tool.path.split('/bin/')[0].replace('/', '+')}@*/node_modules/{tool.path}")
        )


def _cached(tool: Tool) -> Path:
    return _folder(tool) / "node_modules" / tool.path


def _folder(tool: Tool) -> Path:
    return cache_folder() / f"{tool.name}-{tool.version}"


def _install(tool: Tool, *, say: Callable[[str], None]) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise TargetError(
            f"a Worker needs {tool.name}, which is not installed",
            evidence="there is no npm to install it with",
            next_step=f"install Node.js with npm, or run `npm install {tool.name}` in the Worker's project elsewhere",
        )
    package = f"{tool.name}@{tool.version}"
    say(f"installing {package} with npm, once, into {cache_folder()}")
    final = _folder(tool)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{tool.name}-", dir=final.parent))
    except OSError as error:
        raise TargetError(
            f"{tool.name} cannot be installed into {final.parent}",
            evidence=error.strerror or str(error),
            next_step="set EDGEPROOF_CACHE to a writable folder",
        ) from error
    try:
        _npm(
            [
                npm,
                "install",
                "--no-save",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
                str(fresh),
                package,
                *tool.beside,
            ],
            package,
        )
        if not (fresh / "node_modules" / tool.path).is_file():
            raise TargetError(f"{package} has no program for this machine", evidence=f"{tool.path} is not in it")
        with contextlib.suppress(OSError):  # another run has been quicker
            fresh.rename(final)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return _cached(tool)


def _npm(command: list[str], package: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False)  # noqa: S603 - our own words
    except subprocess.TimeoutExpired:
        raise TargetError(
            f"npm did not install {package} within {_PATIENCE_S:g} s",
            next_step="check that its registry can be reached",
        ) from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()][:_SHOWN_LINES]
        raise TargetError(
            f"npm could not install {package}",
            evidence="\n".join(Redactor().text(line) for line in lines),
            next_step="check that its registry can be reached; it is needed at first use only",
        )
