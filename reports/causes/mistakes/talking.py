"""Mistakes in keeping conversations, and in telling them to whoever is connected."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="turns-are-lost",
        sentence="Turns of a conversation are lost, at a restart or because two that end at once overwrite each other.",
        mends="Append each turn to a store on disk, in one transaction, before you tell its end. Never write back a "
        "conversation that you read when the turn began.",
        best=("sessions.after-a-restart", "sessions.two-turns-at-once"),
        made_by=("mutant:lost-at-a-restart", "mutant:one-turn-of-two-lost"),
    ),
    Mistake(
        id="keeps-what-is-not-said",
        sentence="A conversation holds what it should not: half an answer as a whole one, or what was cleared.",
        mends="Keep a turn when its answer is whole, or mark it. Clearing deletes all messages.",
        best=("sessions.history-of-a-cut-answer", "sessions.cleared", "sessions.history-after-it-was-cleared"),
        made_by=("mutant:half-kept-as-whole", "mutant:clear-leaves-the-first"),
    ),
    Mistake(
        id="shares-conversations",
        sentence="Whoever is connected, or knows a conversation's name, gets what others say in theirs.",
        mends="Make the caller part of a conversation's key wherever it is looked up: in the store and for broadcasts.",
        best=("sessions.two-callers", "websocket.heard-by-others", "websocket.heard-by-another-caller"),
        made_by=("mutant:conversations-by-name-alone", "mutant:heard-in-every-conversation"),
    ),
    Mistake(
        id="misses-listeners",
        sentence="Not everybody who is connected to a conversation hears the answers in it.",
        mends="Keep the list of sockets apart from what leaves memory, and tell every socket of it.",
        best=("websocket.heard-by-others",),
        made_by=("mutant:one-listener-missed", "mutant:asleep-and-deaf"),
    ),
    Mistake(
        id="no-limit-on-messages",
        sentence="A WebSocket takes a message of any size, or drops the connection at one that is too large.",
        mends="Apply the limit of requests to messages, and close with code 1009 or answer with an error.",
        best=("websocket.too-large-a-message",),
        made_by=("mutant:dropped-without-a-code", "mutant:any-size-on-a-socket"),
    ),
    Mistake(
        id="socket-ends-by-itself",
        sentence="The end of a WebSocket and the end of the answer on it have nothing to do with each other.",
        mends="Send [DONE] behind a whole answer only, and an error behind any other. End the upstream call when the "
        "socket closes.",
        best=("websocket.cut-in-mid-answer", "websocket.client-that-left"),
        made_by=("mutant:done-on-any-socket", "mutant:answered-after-goodbye"),
    ),
)
