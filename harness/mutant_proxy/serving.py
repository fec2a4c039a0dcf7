"""Serves the reference proxy with the defect that `--mutant ID` names; all other flags are the proxy's own.

The one rule: an unknown id is refused before anything starts, with exit code 2 and the nearest there is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.mutant_proxy import (
    answers,
    asking,
    chat_apart,
    chat_keeping,
    clients,
    compared,
    endings,
    faces,
    forms,
    keeping,
    neighbours,
    sequences,
    storing,
    talking,
    usage,
)
from harness.mutant_proxy.seam import MAKERS, install
from harness.reference_proxy.serving import main as serve
from scenarios.mutants import BY_ID, hint

MODULES = (
    *(answers, asking, clients, compared, endings, faces, forms, keeping, neighbours, sequences, storing),
    *(talking, usage, chat_apart, chat_keeping),
)
"""The modules that hold makers; importing them has registered every one."""


def main(argv: Sequence[str] | None = None) -> int:
    """The process: as the reference proxy's, and 2 for a mutant that there is not."""
    parser = argparse.ArgumentParser(prog="python -m harness.mutant_proxy", add_help=False, allow_abbrev=False)
    parser.add_argument("--mutant", metavar="ID", required=True)
    given, rest = parser.parse_known_args(sys.argv[1:] if argv is None else argv)
    mutant = BY_ID.get(given.mutant)
    if mutant is None:
        sys.stderr.write(f"no mutant is called {given.mutant!r}; {hint(given.mutant)}\n")
        return 2
    install(mutant.seam, MAKERS[mutant.id])
    return serve(rest)
