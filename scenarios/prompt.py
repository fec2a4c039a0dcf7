"""The prompt that carries a case's nonce and tells the mock what to answer.

The one rule: the nonce comes first in the user's message. Headers are stripped on the way and long messages are cut,
but the first words of a prompt arrive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias

Finish: TypeAlias = Literal["stop", "length", "content_filter"]

NONCE = re.compile(r"\bep-[0-9a-f]{12}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the mock is asked to say. Its text is `ep-… tokens=20 pace_s=0.05`, only what differs from the defaults.

    `tokens` pieces of text, `pace_s` seconds between them and `first_s` before the first; `tools` tool calls instead
    of text, behind `lead` pieces of it; `finish` as the reason of the end, or one for each choice, with slashes between
    them; each token at least `token_bytes` long; `ascii` for plain text only (otherwise multi-byte characters occur).
    `form` says the same in another way: faults that keep the meaning, as specs joined by `+` and without a space:
    `chat.reasoning(place=beside)+chat.logprobs`.
    """

    nonce: str = ""
    tokens: int = 12
    pace_s: float = 0.0
    first_s: float = 0.0
    tools: int = 0
    lead: int = 0
    finish: str = "stop"
    token_bytes: int = 0
    ascii: bool = False
    form: str = ""

    def __str__(self) -> str:
        words = [self.nonce]
        for item in fields(self)[1:]:
            value = getattr(self, item.name)
            if value != item.default:
                words.append(f"{item.name}={str(value).lower() if isinstance(value, bool) else value}")
        return " ".join(words)


PLAIN = Prompt()
_KNOBS = {item.name: item.default for item in fields(Prompt)[1:]}
"""What can be said of an answer besides its nonce, with what holds where nothing is said."""


def parse(text: str) -> Prompt:
    """Read the prompt out of a user's message; knobs that are not understood keep their defaults.

    Knobs are the `key=value` words right behind the nonce. A message without a nonce gives the default prompt.
    """
    found = NONCE.search(text)
    if not found:
        return Prompt()
    knobs: dict[str, object] = {}
    for word in text[found.end() :].split():
        name, separator, value = word.partition("=")
        if not separator:
            break
        parsed = _value(value, _KNOBS.get(name))
        if parsed is not None:
            knobs[name] = parsed
    return Prompt(nonce=found.group(), **knobs)  # type: ignore[arg-type]  # each was parsed by its field's own type


def _value(text: str, default: object) -> object | None:
    try:
        match default:
            case bool():
                return {"true": True, "false": False}.get(text)
            case int():
                return max(0, min(int(text), 50_000_000))
            case float():
                return max(0.0, min(float(text), 3600.0))
            case str():
                return text
    except ValueError:
        return None
    return None
