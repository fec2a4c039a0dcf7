"""What a table of the reference says in its column "meaning", held to what a reader can use.

The one rule: every key has a meaning, in words of the file that it is about, never in words of the code.
"""

from __future__ import annotations

import re
from typing import Final

_SECTION: Final = re.compile(r"\n\s*\n\s*(?:Args|Raises|Returns|Yields|Attributes):\s")
_CODE: Final = re.compile(r"\b(?:None|Raises:|True|False)(?![\w`])")


def described(docstring: str | None) -> str:
    """Return what a docstring says to readers of the reference, in one line: all of it but sections about the code."""
    return " ".join(_SECTION.split(docstring or "", maxsplit=1)[0].split())


def checked(place: str, meaning: str) -> str:
    """Return the meaning of what stands at a place.

    Raises:
        ValueError: there is none, or it has a word that only the code knows.
    """
    if not meaning.strip():
        raise ValueError(f"{place} has no meaning: give it a docstring, or words in the page's `_SAID`")
    if found := _CODE.search(meaning):
        raise ValueError(
            f"{place} says {found[0]!r}, which its file cannot hold: say what leaving it out or null means"
        )
    return meaning
