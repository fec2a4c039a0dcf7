"""A file that a verb writes its results to, named by `--out FILE`.

The one rule: whether it can be written is found out before anything is spent on what it is to hold.
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import UsageError


def try_to_write(path: Path) -> None:
    """Open a file for writing, and leave it as it was: with what it holds, or not there.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        is_new = not os.path.lexists(path)
        if is_new or path.is_file() or path.is_dir():  # a pipe or a device is not opened on trial: it might wait
            with path.open("ab"):
                pass
        if is_new:
            path.unlink()
    except OSError as error:
        raise _unwritable(path, error) from error


def write_file(path: Path, text: str) -> None:
    """Write a text to a file.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be written",
        evidence=error.strerror or str(error),
        next_step="give --out a file in a folder that is there, and that you may write",
    )
