"""The target of a request, as a server of any kind reads it (RFC 9112 §3.2).

The one rule: a target never raises. One that names no host where it should is none, and its reader refuses it.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit


class Wanted(NamedTuple):
    """What a request asks for: a path with its query, and the authority in front of it, if there was one."""

    path_and_query: str
    authority: str = ""


def wanted(target: str) -> Wanted | None:
    """Return what a target asks for; None for an absolute form whose authority is none, as in `http://[bad/x`."""
    if target.startswith("/") or "://" not in target:
        return Wanted(target)
    try:
        parts = urlsplit(target)  # the absolute form (RFC 9112 §3.2.2)
    except ValueError:
        return None
    path = parts.path or "/"
    return Wanted(f"{path}?{parts.query}" if parts.query else path, parts.netloc)
