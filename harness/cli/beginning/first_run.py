"""What the first run into a folder says of itself: how long it takes, and what to do next.

The one rule: it is said once, on standard error, and never where somebody asked for JSON; later runs say nothing of it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Final

from harness.cli.output import tell
from harness.cli.running.session import Session
from reports.record import RunRecord, Verdict

_CONFORMANCE: Final = "conformance"
_MINUTE_S: Final = 60.0
_LONG_S: Final = 30.0
"""A run that may take longer than this says so at its beginning."""


def introduced(session: Session, *, quiet: bool) -> Callable[[RunRecord], None]:
    """Say what to know before a run, and return what says the rest with its record; neither but at a first run."""
    if quiet or (session.out / "results.json").exists():
        return lambda _record: None
    if said := before(session):
        tell(said)

    def then(record: RunRecord) -> None:
        for line in after(session, record):
            tell(line, style="dim")

    return then


def before(session: Session) -> str:
    """Return what to know before it starts: how long it takes, and what would be quicker. Empty for a short run."""
    total_s = session.amount.total_s
    if session.suites == (_CONFORMANCE,) or not _LONG_S < total_s < float("inf"):
        return ""
    return (
        f"this takes up to {_minutes(total_s)}; --suite conformance takes about a minute and finds most of it; "
        "Ctrl-C ends it early and reports what there is"
    )


def after(session: Session, record: RunRecord) -> tuple[str, ...]:
    """Return what to do next, a line each."""
    target = [] if session.target_spec == "reference" else [session.target_spec]
    again = ["edgeproof", "run", *target, *session.target_options, "--suite", _CONFORMANCE]
    lines = []
    if record.counts.get(Verdict.NON_STRICT):
        lines.append('NON-STRICT: a "should" is broken; that fails a run only with --fail-on should')
    if record.counts.get(Verdict.INCONCLUSIVE):
        lines.append("INCONCLUSIVE: not judged, for the reason given; it is never counted as a pass")
    lines.append(f"the seed decides every random choice: --seed {record.seed} asks exactly the same again")
    if before(session):
        command = shlex.join([*again, "--seed", str(record.seed)])
        lines.append(f"a shorter run that finds most of it, in about a minute: {command}")
    return tuple(lines)


def _minutes(seconds: float) -> str:
    minutes = -(-seconds // _MINUTE_S)
    return "a minute" if minutes == 1 else f"{minutes:.0f} minutes"
