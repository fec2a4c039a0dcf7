"""What `useChat` sends: a chat's id and its messages in parts, and whatever the page adds in `body`.

The one rule: parts that are for a page alone are left out; a part that no model behind this proxy reads is refused. The
page may add `system`, `tools` (OpenAI's form, or by name as the SDK has them) and parameters.
Source: AI SDK 7 and 4, `convertToModelMessages` and `convertToCoreMessages`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.ai_sdk.parts import attachments, content_of, list_of, turns_of
from harness.reference_proxy.faces.face import Json
from harness.reference_proxy.faces.parameters import choice_of, parameters_of, streamed

_ROLES: Final = ("system", "user", "assistant", "data")


def chat_of(asked: Mapping[str, Any]) -> Json:
    """Return the chat that a request asks for; raises ProxyError where there is none in it."""
    messages = asked.get("messages")
    if not isinstance(messages, list):
        raise invalid_request("'messages' must be a list.", code="invalid_type", param="messages")
    chat = {**parameters_of(asked), **streamed()}
    told = [each for index, message in enumerate(messages) for each in _messages(message, f"messages[{index}]")]
    chat["messages"] = [*_system(asked.get("system")), *told]
    tools = list(_tools(asked.get("tools")))
    if tools:
        chat["tools"] = tools
        chat["tool_choice"] = choice_of(asked)
    return chat


def _system(told: object) -> list[Json]:
    return [{"role": "system", "content": told}] if told else []


def _messages(message: object, where: str) -> Iterator[Json]:
    if not isinstance(message, Mapping):
        raise _wrong(where, "an object")
    role = message.get("role")
    if role not in _ROLES:
        raise invalid_request(
            f"'{where}.role' must be one of {', '.join(_ROLES)}.", code="invalid_role", param=f"{where}.role"
        )
    parts = message.get("parts")
    if parts is None:
        calls = list_of(message, "toolInvocations", where)
        said = message.get("content", "")
        parts = [{"type": "text", "text": said}] if said is not None else []
        parts += [{"type": "tool-invocation", "toolInvocation": call} for call in calls]
    if not isinstance(parts, list):
        raise _wrong(f"{where}.parts", "a list")
    named = [(part, f"{where}.parts[{index}]") for index, part in enumerate(parts)]
    if role == "assistant":
        yield from turns_of(named)
    elif role != "data":  # what a page keeps among its messages, and tells nobody
        yield {"role": role, "content": content_of([*named, *attachments(message, where)])}


def _tools(told: object) -> Iterator[object]:
    if isinstance(told, list):
        yield from told
    elif isinstance(told, Mapping):
        for name, tool in told.items():
            said = tool if isinstance(tool, Mapping) else {}
            schema = said.get("inputSchema", said.get("parameters"))
            function = {"name": name, "description": said.get("description"), "parameters": schema}
            yield {"type": "function", "function": {key: each for key, each in function.items() if each is not None}}
    elif told is not None:
        raise _wrong("tools", "a list, or an object of tools by name")


def _wrong(where: str, wanted: str) -> ProxyError:
    return invalid_request(f"'{where}' must be {wanted}.", code="invalid_type", param=where)
