"""What a target's file gives it that is its owner's own, and that no report may show.

The one rule: what edgeproof makes up for a run, which stands in the file as a placeholder, is not meant here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from harness.core.observed.hidden.credentials import is_credential_header, secrets_of
from harness.core.target.file import TargetFile
from harness.core.target.placeholders import fill, names_in

_SHORTEST: Final = 8
"""A shorter word in a header, as in `Bearer test`, would be hidden wherever an answer says it."""


def owned_secrets(target: TargetFile) -> tuple[str, ...]:
    """Return the secrets among a target's variables, and the credentials that its clients' headers spell out."""
    doors = (target.chat.headers, *(door.headers or {} for door in target.chat.also))
    spelled = (each for headers in doors for each in _spelled_out(headers))
    return tuple(dict.fromkeys((*target.secrets, *secrets_of(_literal(target.env)), *spelled)))


def _literal(values: Mapping[str, str]) -> dict[str, str]:
    return {name: fill(value, {}) for name, value in values.items() if not names_in(value)}


def _spelled_out(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield what stands behind a scheme or the name of a cookie."""
    for name, value in _literal(headers).items():
        for part in re.split(r"[;,]\s*", value) if is_credential_header(name) else ():
            word = (part.split() or [""])[-1]
            told = re.fullmatch(r"[\w.-]+=([^=].*)", word)
            yield from (each for each in [told[1] if told else word] if len(each) >= _SHORTEST)
