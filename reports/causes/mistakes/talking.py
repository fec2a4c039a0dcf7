"""Mistakes in keeping conversations, and in telling them to whoever is connected."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="keeps-other-turns",
        sentence="A conversation holds other turns than were said: some are lost, cut short, or were cleared.",
        mends="Append each turn in one transaction before you send its end, and never write back a conversation that "
        "you read when the turn began. Mark half an answer, and clear all messages.",
        presupposes=("sessions",),
        best=("sessions.after-a-restart", "sessions.two-turns-at-once", "sessions.history-of-a-cut-answer"),
        made_by=(
            "mutant:lost-at-a-restart",
            "mutant:one-turn-of-two-lost",
            "mutant:half-kept-as-whole",
            "mutant:clear-leaves-the-first",
        ),
    ),
    Mistake(
        id="shares-conversations",
        sentence="Whoever is connected, or knows a conversation's name, gets what others say in theirs.",
        mends="Make the caller part of a conversation's key wherever it is looked up: in the store and for broadcasts.",
        presupposes=("sessions",),
        best=("sessions.two-callers", "websocket.heard-by-others", "websocket.heard-by-another-caller"),
        made_by=("mutant:conversations-by-name-alone", "mutant:heard-in-every-conversation"),
    ),
    Mistake(
        id="misses-listeners",
        sentence="Not everybody who is connected to a conversation hears the answers in it.",
        mends="Keep the list of sockets apart from what leaves memory, and send to every socket of it.",
        presupposes=("sessions",),
        best=("websocket.heard-by-others",),
        made_by=("mutant:one-listener-missed", "mutant:asleep-and-deaf"),
    ),
)
