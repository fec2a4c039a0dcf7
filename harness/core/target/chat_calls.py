"""A deed at a chat service as the request that this target wants: method, path and JSON.

The one rule: a request says nothing but what its deed needs, under the names that the target file tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from harness.core.target.chat_api import ChatAgents, ChatApi, ChatBranches, ChatResume, ChatUsage, route
from harness.core.target.claims import Capabilities
from scenarios.deed import Deed, Doing

Json: TypeAlias = dict[str, Any]
_UNKNOWN_NUMBER: Final = "987654321"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a chat service; `document` is its JSON, None where it has no body."""

    method: str
    path: str
    document: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """The ids that a request names; empty for what there is none of."""

    conversation: str = ""
    agent: str = ""
    key: str = ""


def call_of(claims: Capabilities, deed: Deed, ids: Ids, *, text: str = "", model: str = "") -> Call:
    """Return the request of a deed. `text` is its question, title, prompt or search, `model` one that it asks for."""
    api = claims.chat_api or ChatApi()
    values = {
        "conversation": ids.conversation,
        "agent": ids.agent,
        "key": ids.key,
        "text": text,
        "limit": str(deed.limit),
        "offset": str(deed.offset),
        "form": deed.form,
    }
    method, path = route(_template(claims, api, deed), values)
    return Call(method=method, path=path, document=_document(api, deed, ids, text, model))


def _template(claims: Capabilities, api: ChatApi, deed: Deed) -> str:
    agents, branches = claims.agents or ChatAgents(), claims.branches or ChatBranches()
    known: Mapping[Doing, str | bool | None] = {
        "ask": api.ask,
        "regenerate": branches.regenerate,
        "resume": (claims.resume or ChatResume()).read,
        "read": branches.all if deed.every_branch else api.read,
        "list": api.list,
        "rename": api.rename,
        "archive": api.archive,
        "delete": api.delete,
        "share": api.share,
        "search": api.search,
        "export": api.export,
        "add-agent": agents.add,
        "list-agents": agents.list,
        "read-agent": agents.read,
        "change-agent": agents.change,
        "remove-agent": agents.remove,
        "usage": (claims.usage or ChatUsage()).read,
        "add-key": api.add_key,
        "rotate-key": api.rotate_key,
    }
    found = known[deed.do]
    return found if isinstance(found, str) else ""


def _document(api: ChatApi, deed: Deed, ids: Ids, text: str, model: str) -> Json | None:
    names = api.names
    asked: Json = {names.model: model} if model else {}
    match deed.do:
        case "ask":
            asked |= {names.message: text}
            asked |= {names.conversation: ids.conversation} if ids.conversation else {}
            return asked | ({names.agent: ids.agent} if ids.agent else {})
        case "regenerate":
            return asked
        case "rename":
            return {names.title: text}
        case "share":
            return {names.shared: True}
        case "add-agent":
            return {names.name: text.split(",", maxsplit=1)[0], names.prompt: text, **asked}
        case "change-agent":
            return {names.prompt: text}
        case "add-key" | "archive" | "rotate-key":
            return {}
    return None


def text_of(deed: Deed, nonce: str, question: str) -> str:
    """Return what a deed says: the question, or what holds its mark. A prompt or a title has no nonce in it, which is
    the questions' alone."""
    mark = nonce.removeprefix("ep-")
    match deed.do:
        case "ask" | "regenerate":
            return question
        case "rename":
            return f"Renamed {mark}"
        case "add-agent" | "change-agent":
            return f"Agent {mark}, who answers in verse."
        case "search":
            return nonce
    return ""


def never_there(known: str) -> str:
    """Return an id of the form of a known one that nothing has."""
    if not known or known.isdigit():
        return _UNKNOWN_NUMBER
    return known[:-12] + re.sub(r"[0-9]", "0", known[-12:-1]) + "1"
