"""The dialects that clients speak, and the cases that are played in each of them.

The one rule: a variant asks what its case asks and expects what it expects, in other words. A case that a dialect has
no words for has no variant there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from scenarios.case import Case, Message, Step

OPENAI: Final = "openai"
WORKERS_AI: Final = "workers-ai"
RESPONSES: Final = "openai-responses"
MESSAGES: Final = "anthropic-messages"
COPILOTKIT: Final = "copilotkit"
AG_UI: Final = "ag-ui"
AI_SDK: Final = "ai-sdk"
CHATS: Final = (OPENAI, WORKERS_AI)
"""The dialects of chat completions, in which a case is written."""
OTHERS: Final = (RESPONSES, MESSAGES, COPILOTKIT, AG_UI, AI_SDK)
"""Those with words of their own."""
DIALECTS: Final = (*CHATS, *OTHERS)

MARK: Final = "@"
"""Between the id of a case and the dialect in which a variant of it is played."""
TELLING: Final = (
    "streaming.plain",
    "endings.cut-between-events-by-reset",
    "endings.error-object-late",
    "streaming.tool-call",
    "streaming.finish-length",
    "streaming.first-token-at-once",
    "streaming.usage-when-asked",
    "endings.cut-inside-a-tool-call",
    "endings.finish-and-no-done",
    "cancel.after-the-first-event",
)
"""What shows most of a further dialect in little time, the most telling first."""

_FAMILIES: Final = frozenset({"streaming", "endings", "cancel", "native"})
"""The families whose cases are about streams themselves; the others are about what is behind every door alike."""
_SAYABLE: Final = frozenset({"tools", "tool_choice", "stream_options", "max_tokens", "temperature", "top_p"})
"""The parameters that every dialect has a name for, but for those that one lacks."""
_WITHOUT_NAMES: Final[Mapping[str, frozenset[str]]] = MappingProxyType({COPILOTKIT: frozenset({"top_p"})})
_ABOUT_CHATS: Final = frozenset({"request-true", "choices-separate", "fields-kept", "usage-unasked"})
"""Invariants about what only chat completions have, or what a translation may put in other words."""
_UNTOLD: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        COPILOTKIT: frozenset({"usage-true", "finish-true"}),
        AG_UI: frozenset({"usage-true", "finish-true"}),
        AI_SDK: frozenset({"usage-true"}),
    }
)
"""Invariants about what a dialect does not tell its clients."""
_WITHOUT_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "streaming.stray-choice": "a second choice",
        "endings.unknown-finish-reason": "a finish reason that nobody knows",
    }
)
_ROLES: Final = ("system", "user", "assistant", "tool")
_FIELDS: Final = frozenset({"role", "content", "tool_calls", "tool_call_id"})
_OF_CHATS: Final = frozenset({"client.wrong_field", "client.many_messages"})
"""Faults of a client that edit the fields of a chat."""
_STREAMS_ALONE: Final = frozenset({AG_UI, AI_SDK})


def cannot_say(case: Case, dialect: str) -> str:
    """Say what a case is about that a dialect has no words for; empty where it has."""
    if dialect in CHATS:
        return ""
    if case.id.partition(MARK)[0] in _WITHOUT_WORDS:
        return _WITHOUT_WORDS[case.id.partition(MARK)[0]]
    sayable = _SAYABLE - _WITHOUT_NAMES.get(dialect, frozenset())
    unsaid = next((name for step in case.steps for name in step.params if name not in sayable), "")
    if unsaid:
        return f"the parameter {unsaid}"
    untold = _UNTOLD.get(dialect, frozenset())
    if "usage-true" in untold and any("stream_options" in step.params for step in case.steps):
        return "token usage"  # so a correct target need not ask upstream for it
    if any(step.talk or step.socket for step in case.steps):
        return "a conversation that is kept"
    if any(not _is_plain(turn) for step in case.steps for turn in step.turns):
        return "what a message has beside its text and its calls"
    if any(fault.id in _OF_CHATS for step in case.steps for fault in step.faults):
        return "a chat whose fields are wrong"
    if any(step.parts for step in case.steps):
        return "what goes with a question beside its text"
    if dialect in _STREAMS_ALONE and not all(map(_streams, case.steps)):
        return "an answer that is no stream"
    if {*case.focus} <= _ABOUT_CHATS | untold:
        return f"what {' and '.join(case.focus)} compares"
    return ""


def varies(case: Case, dialect: str) -> bool:
    """Whether a case is also played in a further dialect of its target."""
    return case.family in _FAMILIES and all(map(_streams, case.steps)) and not cannot_say(case, dialect)


def variant(case: Case, dialect: str) -> Case:
    """Return a case as it is played in a further dialect."""
    return replace(case, id=f"{case.id}{MARK}{dialect}", dialect=dialect)


def plain_id(case_id: str) -> str:
    """Return the id of the case that a variant is one of; that of any other case is its own."""
    return case_id.partition(MARK)[0]


def _is_plain(message: Message) -> bool:
    """Whether a message has nothing but what every dialect can say: a usual role, text and tool calls."""
    if isinstance(message, tuple):
        return message[0] in _ROLES
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    texts = all(isinstance(part, Mapping) and part.get("type") == "text" for part in parts)
    return message.get("role") in _ROLES and texts and {*message} <= _FIELDS


def _streams(step: Step) -> bool:
    return step.stream and step.act == "ask" and step.manner.method == "POST"
