"""The templates, styles and scripts of the pages.

The one rule: a page that asks for nothing carries all of it, and its policy names the one script that may run by its
hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.page.entry import anchor_of
from reports.page.signs import breakable, preview, prose, signs, words
from reports.visible import on_one_line

_HERE: Final = Path(__file__).parent
_STYLES: Final = ("colours", "base", "head", "controls", "cases", "wire", "measured", "live", "phone", "print")
_SCRIPTS: Final = ("theme", "filter", "copy", "wire", "keys")
"""In the order in which they are put together; each file is a statement of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """The style and the script of a page, and the hash by which its policy knows the script."""

    style: Markup
    script: Markup
    script_hash: str


@cache
def assets(*more_scripts: str) -> Assets:
    """Return what a page carries; `more_scripts` are behaviours that the report has no use for."""
    script = _joined("js", (*_SCRIPTS, *more_scripts))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Assets(style=_joined("css", _STYLES), script=script, script_hash=f"sha256-{digest}")


@cache
def environment() -> Environment:
    """Return the templates with their filters."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "line": on_one_line,
        "signs": signs,
        "prose": prose,
        "preview": preview,
        "words": words,
        "breakable": breakable,
        "size": _size,
        "anchor": anchor_of,
    }
    return made


def _joined(kind: str, names: Sequence[str]) -> Markup:
    texts = [(_HERE / kind / f"{name}.{kind}").read_text(encoding="utf-8") for name in names]
    return Markup("".join(texts))  # noqa: S704 - our own files


def _size(size_bytes: int) -> str:
    return f"{size_bytes:,}".replace(",", "\u2009")
