"""What is wrong with a built site: links and anchors that lead nowhere, and anything that is fetched from elsewhere.

The one rule: the built pages are judged, as a browser gets them, never their sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from posixpath import dirname, normpath
from typing import Final
from urllib.parse import unquote, urlsplit

_FETCHED: Final = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
_ASKED_FOR: Final = {"stylesheet", "preload", "prefetch", "preconnect", "icon", "modulepreload", "dns-prefetch"}


class Page(HTMLParser):
    """What one page has and wants: its ids, its links, and what a browser fetches by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        told = {name: value or "" for name, value in attrs}
        if "id" in told:
            self.ids.append(told["id"])
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        if tag in _FETCHED and _FETCHED[tag] in told:
            self.fetched.append(told[_FETCHED[tag]])
        if tag == "link" and _ASKED_FOR & set(told.get("rel", "").split()):
            self.fetched.append(told.get("href", ""))


def problems(pages: Mapping[str, str], files: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong, a line each. `pages` has the text of each page by address, `files` all other addresses."""
    read = {address: Page(text) for address, text in pages.items()}
    known = {address: frozenset(page.ids) for address, page in read.items()}
    for address, page in read.items():
        for name, number in Counter(page.ids).items():
            if number > 1:
                yield f"{address}: {number} places are called {name!r}"
        for link in page.links:
            yield from _wrong(address, link, known, files)
        for link in page.fetched:
            if urlsplit(link).netloc:
                yield f"{address}: fetches {link}"
            else:
                yield from _wrong(address, link, known, files)


def _wrong(address: str, link: str, known: Mapping[str, frozenset[str]], files: frozenset[str]) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return
    path = unquote(parts.path)
    target = normpath(f"{dirname(address)}/{path}".lstrip("/")) if path else address
    anchor = unquote(parts.fragment)
    if target not in known and target not in files:
        yield f"{address}: {link} leads nowhere"
    elif anchor and target in known and anchor not in known[target]:
        yield f"{address}: there is no {anchor!r} on {target}"
