"""The folder of a run's reports: the record and everything rendered from it.

The one rule: the record is written first and whole, so that a renderer that fails loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reports import html, junit, markdown
from reports.ci import FORMATS
from reports.record import RunRecord


def write_reports(record: RunRecord, folder: Path, *, also: Iterable[str] = ()) -> None:
    """Write `results.json`, `junit.xml`, `index.html` and `summary.md` into the folder, replacing older ones.

    `also` names forms of `reports.ci` to be written beside them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "results.json", record.to_json())
    _write(folder / "junit.xml", junit.render(record))
    _write(folder / "summary.md", markdown.render(record))
    _write(folder / "index.html", html.render(record))
    for name in also:
        _write(folder / FORMATS[name].file, FORMATS[name].render(record))


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8", newline="")  # CSV has line ends of its own
    unfinished.replace(path)
