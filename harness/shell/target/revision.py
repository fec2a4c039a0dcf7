"""Which commit a target was judged at, where its file lies in a Git repository.

The one rule: it is told where Git tells it at once, and nothing fails, waits or is written for want of it.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import Final

_PATIENCE_S: Final = 5.0
_DIRTY: Final = "-dirty"
_ASK: Final = ("describe", "--always", f"--dirty={_DIRTY}", "--abbrev=40", "--exclude=*")


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, in full, and whether files that Git follows differ from it."""

    commit: str = ""
    dirty: bool = False


NO_REVISION: Final = Revision()


def revision_of(folder: str) -> Revision:
    """Return the commit of the repository that a folder lies in; an empty one where there is none, or no Git."""
    if not folder:
        return NO_REVISION
    # Locks are for who changes something: an editor's Git must never find one of ours.
    env = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        asked = subprocess.run(  # noqa: S603 - our own words and a folder that the user named, no shell
            ("git", "-C", folder, *_ASK),  # noqa: S607 - the user's own Git, wherever it is
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE_S,
            env=env,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return NO_REVISION
    said = asked.stdout.strip() if asked.returncode == 0 else ""
    return Revision(said.removesuffix(_DIRTY), said.endswith(_DIRTY))
