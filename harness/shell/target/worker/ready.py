"""A target that is a Worker made into one that is started by a command, as every other target is.

The one rule: whatever is wrong with the Worker's files is told here, before anything starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.core.target.file import TargetFile
from harness.core.worker.config import DISK, SOCKET, configuration, services
from harness.core.worker.reader import read
from harness.core.worker.wrangler import Wrangler
from harness.errors import UsageError
from harness.shell.target.worker.bundle import bundle
from harness.shell.target.worker.dev_vars import dev_vars
from harness.shell.target.worker.tools import WORKERD, provide

_FOLDER: Final = "worker"
_CONFIG: Final = "config.capnp"


def made_ready(target: TargetFile, *, say: Callable[[str], None]) -> TargetFile:
    """Return a target that can be started: a Worker gets its bundle and the command of workerd, any other is as it was.

    `say` is told what takes time, and what the Worker has to live without.

    Raises:
        UsageError: the wrangler file cannot be used, or the Worker does not compile.
        TargetError: a program is missing and cannot be installed.
    """
    if target.worker is None:
        return target
    path = Path(target.here or ".") / target.worker
    worker = _read(path, target)
    for each in worker.left_out:
        say(f"{target.worker}: {each}")
    secrets = dev_vars(path.parent, target.worker_env)
    env = {**{name: value.replace("{", "{{").replace("}", "}}") for name, value in secrets.items()}, **target.env}
    workerd = provide(WORKERD, path.parent, say=say)
    built = bundle(worker, path.parent, file=target.worker, say=say)
    text = configuration(worker, built.modules, from_environment=env)
    files = (*built.files, (_CONFIG, text.encode()))
    return replace(
        target,
        env=env,
        command=_command(worker, str(workerd).replace("{", "{{").replace("}", "}}")),
        laid_out=tuple((f"{_FOLDER}/{name}", data) for name, data in files),
    )


def _read(path: Path, target: TargetFile) -> Wrangler:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"target.worker names {target.worker}, which cannot be read",
            evidence=error.strerror or str(error),
            next_step="name the Worker's wrangler file, seen from the folder of the target file",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", evidence=str(error), next_step="name a wrangler file") from error
    return read(text, file=str(path), environment=target.worker_env)


def _command(worker: Wrangler, workerd: str) -> tuple[str, ...]:
    return (
        workerd,
        "serve",
        "--experimental",  # AI, D1 and Analytics Engine are bound by what workerd calls experimental
        f"{{logs}}/{_FOLDER}/{_CONFIG}",
        f"--socket-addr={SOCKET}=127.0.0.1:{{port}}",
        *(f"--external-addr={name}={{upstream_address}}" for name in services(worker)),
        *((f"--directory-path={DISK}={{kept}}",) if worker.durable_objects else ()),
    )
