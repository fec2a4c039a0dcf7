"""More forms of a record, by name: `--format sarif,har` beside the reports of a folder, or one on standard output.

The one rule: whoever asks for a form gets it, or a message that names those there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Final

import typer

from harness.errors import UsageError
from reports import html, junit, markdown
from reports.ci import FORMATS
from reports.record import RunRecord

SHOWN: Final[Mapping[str, Callable[[RunRecord], str]]] = MappingProxyType(
    {
        "html": html.render,
        "junit": junit.render,
        "markdown": markdown.render,
        **{name: form.render for name, form in FORMATS.items()},
    }
)
"""Every form that is one text, and so can be printed."""

FormatOption = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="A,B",
        envvar="EDGEPROOF_FORMAT",
        help=f"Also write these into --out, with commas: {', '.join(FORMATS)}.",
    ),
]
ShownFormatOption = Annotated[
    str,
    typer.Option("--format", metavar="NAME", help=f"Print the record in this form: {', '.join(SHOWN)}."),
]


def wanted(names: str, known: Collection[str] = tuple(FORMATS)) -> tuple[str, ...]:
    """Return the forms in a list with commas, each once.

    Raises:
        UsageError: one of them is none that is known.
    """
    found = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    for name in found:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.75)
            raise UsageError(
                f"no format is called {name!r}",
                next_step=f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}",
            )
    return found


def only(name: str) -> Callable[[RunRecord], str]:
    """Return what makes the one form that is to be printed.

    Raises:
        UsageError: it is not known, or more than one is named.
    """
    names = wanted(name, tuple(SHOWN))
    if len(names) != 1:
        raise UsageError(
            f"--format {name!r} names {len(names)} forms, and one can be printed",
            next_step="name one; with --out they are all written, as in --out again --format sarif,har",
        )
    return SHOWN[names[0]]
