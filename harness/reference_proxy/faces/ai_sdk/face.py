"""The AI SDK's chats, on top of OpenAI's.

Source: https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol, and version 4's page of the same name.
"""

from collections.abc import Callable, Mapping
from typing import Any

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ai_sdk.request import chat_of
from harness.reference_proxy.faces.face import Head, Json, Stream


class AiSdk:
    """A chat of `useChat`, which always streams, in one of the two forms."""

    def __init__(self, words: Callable[[Head], Stream]) -> None:
        self._words = words

    def chat_of(self, asked: Mapping[str, Any]) -> Json:
        """Return the chat that a request asks for."""
        return chat_of(asked)

    def stream(self, asked: Mapping[str, Any], head: Head) -> Stream:
        """Word a stream."""
        del asked  # neither form repeats anything of its request
        return self._words(head)

    def refusal(self, error: ProxyError) -> Json:
        """Word a refusal in OpenAI's shape; the SDK shows whatever text it gets."""
        return error.body()
