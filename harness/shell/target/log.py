"""What a target has written, told without its secrets.

The one rule: a process writes its log itself, so secrets are in the file while it runs; what is shown is cleared on the
way, and the file as soon as the process has ended.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from harness.core.observed.redact import Redactor

_TAIL_BYTES: Final = 64 * 1024
_LOOKED_AT: Final = 80
_NAMED_AT_MOST: Final = 2
_ERROR: Final = re.compile(r"\s*(\[cause\]: )?([\w.]*(Error|Exception)\b|panic:|thread '.*' panicked|fatal error)")
"""How a line begins that names an error: in Node.js and Python, Go, Rust."""


def tail(path: Path, redactor: Redactor, *, lines: int) -> str:
    """Return the last lines of a log, of its last 64 KiB at most; nothing when there is no log yet."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            written = redactor.data(log.read()).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(written.splitlines()[-lines:])


def last_words(path: Path, redactor: Redactor, *, lines: int) -> str:
    """Return the last lines of a log that say anything, led by the errors that they belong to.

    Node.js writes what an error holds and where it was behind its name, and pages of it.
    """
    written = [line for line in tail(path, redactor, lines=_LOOKED_AT).splitlines() if line.strip()]
    last = written[-lines:]
    if any(map(_ERROR.match, last)):
        return "\n".join(last)
    named = [line for line in written if _ERROR.match(line)][-_NAMED_AT_MOST:]
    return "\n".join([*named, *last[len(named) :]])


def clear(path: Path, redactor: Redactor) -> None:
    """Write a log anew without its secrets; whoever reads meanwhile sees the old one or the new one, never a part."""
    cleared = path.with_suffix(".cleared")
    with path.open("rb") as raw, cleared.open("wb") as out:
        for line in raw:
            out.write(redactor.data(line))
    cleared.replace(path)
