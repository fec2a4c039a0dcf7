"""What a chat load measured: each question with its answer, and each look at conversations, as data.

The one rule: what did not happen has no time, never 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from harness.core.load.report import Late

UNFINISHED: Final = "not ended when the load was over"
"""The problem of an answer that had no time left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One question and its answer. Times are on the monotonic clock; `stream` and `number` say which question it is.

    `problem` says why the answer is not whole, empty for one that is. `seen_s` is when a reader who asked again and
    again first found it in its conversation, whole and as it was told. `kept` is what was found there in its place,
    when the time for it was over.
    """

    stream: int
    number: int
    nonce: str
    asked_s: float
    first_s: float | None
    end_s: float
    tokens: int
    told: str
    problem: str = ""
    seen_s: float | None = None
    kept: tuple[str, ...] = ()

    @property
    def first_token_s(self) -> float | None:
        """From the question to the first text of its answer."""
        return None if self.first_s is None else self.first_s - self.asked_s

    @property
    def tokens_per_s(self) -> float | None:
        """The speed of a whole answer as its reader had it, from the question to the end."""
        return self.tokens / (self.end_s - self.asked_s) if self.tokens and not self.problem else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A list of conversations, or one of them read, and how long that took; `problem` is empty when it was shown."""

    kind: Literal["list", "get"]
    asked_s: float
    took_s: float
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that was measured; `begun_s` is when the load began, `late` when the generator stood still, and `ended` says
    that it came to its end by itself. `spent_s` is the processor time of the generator, None where it did not tell."""

    begun_s: float | None = None
    chats: tuple[Chat, ...] = ()
    looks: tuple[Look, ...] = ()
    late: tuple[Late, ...] = ()
    spent_s: float | None = None
    ended: bool = False

    @property
    def lacked_time_alone(self) -> bool:
        """Whether nothing went wrong but that some answers had no time left."""
        wrong = [chat for chat in self.chats if chat.problem != UNFINISHED]
        return all(not chat.problem and chat.seen_s is not None for chat in wrong) and not any(
            look.problem for look in self.looks
        )

    @property
    def most_at_once(self) -> int:
        """The greatest number of answers that were under way at one moment."""
        changes = sorted([*((chat.asked_s, 1) for chat in self.chats), *((chat.end_s, -1) for chat in self.chats)])
        most = now = 0
        for _, change in changes:
            now += change
            most = max(most, now)
        return most


def line(told: Chat | Look) -> str:
    """Return one measurement as a line of text."""
    return json.dumps({"line": type(told).__name__, **asdict(told)})


def first_line(begun_s: float) -> str:
    """Return the line that says that the load has begun."""
    return json.dumps({"line": "begin", "begun_s": begun_s})


def last_line(late: Iterable[Late], *, spent_s: float) -> str:
    """Return the line that says that nothing more will come, and what processor time it all took."""
    return json.dumps({"line": "end", "late": list(late), "spent_s": spent_s})


def read(lines: Iterable[str]) -> Measured:
    """Read lines; one that was cut off as its writer was ended is left out."""
    chats: list[Chat] = []
    looks: list[Look] = []
    late: tuple[Late, ...] = ()
    ended = False
    begun_s: float | None = None
    spent_s: float | None = None
    for each in lines:
        try:
            data: dict[str, Any] = json.loads(each)
        except ValueError:
            continue
        match data.pop("line"):
            case "Chat":
                chats.append(Chat(**{**data, "kept": tuple(data["kept"])}))
            case "Look":
                looks.append(Look(**data))
            case "begin":
                begun_s = data["begun_s"]
            case _:
                ended, late = True, tuple((ended_s, lasted_s) for ended_s, lasted_s in data["late"])
                spent_s = data["spent_s"]
    return Measured(begun_s=begun_s, chats=tuple(chats), looks=tuple(looks), late=late, spent_s=spent_s, ended=ended)
