"""Defects of conversations: what is remembered, whose it is, who hears it, and how a WebSocket ends.

The one rule: each is a mistake that a service that keeps conversations was seen to make, or that its authors nearly
made.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant

_KEPT = "conversation-kept"
_TRUE = "websocket-true"


def _talking(name: str, defect: str, invariant: str, case: str, seam: str) -> Mutant:
    return Mutant(
        id=name, defect=defect, area="conversations", invariant=invariant, cases=(case,), seam=f"sessions.{seam}"
    )


MUTANTS: tuple[Mutant, ...] = (
    _talking(
        "lost-at-a-restart",
        "Conversations are kept in a database that is in memory.",
        _KEPT,
        "sessions.after-a-restart",
        "store:Store._connected",
    ),
    _talking(
        "one-turn-of-two-lost",
        "A turn that ends writes the conversation as it was when it began, so of two at once one is lost.",
        _KEPT,
        "sessions.two-turns-at-once",
        "talks:Talks.turn",
    ),
    _talking(
        "clear-leaves-the-first",
        "Clearing a conversation leaves its first message.",
        _KEPT,
        "sessions.cleared",
        "store:_clear",
    ),
    _talking(
        "half-kept-as-whole",
        "What there was of an answer that broke off is kept as if it were whole.",
        _KEPT,
        "sessions.history-of-a-cut-answer",
        "talks:Turn.noting",
    ),
    _talking(
        "conversations-by-name-alone",
        "A conversation is found by its name alone, whoever asks.",
        "not-shared",
        "sessions.two-callers",
        "front:key_of",
    ),
    _talking(
        "heard-in-every-conversation",
        "An answer is told to whoever is connected, in whatever conversation.",
        "not-shared",
        "websocket.heard-by-others",
        "outlets:Outlets.broadcast",
    ),
    _talking(
        "one-listener-missed",
        "An answer is told to one listener fewer than there are.",
        _TRUE,
        "websocket.heard-by-others",
        "outlets:Outlets.broadcast",
    ),
    _talking(
        "asleep-and-deaf",
        "A conversation that leaves memory takes along who is connected to it.",
        _TRUE,
        "websocket.heard-by-others",
        "outlets:Outlets.tell_status",
    ),
    _talking(
        "dropped-without-a-code",
        "A message that is too large costs the connection, without a close code.",
        _TRUE,
        "websocket.too-large-a-message",
        "sockets:new_socket",
    ),
    _talking(
        "any-size-on-a-socket",
        "The limit of requests is not applied to messages on a WebSocket.",
        _TRUE,
        "websocket.too-large-a-message",
        "sockets:new_socket",
    ),
    _talking(
        "done-on-any-socket",
        "An answer on a WebSocket ends with [DONE], however it ended.",
        "no-laundering",
        "websocket.cut-in-mid-answer",
        "sockets:told",
    ),
    _talking(
        "answered-after-goodbye",
        "The upstream call of a closed WebSocket is read to its end.",
        "cancel-propagates",
        "websocket.client-that-left",
        "sockets:give_up",
    ),
)
