"""The deeds of one case at a chat service: each is one request, under the ids that the service itself has given.

The one rule: it does what a step says and writes down what happens. A name of the case gets the first id that the
service tells for it, and keeps it, whoever uses the name later.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fault_injection.apply import apply_client
from fault_injection.client import ClientMoves
from fault_injection.fault import Turn
from harness.core.judging.chat.shown import document
from harness.core.judging.chat.told import conversation_of, find, read_told
from harness.core.observed.history import ClientEnd, ClientExchange, Errand, Piece, Visit
from harness.core.run import seeds
from harness.core.target.chat_api import ChatApi
from harness.core.target.chat_calls import Call, Ids, call_of, never_there, text_of
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.playing.asker import Asker, Copy
from harness.shell.playing.lane import Lane
from scenarios.case import Case, Step

_PATIENCE_S: Final = 8.0
"""No service takes this long over what needs no model."""
_SLACK_S: Final = 2.0


class Chats:
    """The deeds of one case on a lane. `seed` is the run's."""

    def __init__(self, lane: Lane, asker: Asker, *, seed: int) -> None:
        self._lane = lane
        self._asker = asker
        self._seed = seed
        self._conversations: dict[str, str] = {}
        self._agents: dict[str, str] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._events: dict[str, str] = {}
        self._visits: list[Visit] = []

    @property
    def visits(self) -> tuple[Visit, ...]:
        """What was done so far, in the order in which it began."""
        return tuple(sorted(self._visits, key=lambda each: each.exchange.started_s))

    async def do(self, case: Case, copy: Copy, *, on_event: Callable[[int], None]) -> None:
        """Do what a step says."""
        step = copy.step
        if step.deed is None:
            return
        if step.deed.do == "kill":
            await self._kill(step)
            return
        nonce = self._asker.nonce(case, copy)
        question = f"{replace(step.prompt, nonce=nonce)} | Please answer."
        text = text_of(step.deed, nonce, question)
        ids = self._ids(step)
        model = self._asker.models[step.model] if step.model != "main" else ""
        call = call_of(self._lane.target_file.capabilities, step.deed, ids, text=text, model=model)
        errand = Errand(
            deed=step.deed, nonce=nonce, text=text, model=model, conversation=ids.conversation, agent=ids.agent
        )
        exchange = self._unsaid(step, await ask(self._request(case, copy, call), on_event=on_event))
        self._visits.append(Visit(act="ask", exchange=exchange, errand=self._learnt(step, errand, exchange)))

    def _request(self, case: Case, copy: Copy, call: Call) -> Ask:
        step = copy.step
        body = b"" if call.document is None else json.dumps(call.document).encode()
        turn = Turn(rng=seeds.rng(self._seed, case.id, copy.label))
        moves = apply_client(step.faults, ClientMoves(body=body), turn).value
        headers = self._lane.headers(step.identity)
        if step.deed is not None and step.deed.do == "ask" and step.deed.key in self._keys:
            headers = self._lane.headers_with(self._keys[step.deed.key][1])
        if call.document is None:
            headers = tuple(pair for pair in headers if pair[0].lower() != "content-type")
        if step.deed is not None and step.deed.do == "resume" and self._events.get(step.talk):
            headers = (*headers, ("Last-Event-ID", self._events[step.talk]))
        return Ask(
            url=self._lane.url,
            path=call.path,
            method=call.method,
            headers=headers,
            moves=moves,
            patience_s=self._patience_s(step),
            label=copy.label,
            identity=step.identity,
            talk=step.talk,
        )

    def _patience_s(self, step: Step) -> float:
        if step.deed is not None and step.deed.do not in ("ask", "regenerate", "resume"):
            return _PATIENCE_S
        timeout_s = self._api.timeout_s or 0.0
        answer_s = step.prompt.first_s + step.prompt.tokens * step.prompt.pace_s
        return max(self._lane.target_file.limits.patience_s, timeout_s) + answer_s + _SLACK_S

    def _ids(self, step: Step) -> Ids:
        conversation = self._conversations.get(step.talk, "")
        agent = self._agents.get(step.deed.agent, "") if step.deed is not None else ""
        if step.deed is not None and step.deed.missing:
            known_talk = next(iter(self._conversations.values()), "")
            known_agent = next(iter(self._agents.values()), "")
            named_agent = bool(step.deed.agent)
            return Ids(
                conversation="" if named_agent else never_there(known_talk),
                agent=never_there(known_agent) if named_agent else "",
            )
        key = self._keys.get(step.deed.key, ("", ""))[0] if step.deed is not None else ""
        return Ids(conversation=conversation, agent=agent, key=key)

    def _unsaid(self, step: Step, exchange: ClientExchange) -> ClientExchange:
        """Note the token that an answer gives, and return the exchange without any: reports show what was said."""
        deed = step.deed
        if deed is not None and deed.do == "add-key":
            told = [document(exchange)]
            self._keys[deed.key] = (str(find(told, self._api.names.id)), str(find(told, self._api.names.token)))
        elif deed is not None and deed.do != "rotate-key" and deed.key not in self._keys:
            return exchange
        given = find([document(exchange)], self._api.names.token) if deed is not None and deed.do != "ask" else None
        tokens = {token for _, token in self._keys.values()} | ({str(given)} if given else set())
        pieces = tuple(Piece(piece.at_s, _without(piece.data, tokens)) for piece in exchange.pieces)
        headers = tuple((name, _without(value.encode(), tokens).decode()) for name, value in exchange.request_headers)
        return replace(exchange, pieces=pieces, request_headers=headers)

    def _learnt(self, step: Step, errand: Errand, exchange: ClientExchange) -> Errand:
        """Note the ids that an answer tells, and return the errand with that of what it made."""
        told = read_told(exchange)
        self._events[step.talk] = told.last_event_id or self._events.get(step.talk, "")
        if exchange.status is None or exchange.status >= 400:
            return errand
        if errand.deed.do == "ask" and step.talk and not errand.conversation:
            named = conversation_of(self._api, exchange)
            if named:
                self._conversations.setdefault(step.talk, named)
        if errand.deed.do == "add-agent":
            made = find([document(exchange)], self._api.names.id)
            if made is not None:
                self._agents.setdefault(errand.deed.agent, str(made))
                return replace(errand, agent=str(made))
        return errand

    async def _kill(self, step: Step) -> None:
        started_s = time.monotonic()
        await self._lane.kill()
        exchange = ClientExchange(
            method="KILL",
            path="",
            request_headers=(),
            moves=ClientMoves(),
            started_s=started_s,
            sent_s=None,
            head_s=None,
            status=None,
            headers=(),
            pieces=(),
            end=ClientEnd.COMPLETE,
            end_s=time.monotonic(),
            label=step.label,
        )
        if step.deed is not None:
            self._visits.append(Visit(act="ask", exchange=exchange, errand=Errand(deed=step.deed)))

    @property
    def _api(self) -> ChatApi:
        return self._lane.target_file.capabilities.chat_api or ChatApi()


def _without(data: bytes, tokens: set[str]) -> bytes:
    for token in tokens:
        data = data.replace(token.encode(), b"[token]")
    return data
