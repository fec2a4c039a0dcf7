"""What an application says beside the conversation, as AG-UI and CopilotKit let it.

The one rule: it comes first and in one message, so that the conversation stays as it was.
"""

from collections.abc import Sequence

from harness.reference_proxy.faces.face import Json


def context_of(told: Sequence[tuple[str, str]]) -> list[Json]:
    """Return the message that says it, from pairs of a description and a value; none where there is nothing."""
    lines = [f"{description}: {value}" for description, value in told]
    return [{"role": "system", "content": "\n".join(["The application says:", *lines])}] if lines else []
