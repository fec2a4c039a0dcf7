"""How a chat request is put, by dialect: from a step of a case to the body a client would send, and back again.

The one rule: the nonce's message is the last user message and nothing stands before the nonce in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fault_injection.reply import Headers
from harness.core.observed import json_text
from harness.core.target.putting import ag_ui, ai_sdk, copilotkit, messages, responses
from scenarios.case import Step
from scenarios.dialects import AG_UI, AI_SDK, COPILOTKIT, MESSAGES, RESPONSES, WORKERS_AI

_PUT: Final[Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType(
    {
        RESPONSES: responses.put,
        MESSAGES: messages.put,
        COPILOTKIT: copilotkit.put,
        AG_UI: ag_ui.put,
        AI_SDK: ai_sdk.put,
    }
)
_TOLD: Final[Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType(
    {
        RESPONSES: responses.told,
        MESSAGES: messages.told,
        COPILOTKIT: copilotkit.told,
        AG_UI: ag_ui.told,
        AI_SDK: ai_sdk.told,
    }
)
_HEADERS: Final[Mapping[str, Headers]] = MappingProxyType(
    {
        MESSAGES: (("anthropic-version", "2023-06-01"),),
        AG_UI: (("Accept", "text/event-stream"),),
    }
)
_INCREMENTS: Final = "multipart/mixed, application/json"
"""What CopilotKit's client takes for a query with `@stream`; one without it gets one JSON object."""


def chat_body(step: Step, *, dialect: str, text: str, model: str) -> bytes:
    """Return the JSON body of one chat request; `text` is the user's message, nonce first.

    The native dialect of Workers AI carries its model in the path, so its body has none.
    """
    turns = [{"role": turn[0], "content": turn[1]} if isinstance(turn, tuple) else dict(turn) for turn in step.turns]
    body: dict[str, Any] = {} if dialect == WORKERS_AI else {"model": model}
    content = [{"type": "text", "text": text}, *step.parts] if step.parts else text
    body["messages"] = [*turns, {"role": "user", "content": content}]
    if step.stream:
        body["stream"] = True
    body.update(step.params)
    if dialect in _PUT:
        body = _PUT[dialect](body)
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character can be said in no other way than escaped (RFC 8259 §8.2)
        return json.dumps(body).encode()


def chat_headers(step: Step, *, dialect: str) -> Headers:
    """Return the headers that every client of a dialect sends besides the usual ones."""
    if dialect == COPILOTKIT:
        return (("Accept", _INCREMENTS if step.stream else "application/json"),)
    return _HEADERS.get(dialect, ())


def chat_path(path: str, model: str) -> str:
    """Return the path to ask, with `{model}` in it filled in."""
    return path.replace("{model}", model)


def request_of(body: bytes, *, dialect: str) -> dict[str, Any] | None:
    """Return what a body asks for, in OpenAI's words; None when it is no JSON object.

    In a dialect with words of its own that is as much as it takes to judge an answer: the messages' roles and texts,
    the model, and the form of the answer.
    """
    try:
        value = json_text.loads(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    return _TOLD[dialect](value) if dialect in _TOLD else value
