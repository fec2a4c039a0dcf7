"""The end of every verb that judges: its session performed, the record shown, and the exit code.

The one rule: the exit code follows from the record alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import typer

from harness.cli.live.web import followed
from harness.cli.outlets.events import STDOUT
from harness.cli.output import print_json, results
from harness.cli.running.perform import perform
from harness.cli.running.session import Session
from harness.core.run.gate import exit_code
from reports import terminal
from reports.record import RunRecord


def finish(
    session: Session,
    *,
    json: bool,
    verbose: bool = False,
    timings: bool = False,
    tables: tuple[str, ...] = (),
    then: Callable[[RunRecord], None] = lambda _record: None,
) -> NoReturn:
    """Perform a run, show its record, and leave with its exit code; `tables` are of what the user wanted measured.

    `then` is called with the record once that is shown.
    """
    with followed(session) as audience:
        record = perform(session, quiet=json, audience=audience)
        if json:
            print_json(record.to_json())
        elif session.events != STDOUT:
            with results() as console:
                terminal.render(record, console, verbose=verbose, page=session.out / "index.html", tables=tables)
                if timings:
                    terminal.render_timings(record, console)
        then(record)
    raise typer.Exit(exit_code(record))
