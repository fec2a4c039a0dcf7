"""An answer of text worded in every dialect, as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.harness.core.observed.dialects import golden as g
from tests.harness.core.observed.dialects.golden import Told

_FINISHES: Final[Mapping[str, Mapping[str, str]]] = {
    "anthropic-messages": {"stop": "end_turn", "length": "max_tokens"},
    "ai-sdk": {"stop": "stop", "length": "length"},
}


class Words:
    """One answer. What each step yields are the objects that are sent for it; `framed` makes bytes of them."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        self.said: list[str] = []
        self._sent = 0

    @property
    def content_type(self) -> str:
        """What the answer calls itself."""
        return g.PARTS if self.dialect == "copilotkit" else g.EVENTS

    def framed(self, *told: Told) -> bytes:
        """Return objects as they are sent."""
        match self.dialect:
            case "copilotkit":
                whole = g.parts(*told)
                return whole if self._first(len(told)) else whole.removeprefix(b"\r\n---")
            case "openai-responses":
                first = self._sent
                self._sent += len(told)
                return g.events(*({**each, "sequence_number": first + at} for at, each in enumerate(told)))
            case "ai-sdk":
                ends = ("finish", "error")
                return b"".join(g.events(each, named=False) + g.DONE * (each["type"] in ends) for each in told)
            case dialect:
                return g.events(*told, named=dialect == "anthropic-messages")

    def begin(self) -> tuple[Told, ...]:
        """Say what comes before the first word."""
        first: Mapping[str, Callable[[], tuple[Told, ...]]] = {
            "anthropic-messages": lambda: (g.START, g.said(0)[0]),
            "openai-responses": lambda: (*g.begun(), *g.texted(0)[:2]),
            "ag-ui": lambda: (g.RUN, g.SAYING),
            "ai-sdk": lambda: (g.UI_START, g.texts()[0]),
            "copilotkit": lambda: (g.FIRST, g.increments(g.copilot_text())),
        }
        return first[self.dialect]()

    def word(self, text: str) -> Told:
        """Say one piece of text."""
        at = len(self.said)
        self.said.append(text)
        words: Mapping[str, Callable[[], Told]] = {
            "anthropic-messages": lambda: g.said(0, text)[1],
            "openai-responses": lambda: g.texted(0, text)[2],
            "ag-ui": lambda: g.word(text),
            "ai-sdk": lambda: g.texts(text)[1],
            "copilotkit": lambda: g.increments(g.piece(0, "content", at, text)),
        }
        return words[self.dialect]()

    def close(self) -> tuple[Told, ...]:
        """Say that the text is over."""
        whole = "".join(self.said)
        ends: Mapping[str, Callable[[], tuple[Told, ...]]] = {
            "anthropic-messages": lambda: g.said(0)[-1:],
            "openai-responses": lambda: g.texted(0, whole)[-3:],
            "ag-ui": lambda: (g.SAID,),
            "ai-sdk": lambda: g.texts()[-1:],
            "copilotkit": lambda: (g.GOOD,),
        }
        return ends[self.dialect]()

    def end(self, finish: str) -> tuple[Told, ...]:
        """Say that the answer is whole."""
        item = g.item("".join(self.said))
        reason = _FINISHES.get(self.dialect, {}).get(finish, finish)
        cut = {"incomplete_details": {"reason": "max_output_tokens"}} if finish == "length" else {}
        ends: Mapping[str, Callable[[], tuple[Told, ...]]] = {
            "anthropic-messages": lambda: (g.ending(reason), g.STOP),
            "openai-responses": lambda: (g.ended("incomplete" if cut else "completed", item, **cut),),
            "ag-ui": lambda: (g.RAN,),
            "ai-sdk": lambda: (g.finished(reason),),
            "copilotkit": lambda: (g.LAST,),
        }
        return ends[self.dialect]()

    def fail(self) -> tuple[Told, ...]:
        """Say that the answer broke off."""
        fails: Mapping[str, tuple[Told, ...]] = {
            "anthropic-messages": ({"type": "error", "error": {"type": "api_error", "message": "broken"}},),
            "openai-responses": (g.ended("failed", error={"code": "server_error", "message": "broken"}),),
            "ag-ui": ({"type": "RUN_ERROR", "message": "broken"},),
            "ai-sdk": ({"type": "error", "errorText": "broken"},),
            "copilotkit": (g.BAD, g.LAST),
        }
        return fails[self.dialect]

    def _first(self, sent: int) -> bool:
        before, self._sent = self._sent, self._sent + sent
        return before == 0
