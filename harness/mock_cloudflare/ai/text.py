"""What the mock says: a list of tokens that is a function of the request alone.

The one rule: the same request (but for `stream`) always gets the same tokens, and no two requests get the same text:
the first token is made of the nonce and of a digest of everything that was asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from random import Random

from scenarios.prompt import Prompt

MAX_TOKENS = 200_000
MAX_TEXT_BYTES = 64 * 1024 * 1024
"""No answer is longer, whatever the prompt says: the mock is a peer, not a bomb."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_NOT_ASKED = frozenset({"stream", "stream_options"})

_DICE = Random()
"""Seeded anew for every text: to make dice takes as long again as to seed them."""

_PLAIN = (
    " the", " edge", " streams", " one", " token", " at", " a", " time", ",", ".", " and", " then", " 42",
    ' "quoted"', " back\\slash", "\n", " {json}", " <tag>", " data:", " tab\there", " [DONE", "'s", " half", "way",
)  # fmt: skip
_RICH = (
    " Grüße", " Zürich", " naïve", " e\u0301cole", " \U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    " \U0001f44b\U0001f3fd", " \U0001f1e9\U0001f1ea", " 東京", "都", " 한국어", " مرحبا", " שלום", " नमस्ते",
    " \u2028", "\u2029", " ﬁ", "\u00a0€", " „so“", " \U00020bb7", " \u00df", " \ufeff", " \u0301", "7",
)  # fmt: skip


def digest_of(model: str, body: Mapping[str, object]) -> bytes:
    """Digest a request: the model and every parameter but those that only choose the form of the answer."""
    asked = {name: value for name, value in body.items() if name not in _NOT_ASKED and name != "model"}
    canonical = _CANONICAL.encode([model, asked])
    return hashlib.sha256(canonical.encode()).digest()


def tokens(prompt: Prompt, digest: bytes, *, choice: int = 0, choices: int = 1) -> tuple[str, ...]:
    """Return exactly `prompt.tokens` tokens (never more than `MAX_TOKENS`), each of `token_bytes` or more in UTF-8.

    Several choices share the bounds.
    """
    count = min(prompt.tokens, MAX_TOKENS // choices)
    if not count:
        return ()
    rng = _DICE
    rng.seed(_seed(prompt.nonce, digest, f"text {choice}"))
    least = min(prompt.token_bytes, MAX_TEXT_BYTES // (count * choices))
    mark = f"re-{prompt.nonce.removeprefix('ep-') or 'nobody'}-{rng.getrandbits(32):08x}"
    pool = _PLAIN if prompt.ascii else _PLAIN + _RICH
    said = [mark, *rng.choices(pool, k=count - 1)]
    if count > 1:
        said[-1] = "."  # no text ends in white space, which a target may rightly trim
    if least:
        said = [_padded(token, least) for token in said]
    return tuple(said)


def _padded(token: str, least: int) -> str:
    missing = least - len(token.encode())
    return token + "x" * missing if missing > 0 else token


def dice(nonce: str, digest: bytes, purpose: str) -> Random:
    """Return what decides everything that a request leaves open, for one purpose."""
    return Random(_seed(nonce, digest, purpose))


def _seed(nonce: str, digest: bytes, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(digest + f"|{nonce}|{purpose}".encode()).digest(), "big")
