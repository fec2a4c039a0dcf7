"""Whatever JSON a client sends is a chat, or is refused: no face fails over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ag_ui.face import AgUi
from harness.reference_proxy.faces.ai_sdk.request import chat_of as ai_sdk

NAMES: Final = (
    "messages", "role", "parts", "content", "type", "text", "toolInvocations", "toolInvocation", "toolCallId", "state",
    "input", "output", "mediaType", "url", "tools", "toolChoice", "system", "experimental_attachments",
    "forwardedProps", "context", "toolCalls", "source", "id",
)  # fmt: skip
WORDS: Final = (
    "user", "assistant", "tool", "text", "file", "tool-look", "tool-invocation", "dynamic-tool", "step-start", "result",
    "output-available", "image/png", "data", "reasoning", "",
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
MESSAGES = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5), max_size=3)
ASKED = st.builds(
    lambda messages, more: {"threadId": "t", "runId": "r", **more, "messages": messages},
    MESSAGES | VALUES,
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
)


@pytest.mark.parametrize("chat_of", [AgUi().chat_of, ai_sdk], ids=["ag-ui", "ai-sdk"])
@settings(max_examples=60)
@given(asked=ASKED)
def test_it_is_a_chat_or_a_refusal(chat_of: Callable[[Mapping[str, Any]], Any], asked: Mapping[str, Any]) -> None:
    refused: ProxyError | None = None
    chat: dict[str, Any] = {}
    try:
        chat = chat_of(asked)
    except ProxyError as error:
        refused = error

    assert refused.status // 100 == 4 if refused else isinstance(chat["messages"], list)
