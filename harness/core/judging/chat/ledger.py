"""A ledger of a case at a chat service: who began which conversation, what was said in it, what became of it.

The one rule: it is made of what clients did and were told, and of what upstream was asked, never of what the service
shows. What it shows is compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from harness.core.judging.chat.told import Told, conversation_of, read_told
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, ClientExchange, Errand, Visit
from harness.core.target.chat_api import ChatApi
from scenarios.deed import Doing

ASKS: Final[tuple[Doing, ...]] = ("ask", "regenerate")
PUT_AWAY: Final[tuple[Doing, ...]] = ("archive", "delete")
NOTED_WITHIN_S: Final = 0.25
"""How soon behind its end an answer is kept that somebody looks for at once. A moment of a case is longer."""


@dataclass(eq=False)
class Done:
    """One request to the service, and what came of it. `calls` are those that upstream got with its nonce meanwhile."""

    visit: Visit
    errand: Errand
    calls: tuple[UpstreamView, ...]

    @property
    def exchange(self) -> ClientExchange:
        """What went over the wire."""
        return self.visit.exchange

    @property
    def do(self) -> Doing:
        """What was wanted."""
        return self.errand.deed.do

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return self.exchange.label

    @property
    def talk(self) -> str:
        """The case's name of the conversation; empty for none."""
        return self.exchange.talk

    @property
    def who(self) -> str:
        """Who asked."""
        return self.exchange.identity

    @property
    def granted(self) -> bool:
        """Whether the answer's status says that it was done."""
        return self.exchange.status is not None and 200 <= self.exchange.status < 300

    @property
    def got(self) -> str:
        """What came back, in a few words."""
        return str(self.exchange.status or f"no answer ({self.exchange.end})")

    @cached_property
    def told(self) -> Told:
        """What a client was told of an answer."""
        return read_told(self.exchange)

    @property
    def acknowledged(self) -> bool:
        """Whether the client was told that its question is taken: some of its answer has come."""
        return self.granted and bool(self.exchange.pieces)

    @property
    def finished(self) -> bool:
        """Whether the client takes what it got for a whole answer."""
        whole = self.exchange.end in (ClientEnd.COMPLETE, ClientEnd.LEFT)
        return self.granted and self.told.finished and self.told.error is None and whole

    @property
    def whole_call(self) -> UpstreamView | None:
        """The call that upstream answered to the end, the last of them; None when there was none."""
        return next((call for call in reversed(self.calls) if call.wholeness is Wholeness.WHOLE), None)

    @property
    def broke(self) -> bool:
        """Whether every call ended before upstream's answer did."""
        bad = (Wholeness.BROKEN, Wholeness.REFUSED)
        return bool(self.calls) and all(call.wholeness in bad for call in self.calls)

    def ended_before(self, other: Done) -> bool:
        """Whether it was over when another began."""
        return self.exchange.end_s < other.exchange.started_s

    def ended_long_before(self, other: Done) -> bool:
        """Whether it was over so long before another that a service has kept by then what it keeps a moment later."""
        return self.exchange.end_s + NOTED_WITHIN_S <= other.exchange.started_s


def of_one_tenant(one: str, other: str) -> bool:
    """Whether two callers, each with a token that is in force, are users of one tenant."""
    return (one == "b") == (other == "b")


class Ledger:
    """Everything that was done at the service in one case, in the order in which it began."""

    def __init__(self, view: CaseView) -> None:
        self.api = view.claims.chat_api or ChatApi()
        self.claims = view.claims
        self.all = [
            Done(visit, visit.errand, _calls(view, visit.exchange, visit.errand))
            for visit in view.history.visits
            if visit.errand is not None
        ]

    def of(self, *doings: Doing) -> Iterator[Done]:
        """Return the requests of these kinds."""
        return (done for done in self.all if done.do in doings)

    def is_revoked(self, done: Done) -> bool:
        """Whether a request was made with a key that had been changed before."""
        changed = (each for each in self.of("rotate-key") if each.errand.deed.key == done.errand.deed.key)
        return done.do == "ask" and any(each.granted and each.ended_before(done) for each in changed)

    def agents_maker(self, done: Done) -> str:
        """Return who made the agent that a request is about; empty when nobody did."""
        named = (each for each in self.of("add-agent") if each.errand.deed.agent == done.errand.deed.agent)
        return next((each.who for each in named), "")

    def owner(self, talk: str) -> str:
        """Return who began a conversation; empty when nobody has."""
        return next((done.who for done in self.of("ask") if done.talk == talk and not done.errand.conversation), "")

    def talks(self, who: str) -> list[str]:
        """Return the conversations that somebody began, oldest first."""
        begun = [done.talk for done in self.of("ask") if done.talk and not done.errand.conversation and done.who == who]
        return list(dict.fromkeys(begun))

    def id_of(self, talk: str) -> str:
        """Return the id that the service gave a conversation; empty while it has given none."""
        begun = (done for done in self.of("ask") if done.talk == talk and not done.errand.conversation and done.granted)
        return next((found for done in begun if (found := conversation_of(self.api, done.exchange))), "")

    def turns(self, talk: str, before: Done | None = None) -> list[Done]:
        """Return the questions of its owner in a conversation, those that were over when another request began."""
        who = self.owner(talk)
        mine = [done for done in self.of("ask", "regenerate") if done.talk == talk and done.who == who]
        return [done for done in mine if before is None or done.ended_before(before)]

    def running(self, talk: str, during: Done) -> bool:
        """Whether a question of a conversation was being answered while something else was done."""
        return any(
            done.exchange.started_s <= during.exchange.end_s and during.exchange.started_s <= done.exchange.end_s
            for done in self.turns(talk)
            if done is not during
        )

    def is_done(self, *doings: Doing, talk: str, before: Done) -> bool:
        """Whether its owner did this with a conversation, successfully, before something else."""
        who = self.owner(talk)
        mine = (done for done in self.of(*doings) if done.talk == talk and done.who == who)
        return any(done.granted and done.ended_before(before) for done in mine)

    def last(self, *doings: Doing, talk: str, before: Done) -> Done | None:
        """Return the last of these that its owner did with a conversation, successfully, before something else."""
        who = self.owner(talk)
        mine = [done for done in self.of(*doings) if done.talk == talk and done.who == who and done.granted]
        return next((done for done in reversed(mine) if done.ended_before(before)), None)

    def may_read(self, done: Done) -> bool:
        """Whether who asks may see the conversation: it is the own one, or was shared by a colleague."""
        owner = self.owner(done.talk)
        shared = self.is_done("share", talk=done.talk, before=done)
        return done.who == owner or (shared and of_one_tenant(done.who, owner))


def _calls(view: CaseView, exchange: ClientExchange, errand: Errand) -> tuple[UpstreamView, ...]:
    if errand.deed.do not in ASKS:
        return ()
    mine = (call for call in view.calls if call.exchange.nonce == errand.nonce)
    return tuple(call for call in mine if exchange.started_s <= call.exchange.arrived_s <= exchange.end_s)
