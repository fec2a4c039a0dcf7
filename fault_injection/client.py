"""What a client does with one request, as data: what it uploads, how fast, how it reads, when it leaves.

The one rule: these are moves, not judgements; the measuring client plays any of them and records what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

LeaveWhen: TypeAlias = Literal["never", "request-sent", "head", "event", "upload"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMoves:
    """One request's body and the manner of asking.

    Leaving: `never`; `request-sent` right after the request, before any answer; `head` once the status line and
    headers are in; `event` once `leave_after_events` events are in; `upload` after `leave_after_bytes` of the body.
    `leave_rudely` resets the connection instead of closing it. `leave_wait_s` is the pause before going.

    Reading: at most `read_bytes_per_s`, after a first pause of `read_pause_s`. Uploading: pieces of
    `upload_piece_bytes` with `upload_wait_s` of silence between them. None and 0 mean as fast as it goes.
    """

    body: bytes = b""
    leave: LeaveWhen = "never"
    leave_after_events: int = 0
    leave_after_bytes: int = 0
    leave_rudely: bool = False
    leave_wait_s: float = 0.0
    read_bytes_per_s: float | None = None
    read_pause_s: float = 0.0
    upload_piece_bytes: int = 0
    upload_wait_s: float = 0.0
