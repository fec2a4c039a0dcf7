"""OpenAI's Responses API, on top of chats.

The one rule: nothing is kept between requests, so that one that names an earlier response is refused and not guessed.
Source: OpenAI API reference, responses; the Open Responses specification.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.face import Head, Json, Stream
from harness.reference_proxy.faces.responses_stream import ResponseStream, items_of, response_of

_PASSED_ON: Final = ("model", "stream", "temperature", "top_p", "parallel_tool_calls", "user", "presence_penalty")
_ROLES: Final = {"developer": "system"}


class Responses:
    """`POST /v1/responses`."""

    def chat_of(self, asked: Mapping[str, Any]) -> Json:
        """Return the chat that a request asks for."""
        if asked.get("previous_response_id") is not None:
            raise invalid_request(
                "This proxy keeps no responses; send the whole input.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        chat: Json = {name: asked[name] for name in _PASSED_ON if asked.get(name) is not None}
        chat["messages"] = [*_instructions(asked), *_messages(asked.get("input"))]
        if asked.get("max_output_tokens") is not None:
            chat["max_tokens"] = asked["max_output_tokens"]
        tools = [_tool(tool) for tool in _list(asked, "tools")]
        if tools:
            chat["tools"] = tools
            chat["tool_choice"] = _choice(asked.get("tool_choice", "auto"))
        form = (asked.get("text") or {}).get("format") if isinstance(asked.get("text"), Mapping) else None
        if isinstance(form, Mapping) and form.get("type") != "text":
            chat["response_format"] = _format(form)
        if chat.get("stream") is True:
            chat["stream_options"] = {"include_usage": True}
        return chat

    def whole(self, completion: Mapping[str, Any], asked: Mapping[str, Any], head: Head) -> Json:
        """Word a whole answer as a response with its items."""
        choice = completion["choices"][0]
        finish = choice.get("finish_reason")
        items = items_of(choice["message"], head, finish=finish)
        return response_of(asked, head, items=items, finish=finish, usage=completion.get("usage"))

    def stream(self, asked: Mapping[str, Any], head: Head) -> Stream:
        """Word a stream."""
        return ResponseStream(asked, head)

    def refusal(self, error: ProxyError) -> Json:
        """Word a refusal in OpenAI's shape."""
        return error.body()


def _list(asked: Mapping[str, Any], name: str) -> list[Any]:
    told = asked.get(name)
    if told is not None and not isinstance(told, list):
        raise invalid_request(f"'{name}' must be a list.", code="invalid_type", param=name)
    return told or []


def _instructions(asked: Mapping[str, Any]) -> list[Json]:
    told = asked.get("instructions")
    return [{"role": "system", "content": told}] if told else []


def _messages(told: object) -> Iterator[Json]:
    if isinstance(told, str):
        yield {"role": "user", "content": told}
        return
    if not isinstance(told, list):
        raise invalid_request("'input' must be a string or a list of items.", code="invalid_type", param="input")
    for index, item in enumerate(told):
        if not isinstance(item, Mapping):
            raise invalid_request(f"'input[{index}]' must be an object.", code="invalid_type", param=f"input[{index}]")
        match item.get("type", "message"):
            case "message":
                role = item.get("role")
                yield {"role": _ROLES.get(str(role), role), "content": _content(item.get("content"))}
            case "function_call":
                function = {"name": item.get("name"), "arguments": item.get("arguments")}
                call = {"id": item.get("call_id"), "type": "function", "function": function}
                yield {"role": "assistant", "content": None, "tool_calls": [call]}
            case "function_call_output":
                yield {"role": "tool", "tool_call_id": item.get("call_id"), "content": _content(item.get("output"))}
            case "reasoning" | "item_reference" | "compaction":
                continue  # what another model thought is not said to this one
            case kind:
                raise invalid_request(
                    f"'input[{index}].type' is {kind!r}, which this proxy does not know.",
                    code="invalid_value",
                    param=f"input[{index}].type",
                )


def _content(told: object) -> object:
    if not isinstance(told, list):
        return told
    parts = [_part(part) for part in told]
    texts = [part["text"] for part in parts if isinstance(part, dict) and part.get("type") == "text"]
    return "".join(texts) if len(texts) == len(parts) and all(isinstance(text, str) for text in texts) else parts


def _part(part: object) -> object:
    if not isinstance(part, Mapping):
        return part
    match part.get("type"):
        case "input_text" | "output_text":
            return {"type": "text", "text": part.get("text")}
        case "refusal":
            return {"type": "text", "text": part.get("refusal")}
        case "input_image":
            return {"type": "image_url", "image_url": {"url": part.get("image_url")}}
        case _:
            return dict(part)


def _tool(tool: object) -> object:
    if not isinstance(tool, Mapping) or tool.get("type") != "function":
        raise invalid_request("Only tools of the type 'function' can be called.", code="invalid_value", param="tools")
    told = ("name", "description", "parameters", "strict")
    return {"type": "function", "function": {name: tool[name] for name in told if tool.get(name) is not None}}


def _choice(told: object) -> object:
    return {"type": "function", "function": {"name": told.get("name")}} if isinstance(told, Mapping) else told


def _format(form: Mapping[str, Any]) -> Json:
    if form.get("type") != "json_schema":
        return dict(form)
    return {"type": "json_schema", "json_schema": {name: form[name] for name in form if name != "type"}}
