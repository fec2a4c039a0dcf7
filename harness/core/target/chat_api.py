"""What a target claims of a chat service: where its things are, what its fields are called, what it keeps apart.

Defaults are the paths and names of `/api/v1/chat`. Another layout says its own; a service of another kind claims
nothing of this.

The one rule: what has no default and is not told is not claimed, and not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeAlias
from urllib.parse import quote

from pydantic import AfterValidator, ConfigDict, with_config

from harness.core.target.placeholders import fill
from harness.core.target.values import Flag, HeaderName, Seconds, Word
from harness.errors import UsageError

_CLOSED: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
_SHAPE: Final = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)")
_NAMED: Final = ("conversation", "message", "agent", "key", "text", "limit", "offset", "form")


def _routed(text: str) -> str:
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise ValueError('it should be a method and a path, as "GET /api/v1/chat"')
    try:
        fill(found[2], dict.fromkeys(_NAMED, ""))
    except UsageError as error:
        raise ValueError(f"{error.what.replace(repr(found[2]), 'it')}; {error.next_step}") from None
    return text


def _routed_or_false(value: str | bool) -> str | bool:
    if value is True:
        raise ValueError("it should be a method and a path, or false; leave it out for the default")
    return _routed(value) if isinstance(value, str) else value


Route: TypeAlias = Annotated[str, AfterValidator(_routed)]
"""A method and a path with its query. Placeholders: `{conversation}`, `{message}`, `{agent}` and `{key}` are ids,
`{text}` is what is searched, `{limit}` and `{offset}` a part of a list, `{form}` the form of an export."""

RouteOrFalse: TypeAlias = Annotated[str | bool, AfterValidator(_routed_or_false)]
"""One that has a default and may be missing."""


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatNames:
    """What fields are called in the service's JSON, in requests and in answers."""

    message: Word = "message"
    """The text of a question."""
    conversation: Word = "conversationId"
    """The conversation of a question, and of the answer's first event."""
    agent: Word = "agentId"
    """The agent of a question."""
    model: Word = "model"
    """The model of a question or of an agent."""
    title: Word = "title"
    """The title of a conversation."""
    shared: Word = "shared"
    """What is set to true to share a conversation with the tenant."""
    id: Word = "id"
    """The id of whatever is listed, shown or made."""
    role: Word = "role"
    """Who said a message: `user` or `assistant`."""
    content: Word = "content"
    """The text of a message."""
    parent: Word = "parentMessageId"
    """The message that a message answers."""
    token: Word = "token"  # noqa: S105 - the name of a field
    """The token in an answer that gives one."""
    name: Word = "name"
    """The name of an agent."""
    prompt: Word = "systemPrompt"
    """The system prompt of an agent."""


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatApi:
    """The target is a chat service. Each entry is a route; a conversation's own begin with its first question."""

    ask: Route = "POST /api/v1/chat"
    """Takes a question, in a conversation or for a new one, and streams its answer."""
    list: Route = "GET /api/v1/chat?limit={limit}&offset={offset}"
    """The caller's conversations, that with the latest message first."""
    read: Route = "GET /api/v1/chat/{conversation}?limit={limit}&offset={offset}"
    """A conversation with its messages, newest first."""
    delete: Route = "DELETE /api/v1/chat/{conversation}"
    """Takes a conversation out of lists and searches."""
    archive: RouteOrFalse = "POST /api/v1/chat/{conversation}/archive"
    """Takes a conversation out of lists; `false` where there is no such request."""
    rename: Route | None = None
    """Gives a conversation another title."""
    share: Route | None = None
    """Lets the users of the tenant read a conversation."""
    search: Route | None = None
    """Finds questions and answers by `{text}`; an entry names its conversation's id."""
    export: Route | None = None
    """Gives a conversation as a file, in the form `{form}`: `markdown`, and what is claimed besides."""
    exports_json: Flag = False
    """The form `json` is there."""
    exports_pdf: Flag = False
    """The form `pdf` is there."""
    add_key: Route | None = None
    """Gives the caller one more token, and the id of its key."""
    rotate_key: Route | None = None
    """Ends the token of `{key}`, and gives another one for it."""
    names: ChatNames = field(default_factory=ChatNames)
    """What fields are called."""
    conversation_header: HeaderName | None = None
    """The header of an answer that names its conversation; left out: a field of an event does."""
    oldest_first: Flag = False
    """Messages are listed oldest first."""
    timeout_s: Seconds | None = None
    """How long a model may say nothing before its question is given up."""
    survives_restart: Flag = False
    """What was acknowledged is there again when the target was killed and started; keep it in the folder `{kept}`."""


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAgents:
    """A tenant's agents: a name, a system prompt and perhaps a model, which a question names by the agent's id."""

    add: Route = "POST /api/v1/agents"
    """Makes an agent, and answers with its id."""
    list: Route = "GET /api/v1/agents?limit={limit}&offset={offset}"
    """The agents of the tenant."""
    read: Route = "GET /api/v1/agents/{agent}"
    """An agent with its prompt."""
    change: Route = "PATCH /api/v1/agents/{agent}"
    """Gives an agent another prompt."""
    remove: Route = "DELETE /api/v1/agents/{agent}"
    """Forgets an agent."""


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatUsage:
    """What a caller's answers took so far."""

    read: Route = "GET /api/v1/usage"
    """The usage of the caller."""
    tokens: Word = "total.totalTokens"
    """Where in it all tokens are, with dots between keys."""
    cost: Word | None = None
    """Where in it their cost is; left out, no cost is claimed."""


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatBranches:
    """Another answer to a question stands beside the former one and is shown in its place."""

    regenerate: Route = "POST /api/v1/chat/{conversation}/regenerate"
    """Answers the last question again, as a stream."""
    all: Route | None = None
    """Reads the messages of every branch; left out: the former answer may be gone."""


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResume:
    """A client that was cut off gets the answer that is still being made: from its start, or from where it was."""

    read: Route = "GET /api/v1/chat/{conversation}/stream"
    """The answer that is being made, as a stream."""
    from_start: Flag = True
    """The answer is sent again from its start; otherwise from after the event that `Last-Event-ID` names."""


def route(template: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return the method and the path of a route; what it lacks a value for is empty."""
    method, _, path = template.partition(" ")
    known = {**dict.fromkeys(_NAMED, ""), **values}
    return method, fill(path, {name: quote(value, safe="") for name, value in known.items()})
