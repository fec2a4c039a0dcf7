"""Reports on their way from the leading load generator to the driver: a file each, in a folder of theirs.

The one rule: a file is there whole or not at all, and is gone once it was read, so that nothing is read twice and the
folder stays small.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from harness.core.load.report import Report


def write_report(folder: Path, report: Report) -> Report:
    """Put a report into the folder, behind those that are there; return it."""
    name = f"{time.monotonic_ns():020d}"
    unfinished = folder / f"{name}.part"
    unfinished.write_text(json.dumps(report.to_json()), encoding="utf-8")
    unfinished.rename(folder / f"{name}.json")
    return report


def take_reports(folder: Path) -> Iterator[Report]:
    """Yield the reports in the order in which they were written, and remove them."""
    for path in sorted(folder.glob("*.json")):
        report = Report.from_json(json.loads(path.read_text(encoding="utf-8")))
        path.unlink()
        yield report
