"""How a chat request is put, by dialect: from a step of a case to the body a client would send.

The one rule: the nonce's message is the last user message and nothing stands before the nonce in it.
"""

from __future__ import annotations

import json
from typing import Any

from scenarios.case import Step

SUPPORTED = ("openai", "workers-ai")
"""The dialects whose answers can be read and judged."""


def chat_body(step: Step, *, dialect: str, text: str, model: str) -> bytes:
    """Return the JSON body of one chat request; `text` is the user's message, nonce first.

    The native dialect of Workers AI carries its model in the path, so its body has none.
    """
    messages = [{"role": turn[0], "content": turn[1]} if isinstance(turn, tuple) else dict(turn) for turn in step.turns]
    body: dict[str, Any] = {} if dialect == "workers-ai" else {"model": model}
    content = [{"type": "text", "text": text}, *step.parts] if step.parts else text
    body["messages"] = [*messages, {"role": "user", "content": content}]
    if step.stream:
        body["stream"] = True
    body.update(step.params)
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character can be said in no other way than escaped (RFC 8259 §8.2)
        return json.dumps(body).encode()


def chat_path(path: str, model: str) -> str:
    """Return the path to ask, with `{model}` in it filled in."""
    return path.replace("{model}", model)
