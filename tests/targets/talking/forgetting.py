"""Proxies that forget, mix, double or half-remember what was said in a conversation.

The one rule: each makes one mistake that somebody has made, and is right in everything else.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from tests.targets.door import Ask
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json, Settings
from tests.targets.talking.book import Book
from tests.targets.talking.proxy import Socket, Talk, Talking


class RemembersNothing(Talking):
    """Takes the name of a conversation and keeps none."""

    def note(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Forget it at once."""


class RemembersQuestions(Talking):
    """Keeps what users say and not what they are told."""

    def joined(self, told: list[Json], asked: list[Json]) -> list[Json]:
        """Leave out the answers."""
        return super().joined([each for each in told if each["role"] == "user"], asked)


class TellsTwice(Talking):
    """Has noted the question already when it adds it to what was said."""

    def joined(self, told: list[Json], asked: list[Json]) -> list[Json]:
        """Add the question to turns that hold it."""
        return super().joined([*told, *asked] if told else told, asked)


class NewestFirst(Talking):
    """Reads the turns in the order in which a database gives them."""

    def joined(self, told: list[Json], asked: list[Json]) -> list[Json]:
        """Put the newest first."""
        return super().joined(told[::-1], asked)


class KeepsHalves(Talking):
    """Notes what there was of an answer that broke off, as if it were one."""

    def broke(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Note it as any other."""
        self.note(talk, ask, completion)


class KeepsEmptyAnswers(Talking):
    """Notes the answer without a text as well, as null, which upstream refuses from then on."""

    def note(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Note whatever there is."""
        message = completion["choices"][0]["message"] if completion["choices"] else {}
        answer = {"role": "assistant", "content": message.get("content") or None}
        self.book.add(talk.caller, talk.name, [*ask.body["messages"], answer])


class _ByName(Book):
    def file_of(self, caller: str, name: str) -> Path:
        return super().file_of("", name)


class AnybodysConversations(Talking):
    """Knows conversations by their names alone."""

    book_type: ClassVar[type[Book]] = _ByName


class _ByTheStart(Book):
    def file_of(self, caller: str, name: str) -> Path:
        return super().file_of(caller, name[:64])


class CutsNames(Talking):
    """Keeps the first 64 characters of a name, as the column of its table does."""

    book_type: ClassVar[type[Book]] = _ByTheStart


class _InSmallLetters(Book):
    def file_of(self, caller: str, name: str) -> Path:
        return super().file_of(caller, name.lower())


class FoldsNames(Talking):
    """Compares names as its database does, without regard to capitals."""

    book_type: ClassVar[type[Book]] = _InSmallLetters


class _ByTheLastPart(Book):
    def file_of(self, caller: str, name: str) -> Path:
        return super().file_of(caller, name.rpartition("/")[2])


class TidiesNames(Talking):
    """Takes the last part of what looks like a path."""

    book_type: ClassVar[type[Book]] = _ByTheLastPart


class _InMemory(Book):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.said: dict[Path, list[Json]] = {}

    def read(self, caller: str, name: str) -> list[Json]:
        return self.said.get(self.file_of(caller, name), [])

    def add(self, caller: str, name: str, messages: list[Json]) -> None:
        self.said.setdefault(self.file_of(caller, name), []).extend(messages)

    def forget(self, caller: str, name: str) -> None:
        self.said.pop(self.file_of(caller, name), None)


class KeepsInMemory(Talking):
    """Claims to survive a restart, and keeps everything in memory."""

    book_type: ClassVar[type[Book]] = _InMemory


class OverwritesTurns(Talking):
    """Reads a conversation when a turn begins and writes all of it when it ends: of two at once one is lost."""

    serial: ClassVar[bool] = False

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(settings, folder)
        self.was: dict[int, list[Json]] = {}

    async def begun(self, talk: Talk, ask: Ask, asking: Socket | None) -> Live:
        """Remember what there was."""
        self.was[id(ask)] = self.book.read(talk.caller, talk.name)
        return await super().begun(talk, ask, asking)

    def note(self, talk: Talk, ask: Ask, completion: Json) -> None:
        """Write what there was, and the turn behind it."""
        self.book.forget(talk.caller, talk.name)
        self.book.add(talk.caller, talk.name, self.was.pop(id(ask)))
        super().note(talk, ask, completion)


class ForgetsInVain(Talking):
    """Says that it has forgotten a conversation, and drops it from its cache alone."""

    def forget(self, talk: Talk) -> None:
        """Forget nothing that is on disk."""
        self.talks.pop((talk.caller, talk.name), None)


class ForgetsEverybodys(Talking):
    """Forgets every conversation of that name."""

    def forget(self, talk: Talk) -> None:
        """Forget those of others as well."""
        for caller, name in [*self.talks]:
            if name == talk.name:
                self.book.forget(caller, name)


class ShowsQuestionsOnly(Talking):
    """Shows in its history what users have said."""

    def shown(self, messages: list[Json]) -> list[Json]:
        """Leave out the answers."""
        return [each for each in messages if each["role"] == "user"]


class GrowsTooLong(Talking):
    """Lets a conversation grow until its own limit on messages declines it."""

    most: ClassVar[int] = 40

    async def begun(self, talk: Talk, ask: Ask, asking: Socket | None) -> Live:
        """Decline what is too long."""
        if len(self.book.read(talk.caller, talk.name)) > self.most:
            raise Failure(400, "There are too many messages.")
        return await super().begun(talk, ask, asking)
