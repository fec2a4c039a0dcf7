"""Why a target could not be started, as its owner can act on it.

The one rule: what the target itself said last is the evidence, and the next step names the key that is to be changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness.core.target import wiring
from harness.core.target.file import TargetFile
from harness.core.target.worker.complaints import complaint
from harness.errors import TargetError

_IN_FRONT: Final = "target.command must start it in the foreground, and it must keep running"


def not_executable(target: TargetFile, command: str, why: str) -> TargetError:
    """Return the error of a command that the system cannot run; `why` are the system's words."""
    return TargetError(
        f"{target.name} cannot be started",
        evidence=f"{command}: {why}",
        next_step="correct target.command; {python} is edgeproof's Python, {here} the target file's folder",
    )


def port_taken(target: TargetFile) -> TargetError:
    """Return the error of a target whose own port somebody else has."""
    return TargetError(
        f"{target.name} cannot be started: {target.url} is in use",
        evidence="something else already listens there",
        next_step="write {port} in target.url and in the command, or omit target.command to attach to it",
    )


def ended_early(target: TargetFile, template: TargetFile, code: int | None, *, said: str, log: Path) -> TargetError:
    """Return the error of a target that ended before it was ready.

    `template` is the target with its placeholders, `code` its exit code, `said` the end of its log, which is whole in
    `log`.
    """
    told = complaint(said) if target.worker else None
    if told:
        return TargetError(
            f"{target.name} cannot be started: {told.what}",
            evidence=told.evidence,
            next_step=f"{told.next_step}; all it said is in {log}, beside it its code as workerd has it",
        )
    cure = wiring.for_last_words(said, template) or ("" if code else _IN_FRONT)
    return TargetError(
        f"{target.name} ended before it was ready, with exit code {code}",
        evidence=_quoted(said),
        next_step="\n".join(filter(None, (cure, f"its whole output is in {log}"))),
    )


def never_ready(target: TargetFile, saw: str, waited_s: float, *, said: str) -> TargetError:
    """Return the error of a target that was polled for so long; `saw` is what was wrong the last time."""
    polled = target.url + (target.ready_path or "")
    what = f"{target.name} was not ready at {polled} after {waited_s:.1f} s: {saw}"
    if target.command is None:
        where = "correct target.url, or add target.command" if target.here else "correct --url"
        return TargetError(what, next_step=f"start it first, or {where}")
    return TargetError(
        what, evidence=_quoted(said), next_step="let it listen at target.url, or raise target.ready_timeout_s"
    )


def _quoted(said: str) -> str:
    return f"its last output:\n{said}" if said else "it printed nothing"
