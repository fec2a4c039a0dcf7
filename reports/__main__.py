"""`python -m reports results.json`: render a record again, without the harness.

The one rule: this only reads a record and writes what it was asked for; it judges nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from reports import html, junit, markdown, schema, terminal
from reports.causes import explained
from reports.ci import FORMATS
from reports.record import RecordError, read

RENDERERS = {
    "html": html.render,
    "junit": junit.render,
    "markdown": markdown.render,
    **{name: form.render for name, form in FORMATS.items()},
}
"""The formats that are one text; one more format is one line here."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Render a record to files, or to the terminal when no file is named; 0, or 2 when something cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m reports", description="Render a results.json of edgeproof.")
    parser.add_argument("record", nargs="?", metavar="results.json")
    for name in RENDERERS:
        parser.add_argument(f"--{name}", metavar="FILE", help=f"write {name} to FILE; - is standard output")
    parser.add_argument("-v", "--verbose", action="store_true", help="show every case on the terminal")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of results.json")
    chosen = parser.parse_args(arguments)
    if chosen.schema:
        sys.stdout.write(schema.text())
        return 0
    if chosen.record is None:
        parser.error("name a results.json")
    try:
        record = explained(read(chosen.record))
        outputs = {name: getattr(chosen, name) for name in RENDERERS if getattr(chosen, name)}
        for name, place in outputs.items():
            _write(RENDERERS[name](record), place)
        if not outputs:
            terminal.render(record, Console(), verbose=chosen.verbose)
    except RecordError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: cannot be written: {error.strerror}; name another file\n")
        return 2
    return 0


def _write(text: str, place: str) -> None:
    if place == "-":
        sys.stdout.write(text)
    else:
        Path(place).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    sys.exit(main())
