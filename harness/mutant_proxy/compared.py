"""Mutants that change a request or an answer where nobody looks: a value, an order, a part, a field, a status.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.compared`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.http.app import Front
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.routes import UpstreamCall

Body: TypeAlias = dict[str, Any]


def _asking(original: Original, change: Callable[[Body, ChatRequest], Mapping[str, Any]]) -> object:
    """Change what upstream is asked, on a deep copy of it."""

    def changed(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        return replace(call, body=change(json.loads(json.dumps(dict(call.body))), request))

    return changed


def _in_messages(original: Original, change: Callable[[Body], Body]) -> object:
    return _asking(original, lambda body, _: body | {"messages": [change(item) for item in body["messages"]]})


def _in_parts(original: Original, change: Callable[[Body], Body | None]) -> object:
    def changed(message: Body) -> Body:
        content = message.get("content")
        if not isinstance(content, list):
            return message
        kept = [part for each in content if (part := change(each)) is not None]
        return message | {"content": kept or [{"type": "text", "text": ""}]}

    return _in_messages(original, changed)


@mutant
def falsy_taken_for_missing(original: Original) -> object:
    return _asking(original, lambda body, _: {name: value for name, value in body.items() if value})


@mutant
def inner_false_taken_for_missing(original: Original) -> object:
    def truthy(value: object) -> object:
        if isinstance(value, dict):
            return {name: truthy(each) for name, each in value.items() if each not in (None, False)}
        return [truthy(each) for each in value] if isinstance(value, list) else value

    return _asking(original, lambda body, _: body | {"tools": truthy(body["tools"])} if "tools" in body else body)


@mutant
def keys_sorted(original: Original) -> object:
    return _asking(original, lambda body, _: json.loads(json.dumps(body, sort_keys=True)))


@mutant
def numbers_as_text(original: Original) -> object:
    def texted(body: Body, _: ChatRequest) -> Body:
        return {name: str(each) if isinstance(each, float) else each for name, each in body.items()}

    return _asking(original, texted)


@mutant
def arguments_through_doubles(original: Original) -> object:
    def reread(message: Body) -> Body:
        for call in message.get("tool_calls") or ():
            call["function"]["arguments"] = json.dumps(json.loads(call["function"]["arguments"], parse_int=float))
        return message

    return _in_messages(original, reread)


@mutant
def pictures_become_words(original: Original) -> object:
    word = {"type": "text", "text": "[Image]"}
    return _in_parts(original, lambda part: word if part["type"] == "image_url" else part)


@mutant
def attachments_left_out(original: Original) -> object:
    return _in_parts(original, lambda part: part if part["type"] in ("text", "image_url") else None)


@mutant
def names_left_out(original: Original) -> object:
    return _in_messages(original, lambda message: {name: each for name, each in message.items() if name != "name"})


@mutant
def result_of_the_last_call_only(original: Original) -> object:
    def last(body: Body, _: ChatRequest) -> Body:
        results = [item for item in body["messages"] if item["role"] == "tool"]
        return body | {"messages": [item for item in body["messages"] if item not in results[:-1]]}

    return _asking(original, last)


@mutant
def half_characters_dropped(original: Original) -> object:
    def clean(message: Body) -> Body:
        content = message.get("content")
        if not isinstance(content, str):
            return message
        return message | {"content": "".join(each for each in content if each.isprintable() or each in "\n\r\t")}

    return _in_messages(original, clean)


@mutant
def spent_by_the_first_attempt(original: Original) -> object:
    def spending(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        assert isinstance(request.parameters, dict)  # noqa: S101 - the client's own document
        request.parameters.pop("response_format", None)
        return call

    return spending


@mutant
def fallback_without_tools(original: Original) -> object:
    def poorer(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        if model == request.model:
            return call
        return replace(call, body={name: each for name, each in call.body.items() if name != "tools"})

    return poorer


@mutant
def caller_named_by_token(read: Original) -> object:
    async def telling(self: Front, request: web.Request) -> bytes:
        body: bytes = await read(self, request)
        try:
            document = json.loads(body)
        except ValueError:
            return body
        if isinstance(document, dict):
            document["user"] = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return json.dumps(document).encode()

    return telling


@mutant
def rules_of_everybody(original: Original) -> object:
    rules: list[Body] = []

    def together(body: Body, _: ChatRequest) -> Body:
        rules.extend(item for item in body["messages"] if item["role"] == "system" and item not in rules)
        return body | {"messages": [*rules, *(item for item in body["messages"] if item["role"] != "system")]}

    return _asking(original, together)


@mutant
def parameters_left_behind(original: Original) -> object:
    defaults: Body = {}

    def merged(body: Body, _: ChatRequest) -> Body:
        defaults.update({name: each for name, each in body.items() if name in ("temperature", "seed", "user")})
        return defaults | body

    return _asking(original, merged)


@mutant
def usage_for_everybody(original: Original) -> object:
    def counting(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        body = dict(call.body) | ({"stream_options": {"include_usage": True}} if call.stream else {})
        return replace(call, body=body, include_usage=True)

    return counting


@mutant
def refusals_are_our_fault(client_error: Original) -> object:
    def ours(status: int, code: int | None, detail: str) -> UpstreamError:
        failure: UpstreamError = client_error(status, code, detail)
        failure.status = 500
        return failure

    return ours


@mutant
def limits_told_as_outages(failure: Original) -> object:
    def outage(*given: Any) -> UpstreamError:  # noqa: ANN401 - passed on as they come
        failed: UpstreamError = failure(*given)
        failed.status = 503 if failed.status == 429 else failed.status
        return failed

    return outage


@mutant
def last_logprobs_win(add: Original) -> object:
    def forgetful(self: Any, choice: Body) -> None:  # noqa: ANN401 - a class of the module that keeps it to itself
        if (choice.get("logprobs") or {}).get("content"):
            self._logprobs = {}
        add(self, choice)

    return forgetful


@mutant
def hit_without_logprobs(original: Original) -> object:
    def poorer(completion: Body, *, include_usage: bool) -> list[Body]:
        choices = [{**choice, "logprobs": None} for choice in completion["choices"]]
        chunks: list[Body] = original({**completion, "choices": choices}, include_usage=include_usage)
        return chunks

    return poorer


def _hit_without(original: Original, *names: str) -> object:
    def poorer(completion: Body, *, include_usage: bool) -> list[Body]:
        choices = [
            {**choice, "message": {name: each for name, each in choice["message"].items() if name not in names}}
            for choice in completion["choices"]
        ]
        chunks: list[Body] = original({**completion, "choices": choices}, include_usage=include_usage)
        return chunks

    return poorer


@mutant
def hit_without_refusal(original: Original) -> object:
    return _hit_without(original, "refusal")


@mutant
def refusal_kept_to_itself(original: Original) -> object:
    def silent(self: Any, choice: object, position: int) -> Body | None:  # noqa: ANN401 - passed on as it comes
        kept: Body | None = original(self, choice, position)
        if kept is not None:
            kept["delta"].pop("refusal", None)
        return kept

    return silent


@mutant
def usage_without_details(keep_usage: Original) -> object:
    def plain(self: Any, usage: object, *, alone: bool) -> None:  # noqa: ANN401 - passed on as it comes
        if isinstance(usage, dict):
            usage = {name: each for name, each in usage.items() if not isinstance(each, dict)}
        keep_usage(self, usage, alone=alone)

    return plain


@mutant
def lists_overwritten(_: Original) -> object:
    return lambda _one, other: other


@mutant
def key_of_doubles(cache_key: Original) -> object:
    def rounded(parameters: Body, caller: str) -> str:
        key: str = cache_key(json.loads(json.dumps(parameters), parse_int=float), caller)
        return key

    return rounded


@mutant
def key_of_texts(cache_key: Original) -> object:
    def texts(parameters: Body, caller: str) -> str:
        said = [
            [part for part in item["content"] if part.get("text")]
            if isinstance(item.get("content"), list)
            else item.get("content")
            for item in parameters["messages"]
        ]
        key: str = cache_key({**parameters, "messages": said}, caller)
        return key

    return texts
