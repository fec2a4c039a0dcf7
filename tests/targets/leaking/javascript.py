"""Proxies on Express, on Fastify and as a Worker on workerd: clean ones, and ones that keep a kibibyte a request.

The one rule: their packages come from npm by name and version, into a folder of the machine's own temporary ones.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, Literal

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load

Runtime = Literal["express", "fastify", "worker"]
PACKAGES: Final = ("express@5.3.0", "fastify@5.12.8", "workerd@1.20261117.1")
_HERE: Final = Path(__file__).parent
_PATIENCE_S: Final = 120.0


@cache
def packages() -> Path:
    """Return the folder `node_modules` that holds the packages; install them unless an earlier run has.

    They are installed beside their place and moved there whole, so that two that install at once do no harm.
    """
    folder = Path(tempfile.gettempdir()) / f"edgeproof-npm-{os.getuid()}-{'-'.join(PACKAGES)}"
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(prefix="edgeproof-npm-"))
        npm = [shutil.which("npm") or "npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*npm, "--prefix", str(fresh), *PACKAGES], check=True, timeout=_PATIENCE_S)
        with contextlib.suppress(OSError):  # another run has been quicker
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder / "node_modules"


def leaking(runtime: Runtime, *, leak: bool) -> TargetFile:
    """Return the target of a proxy on that runtime. It claims to stream; with `leak` it keeps 1 KiB a request."""
    modules = packages()
    command = {
        "express": ("node", f"{_HERE}/express.cjs", "{port}", "{upstream}", *(("--leak",) if leak else ())),
        "fastify": ("node", f"{_HERE}/fastify.cjs", "{port}", "{upstream}", *(("--leak",) if leak else ())),
        "worker": (
            f"{modules}/.bin/workerd",
            "serve",
            f"{_HERE}/worker.capnp",
            "--socket-addr=http=127.0.0.1:{port}",
        ),
    }[runtime]
    right = load(str(_HERE.parent / "node" / "right-node.toml"))
    env = {**right.env, "NODE_PATH": str(modules), "UPSTREAM": "{upstream}", **({"LEAK": "1"} if leak else {})}
    return replace(right, name=f"{'leaking' if leak else 'clean'}-{runtime}", command=command, env=env)
