"""Embeddings: vectors that are a function of the text alone.

The one rule: the same text has the same unit vector in either dialect, and another text another one.
"""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from collections.abc import Mapping
from random import Random

from fault_injection.reply import json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai.catalogue import Model
from harness.mock_cloudflare.errors import success
from harness.mock_cloudflare.request import Answer
from scenarios.prompt import parse

MOST_TEXTS = 100


def run(model: Model, body: Mapping[str, object]) -> Answer | None:
    """Answer `/ai/run` with `text`: a string or a list of strings; None when it has neither."""
    texts = _texts(body.get("text"))
    if texts is None:
        return None
    result: dict[str, object] = {
        "shape": [len(texts), model.dimensions],
        "data": [vector(model, text) for text in texts],
        "pooling": model.pooling,
    }
    if model.pooling == "cls":
        result = {"response": None, **result}
    return Answer(surface="ai.embeddings", reply=success(result), model=model.name, nonce=_nonce(texts))


def openai(model: Model, body: Mapping[str, object]) -> Answer | None:
    """Answer OpenAI's embeddings with `input`; None when there is none. `encoding_format` may be base64."""
    texts = _texts(body.get("input"))
    if texts is None:
        return None
    as_base64 = body.get("encoding_format") == "base64"
    rows = [
        {"object": "embedding", "index": index, "embedding": _base64(numbers) if as_base64 else numbers}
        for index, numbers in enumerate(vector(model, text) for text in texts)
    ]
    spent = sum(1 + len(text.encode("utf-8", "replace")) // 4 for text in texts)
    usage = {"prompt_tokens": spent, "total_tokens": spent}
    reply = json_reply(json_text.dump({"object": "list", "data": rows, "model": model.name, "usage": usage}))
    return Answer(surface="ai.embeddings", reply=reply, model=model.name, nonce=_nonce(texts))


def vector(model: Model, text: str) -> list[float]:
    """Return the unit vector of a text, as 32 bit floats hold it."""
    seed = hashlib.sha256(f"{model.name}|".encode("utf-8", "replace") + text.encode("utf-8", "replace")).digest()
    rng = Random(int.from_bytes(seed, "big"))
    numbers = [rng.uniform(-1.0, 1.0) for _ in range(model.dimensions)]
    length = math.sqrt(sum(number * number for number in numbers))
    return list(struct.unpack(f"<{len(numbers)}f", struct.pack(f"<{len(numbers)}f", *(n / length for n in numbers))))


def _base64(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def _texts(value: object) -> list[str] | None:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and 0 < len(value) <= MOST_TEXTS and all(isinstance(item, str) for item in value):
        return value
    return None


def _nonce(texts: list[str]) -> str:
    return next((found for text in texts if (found := parse(text).nonce)), "")
