"""The folders that a target has while it runs.

The one rule: none is left behind, whatever the target has put there.
"""

from __future__ import annotations

import tempfile
from tempfile import TemporaryDirectory

from harness.core.target.file import TargetFile
from harness.core.target.placeholders import names_in

KEPT = "kept"
"""The placeholder of a folder that outlives a restart, unlike the scratch folder; for what a target stores on disk."""


class Folders:
    """A scratch folder for each start, and one that is kept over restarts where the target file asks for it."""

    def __init__(self, template: TargetFile) -> None:
        told = (*(template.command or ()), *template.env.values())
        self._keeps = any(KEPT in names_in(word) for word in told)
        self._scratch: TemporaryDirectory[str] | None = None
        self._kept: TemporaryDirectory[str] | None = None

    @property
    def scratch(self) -> str:
        """The scratch folder; empty while there is none."""
        return self._scratch.name if self._scratch else ""

    @property
    def kept(self) -> str:
        """The folder that outlives a restart; the scratch folder where the target file asks for none."""
        return self._kept.name if self._kept else self.scratch

    def renew(self) -> None:
        """Make an empty scratch folder."""
        self._scratch = _made()
        if self._keeps and self._kept is None:
            self._kept = _made()

    def drop_scratch(self) -> None:
        """Remove the scratch folder."""
        if self._scratch:
            self._scratch.cleanup()
            self._scratch = None

    def drop(self) -> None:
        """Remove every folder."""
        self.drop_scratch()
        if self._kept:
            self._kept.cleanup()
            self._kept = None


def _made() -> TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="edgeproof-", ignore_cleanup_errors=True)
