"""CopilotKit's GraphQL: a chat as the mutation `generateCopilotResponse`.

A stream is asked for by the query itself, which has `@stream` and `@defer` in it.
Source: `@copilotkit/runtime-client-gql` 1.74.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from harness.core.target.putting.words import Json, calls_of, chat_of, name_of, objects, table, text_of, tools_of

_MOMENT: Final = "2026-01-01T00:00:00.000Z"
"""When every message was made: a question that is asked again is the same."""
_FORWARDED: Final = {"model": "model", "temperature": "temperature", "max_tokens": "maxTokens"}
_FUNCTION: Final = "function"
_STREAM: Final = " @stream"
_QUERY: Final = (
    "mutation generateCopilotResponse($data: GenerateCopilotResponseInput!, $properties: JSONObject) {"
    " generateCopilotResponse(data: $data, properties: $properties) {"
    " threadId runId extensions { openaiAssistantAPI { runId threadId } }"
    " ... on CopilotResponse{defer} { status {"
    " ... on BaseResponseStatus { code } ... on FailedResponseStatus { reason details } } }"
    " messages{stream} { __typename ... on BaseMessageOutput { id createdAt }"
    " ... on BaseMessageOutput{defer} { status {"
    " ... on SuccessMessageStatus { code } ... on FailedMessageStatus { code reason }"
    " ... on PendingMessageStatus { code } } }"
    " ... on TextMessageOutput { content{stream} role parentMessageId }"
    " ... on ImageMessageOutput { format bytes role parentMessageId }"
    " ... on ActionExecutionMessageOutput { name arguments{stream} parentMessageId }"
    " ... on ResultMessageOutput { result actionExecutionId actionName }"
    " ... on AgentStateMessageOutput { threadId state running agentName nodeName runId active role } }"
    " } }"
)


def put(chat: Json) -> Json:
    """Return the request that asks for a chat."""
    streams = chat.get("stream") is True
    query = _QUERY.replace("{stream}", _STREAM if streams else "").replace("{defer}", " @defer" if streams else "")
    messages = [each for message in objects(chat.get("messages")) for each in _inputs(message)]
    forwarded = {said: chat[name] for name, said in _FORWARDED.items() if name in chat}
    choice = chat.get("tool_choice")
    if isinstance(choice, dict):
        name = table(choice.get(_FUNCTION)).get("name")
        forwarded |= {"toolChoice": _FUNCTION, "toolChoiceFunctionName": name}
    elif choice is not None:
        forwarded["toolChoice"] = choice
    data = {
        "threadId": name_of(chat, "thread"),
        "metadata": {"requestType": "Chat"},
        "frontend": {"actions": [_action(function) for function in tools_of(chat)]},
        "messages": [{"id": f"m{number}", "createdAt": _MOMENT, **each} for number, each in enumerate(messages)],
        "forwardedParameters": forwarded,
    }
    variables = {"data": data, "properties": {}}
    return {"operationName": "generateCopilotResponse", "query": query, "variables": variables}


def told(request: Json) -> Json:
    """Return a request in OpenAI's words."""
    data = table(table(request.get("variables")).get("data"))
    messages = [_message(each) for each in objects(data.get("messages"))]
    streams = _STREAM in str(request.get("query"))
    return chat_of(table(data.get("forwardedParameters")), messages, stream=streams, counts=False)


def _inputs(message: Json) -> Iterator[Json]:
    role, text = message.get("role"), text_of(message.get("content"))
    if role == "tool":
        result = {"actionExecutionId": message.get("tool_call_id"), "actionName": "tool", "result": text}
        yield {"resultMessage": result}
        return
    if text or not message.get("tool_calls"):
        yield {"textMessage": {"role": role, "content": text}}
    for _, name, arguments in calls_of(message):
        yield {"actionExecutionMessage": {"name": name, "arguments": arguments}}


def _message(told: Json) -> Json:
    if "resultMessage" in told:
        return {"role": "tool", "content": str(table(told["resultMessage"]).get("result"))}
    text = table(told.get("textMessage"))
    return {"role": text.get("role", "assistant"), "content": text.get("content", "")}


def _action(function: Json) -> Json:
    return {
        "name": function.get("name"),
        "description": function.get("description", ""),
        "jsonSchema": json.dumps(function.get("parameters", {"type": "object"})),
        "available": "enabled",
    }
