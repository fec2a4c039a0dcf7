"""A proxy with five defects at once: `python -m tests.targets.several --port N --upstream URL`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Final

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from tests.targets.defects_asking import DropsParameters, NeverWaits
from tests.targets.defects_content import DecodesReads, PlainErrors
from tests.targets.defects_ends import ReadsToTheEnd
from tests.targets.serving import Settings, serve
from tests.targets.trial import right

DEFECTS: Final = ("drops-parameters", "never-waits", "decodes-reads", "plain-errors", "reads-to-the-end")
"""The names of its defects in `tests.targets.defects`."""


class Several(DropsParameters, NeverWaits, DecodesReads, PlainErrors, ReadsToTheEnd):
    """Whatever can go wrong in five places."""


def several() -> TargetFile:
    """Return the target: it claims what the right parser does."""
    command = ("{python}", "-m", "tests.targets.several", "--port", "{port}", "--upstream", "{upstream}")
    return replace(load(str(right("parser"))), name="several", command=command)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    arguments = parser.parse_args()
    serve(Several(Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
