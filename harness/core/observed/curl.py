"""A curl command that asks a target what a case asked.

The one rule: it can be pasted into a shell as it stands, and it carries no secret.
"""

from __future__ import annotations

import shlex

from harness.core.observed.history import ClientExchange
from harness.core.observed.wire_log import Redact

_MOST_BODY_CHARACTERS = 1500
_AUTHORIZATION = "Authorization: Bearer $CLIENT_TOKEN"


def curl(exchange: ClientExchange, url: str, redact: Redact = str) -> str:
    """Return the command line for one exchange; a long or binary body is named instead of quoted.

    The caller's token is left to the shell's `$CLIENT_TOKEN`; `redact` sees everything else that could be secret.
    """
    words = ["curl", "-N", "-i", "-X", exchange.method, url.rstrip("/") + exchange.path]
    manner = exchange.moves.manner
    words += ["--http1.0"] if manner.version == "1.0" else []
    for name, value in exchange.request_headers:
        if name.lower() not in ("host", "content-length", "authorization"):
            words += ["-H", f"{name}: {redact(value)}"]
        elif name.lower() == "authorization":
            words += ["-H", _AUTHORIZATION]
    body = exchange.moves.body
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if manner.content_encoding:
        words += ["--data-binary", f"@request-of-{len(body)}-bytes.json.{manner.content_encoding}"]
    elif body and (not text or len(text) > _MOST_BODY_CHARACTERS or "\0" in text):
        words += ["--data-binary", f"@request-of-{len(body)}-bytes.json"]
    elif body:
        words += ["--data-raw", redact(text)]  # unlike the others it takes an @ for an @
    return " ".join(f'"{word}"' if word is _AUTHORIZATION else shlex.quote(word) for word in words)
