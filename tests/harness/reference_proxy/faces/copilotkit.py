"""A client of CopilotKit's GraphQL: what it sends, and how it puts together what comes back in parts."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.harness.reference_proxy.stage import OPENAI_MODEL, Answered, Stage

PATH: Final = "/copilotkit"
ACCEPT: Final = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
"""What urql, on which CopilotKit's client rests, takes."""

LOOK: Final = {"name": "look", "description": "Look.", "jsonSchema": '{"type":"object"}'}
"""A tool that a page offers."""

STREAMED: Final = """
mutation generateCopilotResponse($data: GenerateCopilotResponseInput!, $properties: JSONObject) {
  generateCopilotResponse(data: $data, properties: $properties) {
    threadId
    runId
    extensions { openaiAssistantAPI { runId threadId } }
    ... on CopilotResponse @defer {
      status { ... on BaseResponseStatus { code } ... on FailedResponseStatus { reason details } }
    }
    messages @stream {
      __typename
      ... on BaseMessageOutput { id createdAt }
      ... on BaseMessageOutput @defer {
        status {
          ... on SuccessMessageStatus { code }
          ... on FailedMessageStatus { code reason }
          ... on PendingMessageStatus { code }
        }
      }
      ... on TextMessageOutput { content @stream role parentMessageId }
      ... on ActionExecutionMessageOutput { name arguments @stream parentMessageId }
    }
    metaEvents @stream { ... on LangGraphInterruptEvent { type name value } }
  }
}
"""
WHOLE: Final = STREAMED.replace(" @stream", "").replace(" @defer", "")


def text(content: str, role: str = "user", message_id: str = "u1") -> dict[str, object]:
    """A message of text."""
    told = {"content": content, "role": role}
    return {"id": message_id, "createdAt": "2026-11-21T00:00:00.000Z", "textMessage": told}


def message(message_id: str, **told: object) -> dict[str, object]:
    """A message of another kind."""
    return {"id": message_id, "createdAt": "2026-11-21T00:00:00.000Z", **told}


def asked(*messages: object, query: str = STREAMED, **more: object) -> dict[str, object]:
    """The request of these messages, or of one question; `more` goes into its input."""
    data = {
        "metadata": {"requestType": "Chat"},
        "threadId": "t1",
        "runId": "r1",
        "messages": list(messages) or [text("hello")],
        "frontend": {"actions": [], "url": "https://page.example"},
        "forwardedParameters": {"model": OPENAI_MODEL},
        **more,
    }
    return {"operationName": "generateCopilotResponse", "query": query, "variables": {"data": data}}


def parts_of(answered: Answered) -> list[dict[str, Any]]:
    """The parts of a multipart answer; every length is right."""
    framed = answered.body.decode().removeprefix("\r\n---")
    parts = []
    while framed.startswith("\r\n"):
        head, _, rest = framed.removeprefix("\r\n").partition("\r\n\r\n")
        kind, length = head.split("\r\n")
        assert kind == "Content-Type: application/json; charset=utf-8"
        body = rest.encode()[: int(length.removeprefix("Content-Length: "))].decode()
        framed = rest.removeprefix(body)
        assert framed.startswith("\r\n---"), framed
        framed = framed.removeprefix("\r\n---")
        parts.append(json.loads(body))
    assert framed in ("--\r\n", "")
    return parts


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What an answer has become, by the paths of its increments."""
    whole: dict[str, Any] = parts[0]["data"]
    for part in parts[1:]:
        for filling in part.get("incremental", []):
            place: Any = whole
            *steps, last = filling["path"]
            for step in steps:
                place = place[step]
            if "items" in filling:
                assert len(place) == last
                place.extend(filling["items"])
            else:
                place[last].update(filling["data"])
    response: dict[str, Any] = whole["generateCopilotResponse"]
    return response


async def ask(on: Stage, document: object, accept: str = ACCEPT) -> Answered:
    """Ask in the form that a client takes."""
    return await on.ask(document, path=PATH, Accept=accept)
