"""The dialects, and how each ends a whole answer.

The one rule: a name stands for a grammar of its own. Chat completions and Workers AI's native events share one reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

OPENAI: Final = "openai"
WORKERS_AI: Final = "workers-ai"
RESPONSES: Final = "openai-responses"
MESSAGES: Final = "anthropic-messages"
COPILOTKIT: Final = "copilotkit"
AG_UI: Final = "ag-ui"
AI_SDK: Final = "ai-sdk"

CHATS: Final = ("", OPENAI, WORKERS_AI)
"""The dialects of chat completions; an exchange that names none is in one of them."""
OTHERS: Final = (RESPONSES, MESSAGES, COPILOTKIT, AG_UI, AI_SDK)
"""Those with a grammar of their own, into which a target translates."""
ERRORS_INSIDE: Final = frozenset({COPILOTKIT, AG_UI, AI_SDK})
"""Where a failure is told inside an answer under status 200, before or behind its first word."""

_ENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        RESPONSES: "response.completed",
        MESSAGES: "message_stop",
        COPILOTKIT: "hasNext: false",
        AG_UI: "RUN_FINISHED",
    }
)


def end_of(dialect: str) -> str:
    """Return what a dialect's mark of a whole answer is called in a message."""
    return _ENDS.get(dialect, "[DONE]")
