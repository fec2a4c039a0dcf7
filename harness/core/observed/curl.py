"""A curl command that asks a target what a case asked.

The one rule: it can be pasted into a shell as it stands, and it carries no secret.
"""

from __future__ import annotations

import shlex

from fault_injection.reply import Headers
from harness.core.observed.history import ClientExchange
from harness.core.observed.redact import Redact, shown_headers

_MOST_BODY_CHARACTERS = 1500
_AUTHORIZATION = ("Authorization", "Bearer $CLIENT_TOKEN")


def curl(exchange: ClientExchange, url: str, redact: Redact = str) -> str:
    """Return the command line for one exchange; a long or binary body is named instead of quoted.

    The caller's token is left to the shell's `$CLIENT_TOKEN`; `redact` sees everything else that could be secret.
    """
    manner = exchange.moves.manner
    headers = tuple(
        _AUTHORIZATION if name.lower() == "authorization" else (name, value)
        for name, value in shown_headers(exchange.request_headers, redact)
    )
    line, _ = command(
        exchange.method,
        redact(url.rstrip("/") + exchange.path),
        headers,
        exchange.moves.body,
        version=manner.version,
        coding=manner.content_encoding,
        redact=redact,
    )
    shown = ": ".join(_AUTHORIZATION)
    return line.replace(shlex.quote(shown), f'"{shown}"')  # the shell is to put the token in


def command(
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    *,
    version: str = "1.1",
    coding: str = "",
    redact: Redact = str,
) -> tuple[str, str]:
    """Return the command line for a request, and the name of the file that it expects to hold the body.

    The name is empty where the body stands in the line, which a long, binary or compressed one does not.
    """
    words = ["curl", "-N", "-i", "-X", method, url]
    words += ["--http1.0"] if version == "1.0" else []
    for name, value in headers:
        if name.lower() not in ("host", "content-length"):
            words += ["-H", f"{name}: {value}"]
    named = ""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if coding or (body and (not text or len(text) > _MOST_BODY_CHARACTERS or "\0" in text)):
        named = f"request-of-{len(body)}-bytes.json" + (f".{coding}" if coding else "")
        words += ["--data-binary", f"@{named}"]
    elif body:
        words += ["--data-raw", redact(text)]  # unlike the others it takes an @ for an @
    return shlex.join(words), named
