"""The moves of an experiment played on one lane, and what both sides saw of each.

The one rule: it does what a move says and writes down what happened. What a question says and which nonce it carries
follow from the seed and its name alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from fault_injection.apply import apply_client
from fault_injection.client import ClientMoves
from fault_injection.fault import Turn
from fault_injection.plan import Match, Rule
from harness.core.observed.bodies import read_answer
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamEnd, UpstreamExchange
from harness.core.probing.moves import Ask, Fresh, Move, Wait
from harness.core.probing.seen import Call, Seen
from harness.core.run import seeds
from harness.core.target.dialects import chat_body, chat_path
from harness.shell.client import client
from harness.shell.client.transcript import Ask as Request
from harness.shell.playing.lane import Lane
from scenarios.case import Step

_SURFACE: Final = "ai"
_DIES_WITHIN_S: Final = 0.5


class Prober:
    """Plays the moves of one experiment on a lane. `name` goes into its nonces, so that a second try asks new ones.

    `late_since` says how long the harness has stood still since a moment on the monotonic clock.
    """

    def __init__(
        self, lane: Lane, *, seed: int, name: str, late_since: Callable[[float], float] = lambda _: 0.0
    ) -> None:
        self._lane = lane
        self._late_since = late_since
        self._seed = seed
        self._name = name
        self.asked = 0
        """How many questions it has put."""

    async def play(self, move: Move) -> tuple[Seen, ...]:
        """Play one move and return what was seen: of an ask, one for each question that was put at once."""
        match move:
            case Ask():
                return await self._several(move)
            case Wait(seconds):
                await asyncio.sleep(max(0.0, seconds))
            case Fresh():
                await self._lane.start_afresh()
                await self._lane.ensure_alive()
        return ()

    async def _several(self, move: Ask) -> tuple[Seen, ...]:
        if move.together == 1:
            return (await self._one(move, move.question),)
        names = [f"{move.question}#{number}" for number in range(1, move.together + 1)]
        return tuple(await asyncio.gather(*(self._one(move, name) for name in names)))

    async def _one(self, move: Ask, name: str) -> Seen:
        self.asked += 1
        lane = self._lane
        nonce = seeds.nonce(self._seed, "probe", self._name, name)
        model = move.model or lane.target_file.chat.model
        journal = lane.server.journal
        since, deaths, began_s = journal.last_number, len(lane.deaths), time.monotonic()
        lane.server.add_rules(_rules(move, nonce, model))
        try:
            exchange = await client.ask(self._request(move, nonce, model, name))
            await journal.wait_for(_are_over, move.settle_s, nonce=nonce, since=since)
            calls = journal.exchanges(nonce=nonce, surface=_SURFACE, since=since)
            strays = sum(map(_is_stray, journal.exchanges(since=since)))
            if exchange.end not in (ClientEnd.COMPLETE, ClientEnd.TIMED_OUT):
                await lane.ended(within_s=_DIES_WITHIN_S)  # its connections end before the system says that it is gone
        finally:
            lane.server.remove_rules(nonce)
        seen = _seen(exchange, calls, main=model, strays=strays)
        return replace(seen, died=len(lane.deaths) > deaths, late_s=self._late_since(began_s))

    def _request(self, move: Ask, nonce: str, model: str, name: str) -> Request:
        lane, chat = self._lane, self._lane.target_file.chat
        step = Step(stream=move.stream, identity=move.caller, params=move.params, turns=move.turns)
        text = f"{replace(move.prompt, nonce=nonce)} | Please answer."
        body = chat_body(step, dialect=chat.dialect, text=text, model=model)
        if len(body) < move.size_bytes:
            text += "x" * (move.size_bytes - len(body))
            body = chat_body(step, dialect=chat.dialect, text=text, model=model)
        moves = ClientMoves(body=body)
        turn = Turn(rng=seeds.rng(self._seed, "probe", self._name, name))
        return Request(
            url=lane.url,
            path=chat_path(chat.path, model),
            headers=(*lane.headers(move.caller), *move.headers),
            moves=apply_client(move.client, moves, turn).value,
            patience_s=move.patience_s,
            label=name,
            dialect=chat.dialect,
        )


def _rules(move: Ask, nonce: str, model: str) -> Iterable[Rule]:
    if move.upstream:
        struck = "*" if move.strikes == "all" else model
        match = Match(surface=f"{_SURFACE}.*", nonce=nonce, model=struck, first=move.first)
        yield Rule(match=match, faults=move.upstream)


def _are_over(exchanges: tuple[UpstreamExchange, ...]) -> bool:
    return all(each.end_s is not None for each in exchanges)


def _is_stray(exchange: UpstreamExchange) -> bool:
    """Whether nobody knows whose request it is. One that is still being read may yet say so."""
    return exchange.method == "POST" and not exchange.nonce and exchange.end_s is not None


def _seen(exchange: ClientExchange, calls: Iterable[UpstreamExchange], *, main: str, strays: int) -> Seen:
    reading = read_answer(exchange)
    whole = exchange.end is ClientEnd.COMPLETE and reading.claims_success
    return Seen(
        main=main,
        begun_s=exchange.started_s,
        ended_s=exchange.end_s,
        status=exchange.status,
        answered=exchange.status == HTTPStatus.OK and whole,
        gave_up=exchange.end is ClientEnd.TIMED_OUT,
        first_s=exchange.pieces[0].at_s if exchange.pieces else None,
        headers=exchange.headers,
        calls=tuple(_call(each) for each in calls),
        strays=strays,
    )


def _call(call: UpstreamExchange) -> Call:
    return Call(
        model=call.model,
        at_s=call.arrived_s,
        end_s=call.end_s,
        sent_s=call.pieces[-1].at_s if call.pieces else None,
        left=call.end is UpstreamEnd.PEER_LEFT,
    )
