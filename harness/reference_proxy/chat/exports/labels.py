"""What stands above and below a message, in whatever form it is exported.

The one rule: who reads an export sees which answers are not whole, and why.
"""

from typing import Any

_WHY = {
    "client_left": "the reader left before it was whole",
    "process_ended": "the service was stopped while it was being given",
    "upstream_timeout": "the model stopped answering",
}


def heading(message: dict[str, Any]) -> str:
    """Who says it."""
    if message["role"] == "user":
        return "User"
    if message["role"] == "tool":
        return f"Result of a tool ({message['toolCallId']})"
    return f"Assistant ({message['model']})" if message["model"] else "Assistant"


def note(message: dict[str, Any]) -> str:
    """Why a message is not whole; empty for one that is."""
    if message["complete"]:
        return ""
    if message["status"] == "streaming":
        return "Incomplete: this answer is still being given."
    return f"Incomplete: {_WHY.get(message['error'], 'the answer broke off')} ({message['error']})."


def called(message: dict[str, Any]) -> list[str]:
    """The tools that a message calls, one line each."""
    calls = message.get("toolCalls") or []
    return [f"Calls {call['function']['name']}({call['function']['arguments']})" for call in calls]


def one_line(text: str) -> str:
    """A title that stays on its line."""
    return " ".join(text.split())
