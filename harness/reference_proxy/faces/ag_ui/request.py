"""What a run asks for: the conversation, what the application says beside it, and the tools that it offers.

The one rule: a part that no model behind this proxy reads is refused and not dropped. An agent's state and answers to
its interrupts are for agents that keep something; nothing is kept here, so they are not for the model.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ag_ui.core import (
    ActivityMessage,
    AssistantMessage,
    DataSource,
    DeveloperMessage,
    FunctionCall,
    ImagePart,
    Message,
    ReasoningMessage,
    RunAgentInput,
    TextPart,
    Tool,
    ToolMessage,
    UrlSource,
)
from pydantic import ValidationError

from harness.reference_proxy.errors import invalid_request
from harness.reference_proxy.faces.context import context_of
from harness.reference_proxy.faces.face import Json
from harness.reference_proxy.faces.parameters import choice_of, parameters_of, streamed


def chat_of(asked: Mapping[str, Any]) -> Json:
    """Return the chat that a run asks for; raises ProxyError where it is no run."""
    run = _run(asked)
    props = run.forwarded_props
    chat = {**parameters_of(props), **streamed()}
    told = [each for message in run.messages for each in _messages(message)]
    said = [(each.description, each.value) for each in run.context or []]
    chat["messages"] = [*context_of(said), *told]
    if run.tools:
        chat["tools"] = [_tool(tool) for tool in run.tools]
        chat["tool_choice"] = choice_of(props if isinstance(props, Mapping) else {})
    return chat


def _run(asked: Mapping[str, Any]) -> RunAgentInput:
    try:
        run = RunAgentInput.model_validate(asked)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise invalid_request(f"'{where}': {first['msg']}.", code="invalid_run", param=where) from None
    # The names in Python are taken as well; on the wire there is one for each, which the answer repeats.
    for name in ("threadId", "runId"):
        if name not in asked:
            raise invalid_request(f"'{name}': Field required.", code="invalid_run", param=name)
    return run


def _messages(message: Message) -> Iterator[Json]:
    match message:
        case AssistantMessage(content=content, tool_calls=calls):
            made = [_call(call.id, call.function) for call in calls or []]
            yield {"role": "assistant", "content": content or None, **({"tool_calls": made} if made else {})}
        case ToolMessage(tool_call_id=call_id):
            lines = [_text(message.content), message.error or ""]
            yield {"role": "tool", "tool_call_id": call_id, "content": "\n".join(line for line in lines if line)}
        case ReasoningMessage() | ActivityMessage():
            return  # what another model thought, and what a page showed, is not said to this one
        case DeveloperMessage(content=content):
            yield {"role": "system", "content": content}
        case _:
            yield {"role": message.role, "content": _content(message.content)}


def _call(call_id: str, function: FunctionCall) -> Json:
    return {"id": call_id, "type": "function", "function": {"name": function.name, "arguments": function.arguments}}


def _content(told: object) -> object:
    return [_part(part) for part in told] if isinstance(told, list) else told


def _part(part: object) -> Json:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text}
        case ImagePart(source=UrlSource(value=url)):
            return {"type": "image_url", "image_url": {"url": url}}
        case ImagePart(source=DataSource(value=data, mime_type=mime_type)):
            return {"type": "image_url", "image_url": {"url": f"data:{mime_type};base64,{data}"}}
        case _:
            what = "Only text, and images with their data or URL, can be passed on to a model."
            raise invalid_request(what, code="unsupported_part", param="messages")


def _text(told: object) -> str:
    if not isinstance(told, list):
        return str(told)
    return "\n".join(str(_part(part).get("text", "")) for part in told)


def _tool(tool: Tool) -> Json:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": {name: value for name, value in function.items() if value is not None}}
