"""Placeholders in a target file: `{port}` and the like, and `{{` for a literal brace.

The one rule: nothing but the names below is ever put in, so a text from a file can reach no attribute and no index.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from harness.errors import UsageError

MEANINGS: Final = {
    "python": "the interpreter edgeproof runs on",
    "here": "the folder of the target file",
    "workdir": "a fresh scratch folder",
    "kept": "a scratch folder that is still there when the target is started afresh",
    "port": "a free port",
    "upstream": "the upstream's base URL, without a path",
    "account_id": "the Cloudflare account",
    "api_token": "the upstream's API token",
    "kv_namespace": "the Workers KV namespace",
    "r2_access_key_id": "the key that S3 clients sign with",
    "r2_secret_access_key": "its secret",
    "client_token_a": "the token of the first client, for a target that gets its users at its start",
    "client_token_b": "the token of the second client, who is of another tenant where there are tenants",
    "client_token_colleague": "the token of another user of the first client's tenant",
    "client_token": "the token of the client's identity, in chat.headers only",
    "conversation": "the name of a conversation, in capabilities.sessions only",
}
"""Every placeholder and what it stands for."""

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each `{name}` replaced and `{{`, `}}` as single braces.

    Raises:
        UsageError: for a name that `values` lacks (with the nearest one it has), or a lone brace.
    """

    def replacement(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            if len(found[0]) == 1:
                raise UsageError(f"{text!r} has a lone {found[0]!r}", next_step="for a literal brace, write {{ or }}")
            return found[0][0]
        if name not in values:
            raise UsageError(f"{text!r} has an unknown placeholder {{{name}}}", next_step=_advice(name, values))
        return values[name]

    return _PIECE.sub(replacement, text)


def names_in(text: str) -> frozenset[str]:
    """Return the names of the placeholders that occur in a text."""
    return frozenset(found[1] for found in _PIECE.finditer(text) if found[1] is not None)


def _advice(name: str, values: Mapping[str, str]) -> str:
    if name in MEANINGS:
        return f"{{{name}}} is {MEANINGS[name]}; it cannot be used here"
    near = get_close_matches(name, values, n=1, cutoff=0.5)
    return f"did you mean {{{near[0]}}}?" if near else f"known here: {', '.join(f'{{{each}}}' for each in values)}"
