"""Earlier results on a page of this machine, until Ctrl-C."""

from __future__ import annotations

import os
from pathlib import Path

from harness.cli.output import tell
from harness.cli.stopping import told_to_stop
from harness.errors import UsageError
from harness.shell.live.viewer import Viewer
from harness.shell.loop import run as run_loop
from reports.record import read


def view(record: Path, *, port: int) -> None:
    """Show a record until Ctrl-C.

    Raises:
        RecordError: there is none, or it cannot be read.
        UsageError: the port cannot be had.
    """
    read(record)  # what cannot be read is told now
    run_loop(_view(record, port))


async def _view(record: Path, port: int) -> None:
    stop, ends = told_to_stop()
    viewer = Viewer(record)
    try:
        taken = await viewer.start(port)
    except OSError as error:
        raise UsageError(
            f"the page cannot have port {port}",
            evidence=os.strerror(error.errno or 0),
            next_step="give another --port; 0 picks a free one",
        ) from error
    tell(f"{record} is at http://127.0.0.1:{taken}/ until {ends}; reload the page after a new run")
    await stop.wait()
    await viewer.close()
