"""Mutants that go wrong beside what others get wrong: another name, another role, another form of a value.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.neighbours`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.routes import UpstreamCall

Body: TypeAlias = dict[str, Any]

_MAIN = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
_NEWER = "max_completion_tokens"


def _asking(original: Original, change: Callable[[Body], Body]) -> object:
    """Change what upstream is asked, on a copy."""

    def changed(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        return replace(call, body=change(dict(call.body)))

    return changed


def _in_messages(original: Original, change: Callable[[Body], Body]) -> object:
    return _asking(original, lambda body: body | {"messages": [change(item) for item in body["messages"]]})


def _spending(original: Original, spend: Callable[[Body], None]) -> object:
    """Change the client's own document once an attempt has been made of it."""

    def changed(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        call = replace(call, body=dict(call.body))
        assert isinstance(request.parameters, dict)  # noqa: S101 - the client's own document
        spend(request.parameters)
        return call

    return changed


@mutant
def question_asked_twice(original: Original) -> object:
    def double(parameters: Body) -> None:
        parameters["messages"] = [*parameters["messages"], parameters["messages"][-1]]

    return _spending(original, double)


@mutant
def usage_wished_for_once(original: Original) -> object:
    def forget(parameters: Body) -> None:
        parameters.pop("stream_options", None)

    return _spending(original, forget)


@mutant
def first_part_of_the_rules(original: Original) -> object:
    def first(message: Body) -> Body:
        parts = message.get("content")
        return message | {"content": parts[:1]} if message["role"] == "system" and isinstance(parts, list) else message

    return _in_messages(original, first)


@mutant
def stop_as_a_word_dropped(original: Original) -> object:
    return _asking(
        original, lambda body: {name: each for name, each in body.items() if name != "stop" or isinstance(each, list)}
    )


@mutant
def newer_limit_unknown(original: Original) -> object:
    return _asking(original, lambda body: {name: each for name, each in body.items() if name != _NEWER})


@mutant
def text_beside_calls_dropped(original: Original) -> object:
    return _in_messages(original, lambda message: message | {"content": None} if message.get("tool_calls") else message)


@mutant
def one_model_for_all(original: Original) -> object:
    def main(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, _MAIN if model == request.model else model)
        return call

    return main


@mutant
def key_in_small_letters(cache_key: Original) -> object:
    def folded(parameters: Body, caller: str) -> str:
        said = [{**item, "content": str(item.get("content")).lower()} for item in parameters["messages"]]
        key: str = cache_key({**parameters, "messages": said}, caller)
        return key

    return folded


@mutant
def total_left_out(keep_usage: Original) -> object:
    def parts(self: Any, usage: object, *, alone: bool) -> None:  # noqa: ANN401 - passed on as it comes
        if isinstance(usage, dict):
            usage = {name: each for name, each in usage.items() if name != "total_tokens"}
        keep_usage(self, usage, alone=alone)

    return parts
