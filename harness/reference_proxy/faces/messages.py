"""Anthropic's Messages API, on top of chats.

Source: Anthropic API reference: messages, streaming messages, errors.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.face import Head, Json, Stream
from harness.reference_proxy.faces.messages_stream import MessageStream, message_head, stop_of, usage_of

_PASSED_ON: Final = ("model", "stream", "temperature", "top_p", "top_k", "max_tokens")
_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}
_ERRORS: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.NOT_FOUND: "not_found_error",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request_too_large",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
    HTTPStatus.SERVICE_UNAVAILABLE: "overloaded_error",
    HTTPStatus.GATEWAY_TIMEOUT: "timeout_error",
}


class Messages:
    """`POST /v1/messages`."""

    def chat_of(self, asked: Mapping[str, Any]) -> Json:
        """Return the chat that a request asks for."""
        if asked.get("max_tokens") is None:
            raise invalid_request("max_tokens: Field required", code="missing_parameter", param="max_tokens")
        chat: Json = {name: asked[name] for name in _PASSED_ON if asked.get(name) is not None}
        messages = asked.get("messages")
        if not isinstance(messages, list):
            raise invalid_request("messages: Input should be a valid list", code="invalid_type", param="messages")
        chat["messages"] = [*_system(asked.get("system")), *(each for told in messages for each in _messages(told))]
        if asked.get("stop_sequences"):
            chat["stop"] = asked["stop_sequences"]
        tools = asked.get("tools")
        if isinstance(tools, list) and tools:
            chat["tools"] = [_tool(tool) for tool in tools]
            chat["tool_choice"] = _choice(asked.get("tool_choice"))
        if chat.get("stream") is True:
            chat["stream_options"] = {"include_usage": True}
        return chat

    def whole(self, completion: Mapping[str, Any], asked: Mapping[str, Any], head: Head) -> Json:
        """Word a whole answer as a message of blocks."""
        del asked  # a message repeats nothing of its request
        choice = completion["choices"][0]
        said = choice["message"].get("content")
        text = [{"type": "text", "text": said, "citations": None}] if said else []
        calls = [_use(call) for call in choice["message"].get("tool_calls") or []]
        begun = message_head(head, usage_of(completion.get("usage")))
        return {**begun, "content": [*text, *calls], "stop_reason": stop_of(choice.get("finish_reason"))}

    def stream(self, asked: Mapping[str, Any], head: Head) -> Stream:
        """Word a stream."""
        del asked  # a message repeats nothing of its request
        return MessageStream(head)

    def refusal(self, error: ProxyError) -> Json:
        """Word a refusal in Anthropic's shape."""
        return refusal_of(error)


def refusal_of(error: ProxyError) -> Json:
    """Return an error object of a kind that follows from the status."""
    client = HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    kind = _ERRORS.get(error.status, "invalid_request_error" if client else "api_error")
    return {"type": "error", "error": {"type": kind, "message": error.message}}


def _system(told: object) -> list[Json]:
    return [{"role": "system", "content": _joined(told)}] if told else []


def _joined(told: object) -> object:
    if not isinstance(told, list):
        return told
    return "\n".join(str(part.get("text", "")) for part in told if isinstance(part, Mapping))


def _messages(told: object) -> Iterator[object]:
    if not isinstance(told, Mapping) or not isinstance(told.get("content"), list):
        yield told
        return
    parts: list[Any] = []
    calls: list[Json] = []
    for block in told["content"]:
        match block:
            case {"type": "tool_use", "id": call_id, "name": name, **more}:
                arguments = jsontext.dumps(more.get("input", {})).decode()
                calls.append({"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}})
            case {"type": "tool_result", "tool_use_id": call_id, **more}:
                yield {"role": "tool", "tool_call_id": call_id, "content": _joined(more.get("content", ""))}
            case {"type": "image", "source": source}:
                parts.append({"type": "image_url", "image_url": {"url": _address(source)}})
            case {"type": "text", "text": text}:
                parts.append({"type": "text", "text": text})
            case {"type": "thinking" | "redacted_thinking"}:
                continue  # what another model thought is not said to this one
            case _:
                parts.append(block)
    if parts or calls:
        texts = [part["text"] for part in parts if isinstance(part, dict) and part.get("type") == "text"]
        content = "\n".join(texts) if len(texts) == len(parts) else parts
        yield {"role": told.get("role"), "content": content or None, **({"tool_calls": calls} if calls else {})}


def _address(source: object) -> object:
    match source:
        case {"type": "base64", "media_type": media_type, "data": data}:
            return f"data:{media_type};base64,{data}"
        case {"type": "url", "url": url}:
            return url
        case _:
            what = "An image's source must be 'base64' or 'url'."
            raise invalid_request(what, code="invalid_value", param="messages")


def _tool(tool: object) -> Json:
    if not isinstance(tool, Mapping) or not isinstance(tool.get("input_schema"), Mapping):
        raise invalid_request("Only tools with an 'input_schema' can be called.", code="invalid_value", param="tools")
    told = {"name": tool.get("name"), "description": tool.get("description"), "parameters": tool["input_schema"]}
    return {"type": "function", "function": {name: value for name, value in told.items() if value is not None}}


def _choice(told: object) -> object:
    match told:
        case {"type": "tool", "name": name}:
            return {"type": "function", "function": {"name": name}}
        case {"type": kind}:
            return _CHOICES.get(str(kind), "auto")
        case _:
            return "auto"


def _use(call: Mapping[str, Any]) -> Json:
    arguments = jsontext.loads(call["function"]["arguments"] or "{}")
    told = {"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": arguments}
    return {**told, "caller": {"type": "direct"}}
