"""Breaches of chat services."""

from __future__ import annotations

from tests.harness.core.chats import answer, asked, call, done, found, later, question, service, shown, told
from tests.harness.core.histories import Fields
from tests.harness.core.judging.invariants.caught.shapes import Example

_AGENT: Fields = {"deed": {"agent": "g"}, "errand": {"agent": "agent-1111", "text": "In verse."}}

CHATTING: dict[str, Example] = {
    "chat-served": (
        lambda: service(asked(told("Blue"))),
        "ask: the client got 4 characters, and not the 16 that upstream sent",
    ),
    "message-kept": (
        lambda: service(asked(), later("read", shown(answer()))),
        "read: a question is not there whose answer had begun (ask)",
    ),
    "conversation-shown": (
        lambda: service(asked(), later("read", shown(question(), answer()), at=1.0), done("list", found([]), at=5.0)),
        "list: a conversation is not in the list (ask)",
    ),
    "pages-true": (
        lambda: service(asked(), later("read", shown(answer(), question()))),
        "read: an answer stands before its question (ask)",
    ),
    "tenant-isolated": (
        lambda: service(asked(), later("read", shown(), who="b")),
        "read: another caller was shown a conversation of somebody else's (read got 200)",
    ),
    "agent-applied": (
        lambda: service(
            done("add-agent", found({"id": 1}, 201), at=0.0, talk="", **_AGENT),
            asked(at=1.0, **_AGENT),
            calls=(call(at=1.05),),
        ),
        "ask: upstream was told no prompt of its agent",
    ),
    "usage-counted": (
        lambda: service(
            done("usage", found({"total": {"totalTokens": 0}}), at=-5.0, talk=""),
            asked(),
            done("usage", found({"total": {"totalTokens": 0}}), at=5.0, talk=""),
        ),
        "usage: answers that broke off count nothing",
    ),
    "branch-true": (
        lambda: service(
            asked(),
            later("regenerate", told(), at=2.0),
            later("read", shown(question(), answer(2), answer(3))),
            calls=(call(), call(at=2.05)),
        ),
        "read: 2 answers to one question are shown as one conversation",
    ),
    "resumed-true": (
        lambda: service(asked(), later("resume", told("Blue"), at=1.0)),
        "resume: what is read on skips something: 4 characters came, and upstream sent 16",
    ),
}
