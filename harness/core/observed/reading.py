"""What a careful client understands of an answer: text, tool calls, usage, errors and the marks of its end.

The one rule: reading never judges and never raises. Whatever cannot be understood is kept in the reading, so that an
invariant can say what was wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from harness.core.observed.dialects.names import end_of
from harness.core.observed.said import Frame, Said

Form: TypeAlias = Literal["stream", "json", "other", "nothing"]
Mark: TypeAlias = Literal["done", "error", "finish", "text", "other"]
"""What an event at or behind the end of a stream is: a terminal mark, a finish reason, text, or nothing of the kind."""


@dataclass(slots=True)
class ToolCall:
    """One tool call as it was put together from its pieces."""

    id: str = ""
    name: str = ""
    arguments: str = ""
    type: str = ""


@dataclass(slots=True)
class Choice:
    """One choice of an answer, as far as it came."""

    parts: list[str] = field(default_factory=list)
    finish: str | None = None
    tools: dict[int, ToolCall] = field(default_factory=dict)
    unplaced: bool = False
    """Whether a piece of a tool call came in a stream without the index that says which call it belongs to."""
    said: Said = field(default_factory=Said)
    """What it says besides text and tool calls."""
    is_odd: bool = False
    """Whether text came as nobody has agreed on: as an object, with a character in two chunks, behind the finish."""
    _joined: tuple[int, str] = field(default=(0, ""), repr=False, compare=False)

    @property
    def text(self) -> str:
        """The text as far as it came."""
        if self._joined[0] != len(self.parts):
            self._joined = (len(self.parts), as_utf8("".join(self.parts)))
        return self._joined[1]


@dataclass(slots=True)
class Reading:
    """An answer as understood."""

    form: Form = "nothing"
    dialect: str = ""
    """The dialect that it was read in; empty: chat completions, OpenAI's or Workers AI's."""
    media: str = "text/event-stream"
    """What a stream in its form calls itself."""
    strays: list[str] = field(default_factory=list)
    """Where its events are not in the order, or of the kinds, that its dialect has."""
    choices: dict[int, Choice] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    counted_alone: bool = False
    """Whether a chunk without choices came that only counts tokens, which is for who asks for it."""
    head: dict[str, str] = field(default_factory=dict)
    """What the answer says of itself as a whole."""
    frame: Frame = field(default_factory=Frame)
    """What stands around its choices."""
    ids: list[str] = field(default_factory=list)
    """Every distinct answer id, in order of appearance."""
    done: bool = False
    error: str | None = None
    """The message of the first in-band error."""
    over_at_error: bool = False
    """Whether its dialect's own client stops at an error, though the dialect lets events follow one."""
    tail: list[Mark] = field(default_factory=list)
    """The first terminal event (`[DONE]` or an error) and every data event behind it."""
    malformed: list[str] = field(default_factory=list)
    """The data of events, or the whole body, that should have been JSON objects and were not."""
    half_read: bool = False
    """Whether an event was read only as far as it makes sense, as a careless client reads it."""
    malformed_utf8: bool = False
    """Whether bytes of it are no UTF-8; they are read as U+FFFD, as most clients read them."""
    undecodable: bool = False
    """The body is not in the coding that its Content-Encoding names, so a client raises an error (RFC 9110 §8.4)."""
    bare_json: list[str] = field(default_factory=list)
    """Lines of a stream that begin as JSON does, without a field's name, so that every reader ignores them."""
    unterminated: bool = False
    rest: bytes = b""
    """The last line of a stream, when it stopped in the middle of one."""
    content_times_s: list[float] = field(default_factory=list)
    """When each event with content was complete."""
    event_count: int = 0
    role_seen: bool = False

    @property
    def text(self) -> str:
        """The text of choice 0."""
        return self.choices[0].text if 0 in self.choices else ""

    @property
    def end_mark(self) -> str:
        """What the mark of a whole answer is called in its dialect."""
        return end_of(self.dialect)

    @property
    def finishes(self) -> dict[int, str | None]:
        """The finish reason of each choice."""
        return {index: choice.finish for index, choice in sorted(self.choices.items())}

    @property
    def has_finish(self) -> bool:
        """Whether there are choices and each has its finish reason."""
        return bool(self.choices) and all(choice.finish for choice in self.choices.values())

    @property
    def claims_success(self) -> bool:
        """Whether a client would take this for a finished answer, by its terminal marks and not by its framing."""
        if self.error is not None:
            return False
        if self.form == "stream":
            return self.done or self.has_finish
        return self.form == "json" and bool(self.choices)

    @property
    def terminals(self) -> int:
        """How many terminal events came."""
        return self.tail.count("done") + self.tail.count("error")

    @property
    def after_terminal(self) -> int:
        """How many data events came behind the first terminal one."""
        return max(len(self.tail) - 1, 0)

    @property
    def is_empty(self) -> bool:
        """Whether no text and no tool call came."""
        return not any(choice.parts or choice.tools for choice in self.choices.values())


def as_utf8(text: str) -> str:
    """Return text as UTF-8 can carry it: halves of a character that came apart are joined, a lone half is U+FFFD.

    JSON may escape a character as two halves, in two events even; languages differ in when they join them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
