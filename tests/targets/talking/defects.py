"""Every way in which a proxy that keeps conversations is wrong here, with the invariant that catches it and a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load

RIGHT: Final = Path(__file__).parent / "right.toml"


@dataclass(frozen=True, slots=True)
class Defect:
    """One mistake: the invariant that catches it, the cases that suffice, and who else may speak up."""

    invariant: str
    cases: tuple[str, ...]
    also: tuple[str, ...] = ()


def _of(invariant: str, *cases: str, also: tuple[str, ...] = ()) -> Defect:
    return Defect(invariant, cases, also)


_KEPT: Final = "conversation-kept"
_TRUE: Final = "websocket-true"
DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType(
    {
        "remembers-nothing": _of(_KEPT, "sessions.second-turn"),
        "remembers-questions": _of(_KEPT, "sessions.second-turn"),
        "tells-twice": _of(_KEPT, "sessions.second-turn", also=("request-true",)),
        "newest-first": _of(_KEPT, "sessions.json-and-streams"),
        "keeps-halves": _of(_KEPT, "sessions.history-of-a-cut-answer"),
        "keeps-empty-answers": _of(_KEPT, "sessions.answer-without-a-text"),
        "anybodys-conversations": _of("not-shared", "sessions.two-callers"),
        "shows-anybodys": _of("not-shared", "sessions.history-of-another-caller"),
        "cuts-names": _of("not-shared", "sessions.long-names"),
        "folds-names": _of("not-shared", "sessions.names-in-capitals"),
        "tidies-names": _of("not-shared", "sessions.name-like-a-path"),
        "keeps-in-memory": _of(_KEPT, "sessions.after-a-restart"),
        "overwrites-turns": _of(_KEPT, "sessions.two-turns-at-once"),
        "forgets-in-vain": _of(_KEPT, "sessions.cleared"),
        "forgets-everybodys": _of(_KEPT, "sessions.cleared-by-another-caller"),
        "shows-questions-only": _of(_KEPT, "sessions.history-in-order"),
        "grows-too-long": _of(_KEPT, "sessions.thirty-turns"),
        "never-pongs": _of(_TRUE, "websocket.ping-and-goodbye"),
        "closes-without-a-word": _of(_TRUE, "websocket.too-large-a-message"),
        "ignores-the-unreadable": _of(_TRUE, "websocket.not-json", also=("ends-in-time",)),
        "tells-only-the-asker": _of(_TRUE, "websocket.heard-by-others"),
        "tells-everybody": _of("not-shared", "websocket.heard-by-others"),
        "dones-the-broken": _of("no-laundering", "websocket.cut-in-mid-answer"),
        "answers-the-gone": _of("cancel-propagates", "websocket.client-that-left"),
        "no-socket": _of(_TRUE, "websocket.two-turns"),
    }
)


def right() -> TargetFile:
    """Return the right proxy."""
    return load(str(RIGHT))


def otherwise() -> TargetFile:
    """Return the other right one."""
    return load(str(RIGHT.with_name("otherwise.toml")))


def wrong(name: str) -> TargetFile:
    """Return a wrong one, which claims what the right one does."""
    target = right()
    command = tuple(name if word == "right" else word for word in target.command or ())
    return replace(target, name=name, command=command)
