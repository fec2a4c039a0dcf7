"""Who may ask a server on this machine: whoever calls it by a name of its own, and no page of elsewhere.

The one rule: what is refused is told the way in, for it may be a tool that knows the server by another name.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fault_injection.reply import Headers, Reply, header_of
from harness.core.serving.names import Names
from harness.shell.upstream.answering import error_reply


def misdirected(headers: Headers, names: Names, *, server: str) -> Reply | None:
    """Return the answer to who calls a `server` by a name of somebody else's. HTTP/1.0 needs no name."""
    host = header_of(headers, "host") or ""
    if not host or names.include(host):
        return None
    name = _name_in(host)
    return error_reply(421, f"this {server} does not go by the name {name!r}; it takes --name {name}")


def uninvited(headers: Headers, names: Names, *, server: str) -> Reply | None:
    """Return the answer to who may not steer a `server`: the same, and besides any page that is not of this machine."""
    origin = header_of(headers, "origin")
    if origin is not None and not names.include_page(origin):
        return error_reply(403, f"no page of {origin} may steer this {server}; ask it from a program, as with curl")
    return misdirected(headers, names, server=server)


def _name_in(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or host).lower()
    except ValueError:
        return host.lower()
