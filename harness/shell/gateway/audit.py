"""The log of everything a gateway did to anybody: one JSON object a line, only ever added to.

The one rule: what cannot be written down is not done. Once a line is lost the log says so to its owner, who stops.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from harness.core.observed.redact import Redactor


class Audit:
    """One log. `is_broken` says that a line could not be written."""

    def __init__(self, path: Path | None, *, redactor: Redactor | None = None) -> None:
        self.is_broken = False
        self._redactor = redactor or Redactor()
        self._file: int | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def note(self, event: str, **more: object) -> None:
        """Add a line: when, what, and whatever belongs to it."""
        if self._file is None or self.is_broken:
            return
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **more})
        data = self._redactor.data(line.encode()) + b"\n"
        try:
            if os.write(self._file, data) != len(data):
                self.is_broken = True
        except OSError:
            self.is_broken = True

    def close(self) -> None:
        """Write no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
