"""Whole answers: from any upstream JSON to one OpenAI `chat.completion`, and from there to chunks.

The one rule: an answer without its proof of being an answer (choices, or a native result) is refused. A completion
here has no `id`: each client gets its own when it is written out.
"""

from collections.abc import Mapping
from typing import Any

from harness.reference_proxy import jsontext, reasoning
from harness.reference_proxy.answers import failures, toolcalls
from harness.reference_proxy.errors import upstream_broken

Json = dict[str, Any]


def from_json(payload: object, *, model: str, created: int) -> Json:
    """The completion in an upstream JSON answer: OpenAI's, or native, in the v4 envelope or bare.

    Raises UpstreamError when it is none of them. Error envelopes are the caller's to recognise first.
    """
    if not isinstance(payload, dict):
        raise upstream_broken("The upstream's answer is not an object.", code="upstream_invalid_answer")
    inner = payload.get("result")
    result: Json = inner if isinstance(inner, dict) else payload
    try:
        if isinstance(result.get("choices"), list):
            return _openai(result, model, created)
        if "response" in result or "tool_calls" in result:
            return _native(result, model, created)
    except (toolcalls.InvalidToolCallError, TypeError) as error:
        raise upstream_broken(f"The upstream's answer is malformed: {error}.", code="upstream_invalid_answer") from None
    raise upstream_broken("The upstream's answer is of no known kind.", code="upstream_invalid_answer")


def empty_message() -> Json:
    """A message with every field that OpenAI's schema requires or always sends, and nothing in them."""
    return {"role": "assistant", "content": None, "refusal": None, "annotations": []}


def as_text(value: object) -> str | None:
    """Content as text: native models send numbers where strings belong. Raises TypeError for other types."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError("content is neither text nor a number")


def is_usage(value: object) -> bool:
    """Whether this is a usage object that counts anything at all: zeros are Workers AI's placeholder."""
    return isinstance(value, dict) and any(
        isinstance(value.get(name), int | float) and value[name] > 0
        for name in ("prompt_tokens", "completion_tokens", "total_tokens")
    )


def chunks_of(completion: Json, *, include_usage: bool) -> list[Json]:
    """The same answer as a stream's chunks: per choice role, content, tool calls and finish; then usage."""
    told = ("created", "model", "system_fingerprint", "service_tier")
    head: Json = {key: completion[key] for key in told if key in completion}
    chunks: list[Json] = []

    def add(index: int, delta: Json, finish: object = None, **extra: object) -> None:
        choice = {"index": index, "delta": delta, "finish_reason": finish, **extra}
        chunk = {"object": "chat.completion.chunk", **head, "choices": [choice]}
        chunks.append({**chunk, "usage": None} if include_usage else chunk)

    for choice in completion["choices"]:
        index, message = choice["index"], choice["message"]
        add(index, {"role": message.get("role") or "assistant", "content": ""})
        thought = {name: message[name] for name in reasoning.NAMES if message.get(name)}
        if thought:
            add(index, thought)  # before the text, as models say it; both names say it once
        for name, value in message.items():
            if name in ("role", "tool_calls", *reasoning.NAMES) or value in (None, "", []):
                continue
            extra: Json = {"logprobs": choice["logprobs"]} if name == "content" and choice.get("logprobs") else {}
            add(index, {name: value}, **extra)
        for position, call in enumerate(message.get("tool_calls") or []):
            add(index, {"tool_calls": [{"index": position, **call}]})
        add(index, {}, choice.get("finish_reason"))
    if include_usage and completion.get("usage") is not None:
        chunks.append({"object": "chat.completion.chunk", **head, "choices": [], "usage": completion["usage"]})
    return chunks


def storable(completion: Json) -> bool:
    """Whether every choice is whole, so that the answer may be given again: finished by itself, and not empty."""
    return bool(completion["choices"]) and all(_whole(choice) for choice in completion["choices"])


def _whole(choice: Json) -> bool:
    message = choice["message"]
    calls = message.get("tool_calls") or []
    if choice.get("finish_reason") not in ("stop", "tool_calls") or not (message.get("content") or calls):
        return False
    try:
        for call in calls:
            jsontext.loads(call["function"].get("arguments") or "{}")
    except ValueError:
        return False
    return True


def _openai(result: Json, model: str, created: int) -> Json:
    choices = [_choice(choice, position) for position, choice in enumerate(result["choices"])]
    if not choices:
        raise TypeError("there is no choice in it")
    completion = {key: value for key, value in result.items() if key not in ("id", "p", "choices", "usage")}
    completion |= {"object": "chat.completion", "choices": choices}
    completion.setdefault("created", created)
    completion.setdefault("model", model)
    if isinstance(result.get("usage"), dict):
        completion["usage"] = result["usage"]
    return completion


def _choice(choice: object, position: int) -> Json:
    if not isinstance(choice, Mapping) or not isinstance(choice.get("message"), Mapping):
        raise TypeError("a choice has no message")
    index = choice.get("index", position)
    if isinstance(index, bool) or not isinstance(index, int):
        raise TypeError("a choice's index is not a number")
    message = {**empty_message(), **choice["message"]}
    message["role"] = message.get("role") or "assistant"
    message["content"] = as_text(message.get("content"))
    calls = toolcalls.whole(message.pop("tool_calls", None))
    if calls:
        message["tool_calls"] = calls
    return {**choice, "index": index, "message": message, "finish_reason": choice.get("finish_reason")}


def _native(result: Json, model: str, created: int) -> Json:
    response = result.get("response")
    # JSON mode answers with the object itself; OpenAI clients expect its text.
    content = jsontext.dumps(response).decode("utf-8") if isinstance(response, dict | list) else as_text(response)
    calls = toolcalls.whole(result.get("tool_calls"))
    message: Json = {**empty_message(), "content": content}
    if calls:
        message["tool_calls"] = calls
    finish = result.get("finish_reason") or ("tool_calls" if calls else "stop")
    completion: Json = {
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
    }
    if isinstance(result.get("usage"), dict):
        completion["usage"] = result["usage"]
    return completion


def failed(payload: object) -> bool:
    """Whether a JSON answer says itself that it is none."""
    return isinstance(payload, dict) and failures.is_error(payload)
