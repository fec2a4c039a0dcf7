"""One page of a bucket's keys, by prefix and by folder, as both doors of R2 list them.

The one rule: keys come in the order of their characters, and a folder counts as one of them.
Source: Cloudflare docs, R2, Workers API, `R2ListOptions`; Amazon S3 API, ListObjectsV2.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.mock_cloudflare.request import StoredObject

MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is on a page; `cursor` is where the next one goes on, empty where this is the last."""

    objects: tuple[StoredObject, ...] = ()
    prefixes: tuple[str, ...] = ()
    cursor: str = ""


def page_of(bucket: Mapping[str, StoredObject], *, prefix: str, mark: str, after: str, cursor: str, most: int) -> Page:
    """Return the first keys behind `after`, or behind the page that gave the cursor; `mark` ends a folder's name."""
    behind = max(after, _after(cursor))
    objects: list[StoredObject] = []
    prefixes: list[str] = []
    last = ""
    for key in sorted(key for key in bucket if key.startswith(prefix) and key > behind):
        stem, found, _ = key[len(prefix) :].partition(mark) if mark else ("", "", "")
        group = f"{prefix}{stem}{found}" if found else ""
        if group and group in prefixes:
            last = key
            continue
        if len(objects) + len(prefixes) == most:
            following = base64.b64encode(last.encode("utf-8", "surrogatepass")).decode()
            return Page(objects=tuple(objects), prefixes=tuple(prefixes), cursor=following)
        if group:
            prefixes.append(group)
        else:
            objects.append(bucket[key])
        last = key
    return Page(objects=tuple(objects), prefixes=tuple(prefixes))


def _after(cursor: str) -> str:
    try:
        return base64.b64decode(cursor, validate=True).decode("utf-8", "surrogatepass")
    except ValueError:  # no Base64, or no text in it
        return ""
