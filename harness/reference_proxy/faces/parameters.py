"""What shapes an answer besides messages and tools, where an API leaves the names of it to its users.

The one rule: each may be named as the AI SDK names it or as OpenAI does; what has neither name is not passed on.
Source: AI SDK reference, call settings.
"""

from collections.abc import Mapping
from typing import Any, Final

from harness.reference_proxy.faces.face import Json

_NAMES: Final = {
    "model": "model",
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "maxTokens": "max_tokens",
    "maxOutputTokens": "max_tokens",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "stop": "stop",
    "stopSequences": "stop",
    "seed": "seed",
}


def parameters_of(told: object) -> Json:
    """Return the parameters of a chat among what a client said; none where it said nothing."""
    if not isinstance(told, Mapping):
        return {}
    found = {name: told[said] for said, name in _NAMES.items() if told.get(said) is not None}
    return found | {name: told[name] for name in _NAMES.values() if told.get(name) is not None}


def choice_of(told: Mapping[str, Any]) -> object:
    """Return which tool is to be called, in OpenAI's words; a client that does not say so leaves it to the model."""
    match told.get("toolChoice", told.get("tool_choice")):
        case {"type": "tool", "toolName": name}:
            return {"type": "function", "function": {"name": name}}
        case None:
            return "auto"
        case said:
            return said


def streamed() -> Json:
    """Return what a chat says whose answer streams, with its usage at the end."""
    return {"stream": True, "stream_options": {"include_usage": True}}
