"""Measurements of a chat load, made up."""

from __future__ import annotations

from dataclasses import replace

from harness.core.load.chat.job import mark_of
from harness.core.load.chat.measured import Chat

NONCE = "ep-0123456789ab"
CHAT = Chat(
    stream=0,
    number=0,
    nonce=NONCE,
    asked_s=10.0,
    first_s=10.2,
    end_s=18.0,
    tokens=100,
    told=f"{mark_of(NONCE)}-00000000 and more",
    seen_s=18.05,
)


def chats(number: int) -> tuple[Chat, ...]:
    """So many alike, of as many streams."""
    return tuple(replace(CHAT, stream=stream) for stream in range(number))
