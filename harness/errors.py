"""What can go wrong that is not the target's behaviour, and the exit code each kind ends a run with.

    HarnessError              the harness could not do its work              exit 3
    ├─ UsageError             a bad flag, file or selection: the user's to mend    exit 2
    └─ TargetError            the target cannot be started or reached        exit 3

The one rule: what a target did wrong is a finding, a value; an exception here never says that a promise was broken.
"""

from __future__ import annotations

from typing import ClassVar


class HarnessError(Exception):
    """The harness could not do its work.

    The message says what could not be done, then what was seen (`evidence`, may span lines), then what to do about
    it (`next_step`). Secrets are removed before an error is made.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, evidence: str = "", next_step: str = "") -> None:
        super().__init__(what, evidence, next_step)
        self.what = what
        self.evidence = evidence
        self.next_step = next_step

    def __str__(self) -> str:
        head = f"{self.what}: {self.evidence}" if self.evidence and "\n" not in self.evidence else self.what
        parts = [head]
        if "\n" in self.evidence:
            parts.append(self.evidence)
        if self.next_step:
            parts.append(self.next_step)
        return "\n".join(parts)


class UsageError(HarnessError):
    """A flag, a file or a selection cannot be used. Nothing was run."""

    exit_code: ClassVar[int] = 2


class TargetError(HarnessError):
    """The target cannot be started or reached, so it cannot be judged."""
