"""What a target claims of conversations: how a client names one, how it is read and cleared, where it is spoken in.

The one rule: a client goes on with a conversation by its name alone. What it had said before is the target's to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pydantic import ConfigDict, with_config

from harness.core.target.placeholders import fill
from harness.core.target.values import Flag, HeaderName, TalkPath, Word
from scenarios.case import Spelling

_CLOSED: Final = ConfigDict(extra="forbid")


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The target keeps conversations. A chat request names its conversation in one of three places: the header
    `header`, the field `field` of its body, or its path, which then is `path`. In paths, `{conversation}` stands for
    that name.

    Raises:
        ValueError: there is not exactly one way of naming a conversation, or a claim rests on one that is missing.
    """

    header: HeaderName | None = None
    """The header of a chat request that names its conversation."""
    field: Word | None = None
    """The field of a chat request's body that names its conversation."""
    path: TalkPath | None = None
    """The path of a chat request, which names its conversation."""
    history: TalkPath | None = None
    """A GET of it answers what was said, as JSON that holds messages with `role` and `content`, oldest first."""
    clear: TalkPath | None = None
    """A DELETE of it forgets what was said."""
    websocket: TalkPath | None = None
    """A WebSocket there takes a chat request as one text message, and gives back the data of the stream's events, a
    message each, to `[DONE]` or an error."""
    broadcast: Flag = False
    """Whoever is connected to a conversation hears the answers to everybody's questions in it."""
    per_identity: Flag = False
    """Two identities never share a conversation, whatever they call it."""
    survives_restart: Flag = False
    """A conversation is there again when the target was ended and started."""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if sum(way is not None for way in (self.header, self.field, self.path)) != 1:
            raise ValueError("it should say one of header, field and path: how a request names its conversation")
        if self.broadcast and self.websocket is None:
            raise ValueError("broadcast needs websocket, the path at which others listen")


_LONG: Final = 1000
_LETTERS: Final = "разговор-会話-é-"


def named(plain: str, spelling: Spelling) -> str:
    """Return a conversation's name in a spelling; two whose UUIDs differ do so in every spelling."""
    match spelling:
        case "plain":
            return plain
        case "long":
            return "x" * _LONG + plain
        case "path":
            return f"../{plain}"
        case "letters":
            return _LETTERS + plain
        case "small":
            return _word(plain)
        case "capitals":
            return _word(plain).upper()


def _word(plain: str) -> str:
    """Return a word that is no UUID, which says the same in small letters and in capitals (RFC 9562 §4)."""
    return f"talk-{plain.replace('-', '')}"


def path_of(template: str, conversation: str) -> str:
    """Return a path with the name of a conversation in it, as one segment (RFC 3986 §3.3)."""
    return fill(template, {"conversation": quote(conversation, safe="")})
