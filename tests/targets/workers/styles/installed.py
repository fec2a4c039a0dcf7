"""A project of this folder with what its `package.json` asks for, as it lies on a user's disk.

The one rule: packages come from npm by name and version, into a folder of the machine's own temporary ones.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_PATIENCE_S: Final = 120.0
STYLES: Final = ("plain", "hono", "itty")


def installed(style: str) -> Path:
    """Return the folder of a copy of the project with its `node_modules`, made unless an earlier run has made it.

    It is made beside its place and moved there whole, so that two that make it at once do no harm.
    """
    source = _HERE / style
    files = sorted(path for path in source.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    state = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"edgeproof-style-{os.getuid()}-{style}-{state}"
    if not folder.exists():
        fresh = Path(tempfile.mkdtemp(prefix="edgeproof-style-"))
        shutil.copytree(source, fresh, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        npm = [shutil.which("npm") or "npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([*npm, "--ignore-scripts", "--prefix", str(fresh)], check=True, timeout=_PATIENCE_S)
        with contextlib.suppress(OSError):  # another run has been quicker
            fresh.rename(folder)
        shutil.rmtree(fresh, ignore_errors=True)
    return folder
