"""A Git repository for tests, whoever runs them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_WHO = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """Run Git in a folder and return what it says."""
    command = [shutil.which("git") or "git", "-C", str(folder), *_WHO, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def committed(folder: Path) -> str:
    """Make a repository of a folder, with all that lies there, and return its commit."""
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "One")
    return git(folder, "rev-parse", "HEAD")
