"""What a page of CopilotKit asks for: its messages, the actions that it offers to a model, and parameters.

The one rule: what this proxy cannot keep to, an agent or guardrails, is refused and not passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.faces.context import context_of
from harness.reference_proxy.faces.face import Json
from harness.reference_proxy.faces.parameters import parameters_of


def chat_of(data: Mapping[str, Any], *, in_parts: bool) -> Json:
    """Return the chat that the input of `generateCopilotResponse` asks for; raises ProxyError where it may not be."""
    agent = data.get("agentSession")
    if agent:
        named = agent["agentName"]
        raise invalid_request(f"There is no agent {named!r} here.", code="agent_not_found", status=404)
    if (data.get("cloud") or {}).get("guardrails"):
        raise invalid_request("This proxy keeps no guardrails; leave them out.", code="no_guardrails", param="cloud")
    told = data.get("forwardedParameters") or {}
    chat = parameters_of(told)
    if isinstance(chat.get("max_tokens"), float) and chat["max_tokens"].is_integer():
        chat["max_tokens"] = int(chat["max_tokens"])  # the schema has no better type for it
    if in_parts:
        chat["stream"] = True  # but no usage is asked for, which has no place in an answer
    said = [(each["description"], each["value"]) for each in data.get("context") or []]
    chat["messages"] = [*context_of(said), *_messages(data["messages"])]
    tools = list(_tools(data["frontend"]["actions"]))
    if tools:
        chat["tools"] = tools
        chat["tool_choice"] = _choice(told)
    return chat


def _messages(told: Sequence[Mapping[str, Any]]) -> list[Json]:
    made: list[Json] = []
    holders: dict[str, Json] = {}  # by the ids of the messages that went into them
    for message in told:
        match message:
            case {"textMessage": {"content": content, "role": role}}:
                made.append({"role": "system" if role == "developer" else role, "content": content})
                holders[message["id"]] = made[-1]
            case {"actionExecutionMessage": Mapping() as call}:
                holder = _holder(made, holders, call.get("parentMessageId"))
                function = {"name": call["name"], "arguments": call["arguments"]}
                holder.setdefault("tool_calls", []).append(
                    {"id": message["id"], "type": "function", "function": function}
                )
                holders[message["id"]] = holder
            case {"resultMessage": {"actionExecutionId": call_id, "result": result}}:
                made.append({"role": "tool", "tool_call_id": call_id, "content": result})
            case {"imageMessage": {"format": form, "bytes": data, "role": role}}:
                image = {"type": "image_url", "image_url": {"url": f"data:image/{form};base64,{data}"}}
                made.append({"role": role, "content": [image]})
            case {"agentStateMessage": Mapping()}:
                continue  # an agent's state is not said to a model
            case _:
                raise invalid_request(f"The message {message['id']!r} says nothing.", code="empty_message")
    return made


def _holder(made: list[Json], holders: Mapping[str, Json], parent: object) -> Json:
    """Return the message that a call belongs to: its parent's, the last one where that calls, or a new one."""
    last = made[-1] if made else None
    named = holders.get(parent) if isinstance(parent, str) else None
    for found in (named, last if last and "tool_calls" in last else None):
        if found is not None and found is last and found["role"] == "assistant":
            return found
    made.append({"role": "assistant", "content": None})
    return made[-1]


def _tools(actions: Sequence[Mapping[str, Any]]) -> Iterator[Json]:
    for index, action in enumerate(actions):
        if action.get("available") in ("disabled", "remote"):
            continue  # a remote one is for the agent that has it
        try:
            parameters = jsontext.loads(action["jsonSchema"] or "{}")
        except jsontext.InvalidJsonError:
            raise _no_schema(index) from None
        if not isinstance(parameters, dict):
            raise _no_schema(index)
        function = {"name": action["name"], "description": action["description"], "parameters": parameters}
        yield {"type": "function", "function": function}


def _no_schema(index: int) -> ProxyError:
    where = f"frontend.actions[{index}].jsonSchema"
    return invalid_request(f"'{where}' must be the text of a JSON object.", code="invalid_schema", param=where)


def _choice(told: Mapping[str, Any]) -> object:
    name = told.get("toolChoiceFunctionName")
    if told.get("toolChoice") == "function" and name:
        return {"type": "function", "function": {"name": name}}
    return told.get("toolChoice") or "auto"
