"""Links of a page: led to where the site has what they mean, and ids in code made into links.

The one rule: what is told by a fence, or stands in a heading, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from posixpath import dirname, normpath, relpath
from typing import Final

_FENCE: Final = re.compile(r"^(```|~~~)")
_LINK: Final = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
_CODE: Final = re.compile(r"(?<![`\[])`([a-z0-9._*-]+)`(?![`\]])")
_ELSEWHERE: Final = re.compile(r"[a-z]+:")


class DeadLinkError(Exception):
    """A page leads to what is not there; the message has the page and the link."""


def relinked(text: str, *, path: str, at: str, address_of: Callable[[str], str | None]) -> str:
    """Return a page whose links hold on the site. It lies at `path` in the repository, and at `at` on the site.

    Raises:
        DeadLinkError: a link leads to what the site has not got.
    """

    def led(found: re.Match[str]) -> str:
        opening, target, anchor, closing = found.groups(default="")
        if _ELSEWHERE.match(target):
            return found[0]
        meant = normpath(f"{dirname(path)}/{target}" if dirname(path) else target)
        address = address_of(meant)
        if address is None:
            raise DeadLinkError(f"{path}: {target} leads to {meant}, which is no part of the site")
        return f"{opening}{relpath(address, dirname(at) or '.')}{anchor}{closing}"

    return "\n".join(line if fenced else _LINK.sub(led, line) for line, fenced in _lines(text))


def linked_ids(text: str, *, at: str, places: Mapping[str, str]) -> str:
    """Return a page in which every id that stands alone as code leads to its place (`page.md#anchor`)."""

    def led(found: re.Match[str]) -> str:
        place = places.get(found[1])
        if place is None:
            return found[0]
        page, _, anchor = place.partition("#")
        address = "" if page == at else relpath(page, dirname(at) or ".")
        return f"[{found[0]}]({address}#{anchor})"

    return "\n".join(line if fenced or line.startswith("#") else _CODE.sub(led, line) for line, fenced in _lines(text))


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    fenced = False
    for line in text.split("\n"):
        mark = bool(_FENCE.match(line.lstrip()))
        yield line, fenced or mark
        fenced ^= mark
