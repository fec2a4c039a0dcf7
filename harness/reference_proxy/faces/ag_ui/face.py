"""AG-UI 1.0 over server-sent events, on top of chats.

Source: https://docs.ag-ui.com, concepts: events, messages, tools.
"""

from collections.abc import Mapping
from typing import Any

from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ag_ui.request import chat_of
from harness.reference_proxy.faces.ag_ui.stream import RunStream
from harness.reference_proxy.faces.face import Head, Json, Stream


class AgUi:
    """A run, which always streams."""

    def chat_of(self, asked: Mapping[str, Any]) -> Json:
        """Return the chat that a run asks for."""
        return chat_of(asked)

    def stream(self, asked: Mapping[str, Any], head: Head) -> Stream:
        """Word a stream."""
        return RunStream(thread_id=asked["threadId"], run_id=asked["runId"], head=head)

    def refusal(self, error: ProxyError) -> Json:
        """Word a refusal in OpenAI's shape; AG-UI has none for a run that does not begin."""
        return error.body()
