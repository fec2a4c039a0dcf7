"""A target that is a Worker made into one that is started by a command, as every other target is.

The one rule: whatever is wrong with the Worker's files is told here, before anything starts.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.core.observed.hidden.credentials import secrets_of
from harness.core.target.file import TargetFile
from harness.core.target.worker.config import COUNTERS, DISK, SOCKET, configuration, services
from harness.core.target.worker.reader import read
from harness.core.target.worker.wrangler import Wrangler
from harness.errors import UsageError
from harness.shell.target.worker.bundle import Bundle, bundle, is_bundled
from harness.shell.target.worker.dev_vars import dev_vars
from harness.shell.target.worker.migrations import databases
from harness.shell.target.worker.tools import ESBUILD, WORKERD, find, provide

_FOLDER: Final = "worker"
_CONFIG: Final = "config.capnp"


def made_ready(target: TargetFile, *, say: Callable[[str], None]) -> TargetFile:
    """Return a target that can be started: a Worker gets its bundle and the command of workerd, any other is as it was.

    `say` is told what takes time, and what the Worker has to live without.

    Raises:
        UsageError: the wrangler file or a migration of D1 cannot be used, or the Worker does not compile.
        TargetError: a program is missing and cannot be installed.
    """
    if target.worker is None:
        return target
    worker, folder = described(target, target.worker)
    for each in worker.left_out:
        say(f"{target.worker}: {each}")
    workerd = provide(WORKERD, folder, say=say)
    return started_by(workerd, target, worker, folder, bundle(worker, folder, file=target.worker, say=say))


def described(target: TargetFile, file: str) -> tuple[Wrangler, Path]:
    """Return the Worker that a target's wrangler file describes, and the folder of that file.

    Raises:
        UsageError: when the file cannot be used.
    """
    path = Path(target.here or ".") / file
    return wrangler_file(path, environment=target.worker_env), path.parent


def started_by(
    workerd: Path, target: TargetFile, worker: Wrangler, folder: Path, built: Bundle, *, counted: bool = False
) -> TargetFile:
    """Return the target as workerd starts it with a bundle; `counted` says that the bundle counts what it runs."""
    own = dev_vars(folder, target.worker_env)
    env = {**{name: _meant(value) for name, value in own.items()}, **target.env}
    text = configuration(worker, built.modules, from_environment=env, counted=counted)
    files = (*built.files, (_CONFIG, text.encode()))
    return replace(
        target,
        env=env,
        databases=databases(worker, folder),
        secrets=secrets_of(own),
        command=_command(worker, _meant(str(workerd)), counted=counted),
        laid_out=tuple((f"{_FOLDER}/{name}", data) for name, data in files),
    )


def folder_of(target: TargetFile) -> Path:
    """Return the folder of the Worker's wrangler file."""
    return (Path(target.here or ".") / (target.worker or "")).parent


def needs_of(target: TargetFile) -> list[str]:
    """Say what is missing before a Worker can be started; nothing is started or installed to find out."""
    if target.worker is None:
        return []
    folder = folder_of(target)
    try:
        worker = wrangler_file(folder / Path(target.worker).name, environment=target.worker_env)
        dev_vars(folder, target.worker_env)
        bundles = is_bundled(worker, folder, file=target.worker)
    except UsageError as error:
        return [str(error)]
    tools = (WORKERD, *((ESBUILD,) if bundles else ()))
    absent = [tool.name for tool in tools if find(tool, folder) is None]
    if not absent or shutil.which("npm"):
        return []
    return [
        f"{name} is not here, and there is no npm to install it with; install Node.js with npm, or run "
        f"`npm install {name}` in the Worker's project elsewhere"
        for name in absent
    ]


def wrangler_file(path: Path, *, environment: str | None) -> Wrangler:
    """Return the Worker that a wrangler file describes.

    Raises:
        UsageError: when it is not there, or cannot be used.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"the wrangler file {path} cannot be read",
            evidence=error.strerror or str(error),
            next_step="name the Worker's wrangler.toml or wrangler.jsonc; target.worker is relative to the target file",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", evidence=str(error), next_step="name a wrangler file") from error
    return read(text, file=str(path), environment=environment)


def _command(worker: Wrangler, workerd: str, *, counted: bool) -> tuple[str, ...]:
    return (
        workerd,
        "serve",
        "--experimental",  # AI, D1 and Analytics Engine are bound by what workerd calls experimental
        f"{{logs}}/{_FOLDER}/{_CONFIG}",
        f"--socket-addr={SOCKET}=127.0.0.1:{{port}}",
        *((f"--socket-addr={COUNTERS}=unix:{{workdir}}/{COUNTERS}",) if counted else ()),
        *(f"--external-addr={name}={{upstream_address}}" for name in services(worker)),
        *((f"--directory-path={DISK}={{kept}}",) if worker.durable_objects else ()),
        "--inspector-addr=127.0.0.1:0",  # what its heap holds is asked there; the system picks the port
    )


def _meant(text: str) -> str:
    """Write a text so that no brace of it is taken for a placeholder."""
    return text.replace("{", "{{").replace("}", "}}")
