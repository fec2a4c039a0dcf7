"""The parameters of a request: which of them an answer hangs on, and where upstream was asked with others.

The one rule: every parameter that a client sends is looked for. What shapes the answer has to be there; what only
keeps books, and what nobody knows, should be. A default is as good as none.
Source: OpenAI API, create chat completion; Cloudflare docs: Workers AI, text generation input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from harness.core.judging.asked.values import Departure, departures, same
from reports.record import Level

SHAPING: Final = frozenset(
    {
        *("temperature", "top_p", "seed", "presence_penalty", "frequency_penalty", "logit_bias"),
        *("max_tokens", "max_completion_tokens", "n", "stop"),
        *("tools", "tool_choice", "parallel_tool_calls", "response_format", "prediction"),
        *("logprobs", "top_logprobs", "modalities", "audio", "web_search_options"),
        *("reasoning_effort", "verbosity"),
    }
)
"""What changes an answer, by OpenAI's names; Workers AI has the same for what it knows of them."""
SHAPING_ELSEWHERE: Final = frozenset(
    {"top_k", "min_p", "repetition_penalty", "guided_json", "functions", "function_call", "raw", "lora"}
)
"""What changes an answer for some upstreams. A target that speaks OpenAI's dialect need not know them."""
NATIVE: Final = frozenset(
    {
        *("temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty", "repetition_penalty"),
        *("max_tokens", "max_completion_tokens", "tools", "reasoning_effort"),
    }
)
"""What Workers AI's native dialect has under the same name and with the same meaning."""
OF_FORM: Final = frozenset({"model", "messages", "prompt", "stream", "stream_options"})
"""What is judged by other rules, or says no more than how the answer is to come."""
_LIMITS: Final = ("max_tokens", "max_completion_tokens")
"""Two names of one limit; a target may use the one that its upstream knows."""
_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "n": 1,
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "logprobs": False,
        "top_logprobs": 0,
        "store": False,
        "service_tier": "auto",
        "verbosity": "medium",
        "modalities": ["text"],
        "response_format": {"type": "text"},
    }
)
"""What OpenAI's reference gives for a parameter that is left out."""


def changes(asked: Mapping[str, Any], sent: Mapping[str, Any], *, native: bool) -> Iterator[Departure]:
    """Yield where upstream was asked with another parameter than the client gave, the name first in its path."""
    for name, value in asked.items():
        if value is None or name in OF_FORM or name in _LIMITS or (native and name not in NATIVE):
            continue
        was, now = meant(name, value), meant(name, sent.get(name))
        if was is None and now is None:
            continue
        weighs_less = name not in SHAPING
        for each in departures(was, now, name):
            if each.kind != "added":
                yield replace(each, level=Level.SHOULD if weighs_less else each.level)
    yield from _limit(asked, sent)


def _limit(asked: Mapping[str, Any], sent: Mapping[str, Any]) -> Iterator[Departure]:
    limit = next((asked[name] for name in reversed(_LIMITS) if asked.get(name) is not None), None)
    arrived = [sent.get(name) for name in _LIMITS]
    if limit is not None and not any(same(limit, each) for each in arrived):
        came = next((each for each in arrived if each is not None), None)
        yield Departure(where="max_tokens", kind="changed", was=limit, now=came)


def additions(asked: Mapping[str, Any], sent: Mapping[str, Any]) -> Iterator[Departure]:
    """Yield what upstream was asked with and the client never sent; told, or more where it changes the answer."""
    for name, now in sent.items():
        if name in OF_FORM or (name in _LIMITS and any(asked.get(each) is not None for each in _LIMITS)):
            continue
        was = asked.get(name)
        if meant(name, was) is not None:
            yield from (each for each in departures(meant(name, was), meant(name, now), name) if each.kind == "added")
        elif meant(name, now) is not None:
            shapes = name in SHAPING or name in SHAPING_ELSEWHERE
            yield Departure(where=name, kind="added", was=was, now=now, level=Level.SHOULD if shapes else Level.OBSERVE)


def meant(name: str, value: object) -> object:
    """What a parameter comes to: a default is as good as none, and dialects write some of them in two ways."""
    if value is None or value in ([], {}, "") or (name in _DEFAULTS and same(value, _DEFAULTS[name])):
        return None
    if name == "stop" and isinstance(value, str):
        return [value]
    if name == "tools" and isinstance(value, list):
        return [item["function"] if isinstance(item, dict) and "function" in item else item for item in value]
    return value
