"""What of an upstream's answer a dialect with words of its own can say to its clients.

The one rule: what a dialect cannot carry is not held against a target that speaks it, and neither are the names that a
translation may choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from harness.core.observed.dialects.stream import plain_finish
from harness.core.observed.reading import Choice, Reading
from harness.core.observed.said import Frame, Said
from scenarios.dialects import AG_UI, AI_SDK, COPILOTKIT, MESSAGES, RESPONSES

_COUNTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        RESPONSES: ("prompt_tokens", "completion_tokens", "total_tokens"),
        MESSAGES: ("prompt_tokens", "completion_tokens"),
        COPILOTKIT: (),
        AG_UI: (),
        AI_SDK: (),
    }
)
"""What of the usage each tells."""
_WITHOUT_FINISH: Final = frozenset({COPILOTKIT, AG_UI})
_WITH_REASONING: Final = frozenset({AG_UI, AI_SDK})
"""Those that have a word for reasoning as a client may show it: Anthropic's is signed, OpenAI's is a summary."""


def sayable(sent: Reading, dialect: str) -> Reading:
    """Return what upstream sent as far as `dialect` can say it: texts, reasoning, calls, an end, usage, errors.

    Whether upstream's own answer was whole is for its own reading to say.
    """
    return replace(
        sent,
        choices={index: _choice(each, dialect) for index, each in sent.choices.items()},
        usage=_usage(sent.usage, dialect),
        counted_alone=False,
        head={},
        frame=Frame(),
    )


def _choice(sent: Choice, dialect: str) -> Choice:
    finish = None if dialect in _WITHOUT_FINISH else plain_finish(sent.finish, has_tools=bool(sent.tools))
    # The id of a call may be another one in translation: whoever sends its result back sends that one.
    tools = {index: replace(tool, id="", type="function") for index, tool in sent.tools.items()}
    said = Said(reasoning=sent.said.reasoning) if dialect in _WITH_REASONING else Said()
    return replace(sent, finish=finish, tools=tools, said=said, unplaced=True)


def _usage(usage: dict[str, Any] | None, dialect: str) -> dict[str, Any] | None:
    if usage is None:
        return None
    return {name: usage[name] for name in _COUNTED[dialect] if name in usage}
