"""The log probabilities of an answer's tokens (OpenAI API reference: the chat completion object, `logprobs`).

The one rule: they are a function of the token alone, and numbers of every kind that JSON may have.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar

from fault_injection.chat import Json, edit_choice
from fault_injection.fault import param
from fault_injection.form import FormFault


@dataclass(frozen=True, kw_only=True)
class Logprobs(FormFault):
    """The answer has the log probability of every token of its text."""

    id: ClassVar[str] = "chat.logprobs"
    top: int = param(2, "how many likely tokens come with each", unit="tokens", low=0, high=20)

    def on_chunk(self, chunk: Json) -> Json:
        return edit_choice(chunk, self._with_odds)

    def on_answer(self, answer: Json) -> Json:
        return edit_choice(answer, self._with_odds)

    def _with_odds(self, choice: Json) -> Json:
        said = choice.get("delta") or choice.get("message")
        text = said.get("content") if isinstance(said, dict) else None
        if not isinstance(text, str) or not text:
            return choice
        # A chunk is one token; a whole text is taken apart at its white space.
        tokens = [text] if "delta" in choice else re.findall(r"\s*\S+|\s+\Z", text)
        return {**choice, "logprobs": {"content": [odds(token, self.top) for token in tokens], "refusal": None}}


def odds(token: str, top: int) -> Json:
    """Return what OpenAI tells of one token and of `top` likely ones, as a function of the token alone."""
    likely = [_odd(token, at) for at in range(top)]
    return {**_odd(token, 0), "top_logprobs": likely}


def _odd(token: str, at: int) -> Json:
    drawn = hashlib.sha256(f"{at} {token}".encode("utf-8", "replace")).digest()
    # Certain, next to impossible (OpenAI's own -9999.0), very small, or of many digits: numbers as JSON may have them.
    logprob = (-0.0, -9999.0, -1e-07, -drawn[1] / 256 - at)[min(drawn[0] % 8, 3)]
    other = token if not at else f"{token}{at}"
    return {"token": other, "logprob": logprob, "bytes": list(other.encode("utf-8", "replace"))}
