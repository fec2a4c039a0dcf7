"""What both forms of the AI SDK's streams have in common: how an answer ended, and what is said of a call."""

from collections.abc import Mapping
from typing import Any, Final

from harness.reference_proxy import jsontext

_FINISHES: Final = {"stop": "stop", "length": "length", "content_filter": "content-filter", "tool_calls": "tool-calls"}


def finish_of(finish: object) -> str:
    """Return why an answer ended, in the SDK's words."""
    return _FINISHES.get(finish, "other") if isinstance(finish, str) else "other"


class Call:
    """One call of a tool, of whose arguments pieces come in."""

    def __init__(self, begun: Mapping[str, Any]) -> None:
        """`begun` is the first piece, which names the call."""
        self.id = str(begun["id"])
        self.name = str(begun["function"]["name"])
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """The arguments as they came."""
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        """Take in one piece."""
        self._pieces.append(piece)

    def arguments(self) -> dict[str, Any] | None:
        """Return the arguments of a whole call; None where they are no JSON object."""
        try:
            read = jsontext.loads(self.text or "{}")
        except jsontext.InvalidJsonError:
            return None
        return read if isinstance(read, dict) else None
