"""What a Worker's `.dev.vars` file puts into its `env`.

The one rule: its values are secrets. They go to the Worker by its environment and are written nowhere.
Source: Cloudflare docs, Workers, Secrets; the form is that of dotenv.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from harness.errors import UsageError

_LINE: Final = re.compile(
    r"""
    ^ [ \t]* (?: export [ \t]+ )? (?P<name> [A-Za-z_][A-Za-z0-9_]* ) [ \t]* = [ \t]*
    (?: "(?P<double> (?: [^"\\] | \\. )* )" | '(?P<single> [^']* )' | (?P<plain> [^\n#]* ) )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def dev_vars(folder: Path, environment: str | None) -> dict[str, str]:
    """Return the variables of the file that belongs to an environment, or else of the one for all; none without it.

    Raises:
        UsageError: it is there and cannot be read.
    """
    names = [f".dev.vars.{environment}"] if environment else []
    for name in (*names, ".dev.vars"):
        path = folder / name
        if path.is_file():
            return parse(_text(path))
    return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read",
            evidence=error.strerror or str(error),
            next_step="make it readable, or move it away and set its variables in [target.env]",
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", evidence=error.reason, next_step="save it as UTF-8") from error


def parse(text: str) -> dict[str, str]:
    """Return the variables of a text; what is no assignment is passed over."""
    return {found["name"]: _value(found) for found in _LINE.finditer(text)}


def _value(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return re.sub(
            r"\\(.)", lambda escape: {"n": "\n", "r": "\r", "t": "\t"}.get(escape[1], escape[1]), found["double"]
        )
    return found["single"] if found["single"] is not None else found["plain"].strip()
