"""How each dialect ends a whole answer, and where it tells of a failure.

The one rule: a dialect stands for a grammar of its own. Chat completions and Workers AI's native events share a reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from scenarios.dialects import AG_UI, AI_SDK, COPILOTKIT, MESSAGES, RESPONSES
from scenarios.dialects import CHATS as _CHATS

CHATS: Final = ("", *_CHATS)
"""The dialects of chat completions; an exchange that names none is in one of them."""
ERRORS_INSIDE: Final = frozenset({COPILOTKIT, AG_UI, AI_SDK})
"""Where a failure is told inside an answer under status 200, whether a word of it has come or not."""
_ENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RESPONSES: "the end of the response",
        MESSAGES: "message_stop",
        COPILOTKIT: "hasNext: false",
        AG_UI: "RUN_FINISHED",
        AI_SDK: "[DONE]",
    }
)


def end_of(dialect: str) -> str:
    """Return what a dialect's mark of a whole answer is called in a message."""
    return _ENDS.get(dialect, "[DONE]")
