"""One client's connection through the gateway: its requests one after the other, each with its answer.

The one rule: a client has upstream's connection to itself for as long as its own lasts, so that whatever either side
does to its connection the other one sees. What is no HTTP/1.1 to us is passed on blindly, never refused.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult

from fault_injection.apply import Bypass, Strike
from fault_injection.foresight import Foresight
from fault_injection.kv_answer import KvAnswer, KvOperation
from fault_injection.reply import Asked as Allowed
from fault_injection.reply import Reply, render
from harness.core.gateway.request_head import LONGEST_HEAD_BYTES, RequestHead, head_end, read_head
from harness.core.observed.history import Bypassed, UpstreamEnd
from harness.core.observed.http_reader import ResponseReader
from harness.shell.gateway.client_side import ClientSide
from harness.shell.gateway.facts import Asked, facts_of
from harness.shell.gateway.manners import TOKEN_HEADER
from harness.shell.gateway.relay import Faulted, Pipe, Relayed, pass_on
from harness.shell.gateway.upstream_side import UpstreamSide
from harness.shell.upstream.answering import error_reply
from harness.shell.upstream.journal import LONGEST_REQUEST_BYTES, Journal, Record
from harness.shell.upstream.player import Played
from harness.shell.upstream.wire_metrics import WireMetrics

_STORE: dict[str, KvOperation] = {
    "kv.get": "get",
    "kv.put": "put",
    "kv.delete": "delete",
    "kv.list": "list",
    "kv.metadata": "metadata",
    "kv.bulk": "bulk",
}
_ONLY_A_STORE = frozenset({"kv.lost_write", "kv.delete_ignored"})
_NO_STORE = "only what holds the store can acknowledge a write without carrying it out"
_LEFT = Played(end=UpstreamEnd.PEER_LEFT, whole=False)


class House(Protocol):
    """What a conversation needs of its gateway."""

    journal: Journal
    metrics: WireMetrics
    upstream: SplitResult

    @property
    def may_strike(self) -> bool:
        """Whether faults may strike anybody at this moment."""
        ...

    @property
    def is_armed(self) -> bool:
        """Whether a plan is in force that nobody has called off."""
        ...

    def refuse(self, head: RequestHead) -> Reply | None:
        """Return the answer to a request that may not pass; None when it may."""
        ...

    def strikes(self, head: RequestHead, body: bytes) -> tuple[Strike, ...]:
        """Decide which faults hit a request; a decision with any is over when `over` is called."""
        ...

    def over(self, record: Record, *, struck_at_s: float | None) -> None:
        """Take note that an exchange with faults is over, and which of them struck."""
        ...

    def spent(self, head: RequestHead, body: bytes, record: Record) -> None:
        """Take note that an exchange is over, for what it cost."""
        ...

    def now_s(self) -> float:
        """Return Unix time."""
        ...

    def note(self, problem: str) -> None:
        """Keep what went wrong in the gateway itself."""
        ...


@dataclass(slots=True, kw_only=True)
class _Exchange:
    """One request while it is answered."""

    head: RequestHead
    record: Record
    body: ResponseReader
    asked: Asked


class Conversation:
    """Serves one client's connection until either side ends it."""

    def __init__(self, number: int, client: ClientSide, house: House) -> None:
        self._number = number
        self._client = client
        self._line = client.line
        self._house = house
        self._upstream: UpstreamSide | None = None
        self.faulted = False
        """Whether the answer that is under way is one with faults."""

    def call_off(self) -> None:
        """End the silence that a fault has put in the answer, if it has."""
        if self.faulted:
            self._line.hurry()

    async def run(self) -> None:
        """Serve the connection to its end; upstream's ends with it."""
        try:
            while (head := await self._next_head()) is not None:
                if not await self._exchange(head):
                    return
        except OSError:
            self._line.reset()
        finally:
            if self._upstream is not None:
                await self._upstream.close()
            self._line.close()

    async def _next_head(self) -> RequestHead | None:
        """Return the next request's head; None when the connection is over, or has been passed on blindly."""
        came = bytearray()
        while (end := head_end(came)) < 0:
            if not await self._idle_until_client():
                return None
            data = self._client.take()
            if not data:
                return None
            came += data
            if len(came) > LONGEST_HEAD_BYTES and head_end(came) < 0:
                await self._tunnel(bytes(came))
                return None
        head = read_head(bytes(came[:end]))
        if head is None:
            await self._tunnel(bytes(came))
            return None
        self._client.put_back(bytes(came[end:]))
        return head

    async def _idle_until_client(self) -> bool:
        """Wait for the client while nothing is asked; what upstream says meanwhile is passed on. False at its end."""
        waiting = asyncio.get_running_loop().create_task(self._client.something())
        try:
            while not waiting.done():
                if self._upstream is None:
                    await waiting
                    break
                await asyncio.wait({waiting, self._upstream.reading()}, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    break
                data = self._upstream.take()
                if not data or not await self._line.send(data):
                    return False
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        return True

    async def _exchange(self, head: RequestHead) -> bool:
        """Serve one request; returns whether the connection takes another."""
        house = self._house
        record = house.journal.open(
            connection=self._number,
            method=head.method,
            path=head.path,
            query=head.query,
            headers=head.headers,
            arrived_s=time.monotonic(),
        )
        exchange = _Exchange(head=head, record=record, body=head.body(), asked=Asked())
        relayed = Relayed(played=_LEFT, asked_upstream=False)
        try:
            refusal = house.refuse(head)
            relayed = await (self._refused(exchange, refusal) if refusal else self._answered(exchange))
            if relayed.upgraded:
                await self._both_ways(exchange)
                relayed = Relayed(played=Played(end=UpstreamEnd.CLOSED, whole=True))
        finally:
            played = relayed.played
            if relayed.problem:
                house.note(relayed.problem)
            house.journal.close(record, end=played.end, whole=played.whole, at_s=time.monotonic())
            house.spent(head, exchange.asked.body, record)
        return played.end is UpstreamEnd.KEPT and exchange.body.complete

    async def _refused(self, exchange: _Exchange, refusal: Reply) -> Relayed:
        self._describe(exchange)
        self._line.lingers = True
        script = render(refusal, Allowed(keep_alive=False))
        return Relayed(played=await self._pipe(exchange.record).play(script), asked_upstream=False)

    async def _answered(self, exchange: _Exchange) -> Relayed:
        """Take as much of the request as the faults want to know, decide, and pass its answer on."""
        head = exchange.head
        held = bytearray()
        if self._house.may_strike and not head.expects_continue and not head.offers_upgrade:
            while not exchange.body.complete and exchange.asked.size <= LONGEST_REQUEST_BYTES:
                data = await self._more_of_body(exchange)
                if not data:
                    self._describe(exchange)
                    return Relayed(played=_LEFT, asked_upstream=False)
                held += data
        strikes = () if head.offers_upgrade else self._house.strikes(head, exchange.asked.body)
        if not strikes:
            return await self._clean(exchange, bytes(held))
        struck_s = None
        self.faulted = True
        try:
            relayed = await self._struck(exchange, bytes(held), strikes)
            struck_s = relayed.struck_s if exchange.record.faults else None
        finally:
            self.faulted = False
            self._house.over(exchange.record, struck_at_s=struck_s)
        return relayed

    async def _clean(self, exchange: _Exchange, held: bytes) -> Relayed:
        """Pass a request and its answer on, each as it comes."""
        if exchange.body.complete:
            self._describe(exchange)
        refused = await self._ask(exchange, held)
        if refused is not None:
            return refused
        assert self._upstream is not None  # noqa: S101 - _ask has seen to it
        uploading = asyncio.get_running_loop().create_task(self._upload(exchange))
        try:
            relayed = await pass_on(exchange.head, self._upstream, self._pipe(exchange.record))
            if relayed.played.end is UpstreamEnd.KEPT and not relayed.upgraded:
                await uploading  # an answer may come before its request is whole
            return relayed
        finally:
            uploading.cancel()
            await asyncio.gather(uploading, return_exceptions=True)
            if not exchange.record.nonce and exchange.record.surface == "unknown":
                self._describe(exchange)

    async def _struck(self, exchange: _Exchange, held: bytes, strikes: tuple[Strike, ...]) -> Relayed:
        """Answer under faults; upstream is not asked for what nothing of its answer would be left of."""
        house, head, record = self._house, exchange.head, exchange.record
        usable = tuple(strike for strike in strikes if strike.fault.id not in _ONLY_A_STORE)
        useless = tuple(
            Bypass(fault=strike.fault, because=_NO_STORE) for strike in strikes if strike.fault.id in _ONLY_A_STORE
        )
        self._describe(exchange)
        operation = _STORE.get(record.surface)
        foresight = Foresight(
            usable,
            asked=Allowed(
                http_10=head.version == "1.0",
                head_only=head.method == "HEAD",
                keep_alive=head.keeps and exchange.body.complete,
            ),
            unix_s=house.now_s(),
            kv=KvAnswer(operation=operation, reply=Reply()) if operation else None,
        )
        self._line.lingers = not exchange.body.complete
        faulted = Faulted(head, foresight, self._pipe(record), is_called_off=lambda: not house.is_armed)
        before = foresight.before_asking()
        if before.over:
            relayed = await faulted.without_upstream(before)
        else:
            refused = await self._ask(exchange, held)
            if refused is not None:
                return refused
            assert self._upstream is not None  # noqa: S101 - _ask has seen to it
            uploading = asyncio.get_running_loop().create_task(self._upload(exchange))
            try:
                relayed = await faulted.passed_on(self._upstream)
            finally:
                uploading.cancel()
                await asyncio.gather(uploading, return_exceptions=True)
            await self._upstream.close()  # it may be in the middle of an answer that nobody wants any more
            self._upstream = None
        served = relayed.served
        struck = served.struck if served else ()
        bypassed = (*(served.bypassed if served else ()), *useless)
        house.journal.told(
            record,
            faults=tuple(map(str, struck)),
            bypassed=tuple(Bypassed(fault=str(each.fault), because=each.because) for each in bypassed),
        )
        house.metrics.count(
            record.surface,
            struck=tuple(fault.id for fault in struck),
            bypassed=tuple(each.fault.id for each in bypassed),
        )
        return relayed

    async def _ask(self, exchange: _Exchange, held: bytes) -> Relayed | None:
        """Send upstream the head and what is held of the body; returns the answer when upstream cannot be asked."""
        try:
            if self._upstream is None:
                self._upstream = await UpstreamSide.to(self._house.upstream)
            head = exchange.head.onward(self._house.upstream.netloc, without=TOKEN_HEADER)
            await self._upstream.send(head + held)
        except OSError as error:
            problem = f"upstream {self._house.upstream.netloc} cannot be reached: {error}"
            reply = error_reply(502, problem)
            self._line.lingers = not exchange.body.complete
            script = render(reply, Allowed(keep_alive=False))
            played = await self._pipe(exchange.record).play(script)
            return Relayed(played=played, asked_upstream=False, problem=problem)
        return None

    async def _upload(self, exchange: _Exchange) -> None:
        """Pass the rest of the request's body on; what goes wrong shows in the answer."""
        with suppress(OSError):
            while not exchange.body.complete:
                data = await self._more_of_body(exchange)
                if not data or self._upstream is None:
                    return
                await self._upstream.send(data)

    async def _more_of_body(self, exchange: _Exchange) -> bytes:
        """Return more of the request's body as it stands on the wire; nothing when the client has left."""
        data = await self._client.receive()
        reader = exchange.body
        reader.feed(data)
        exchange.asked.feed(reader.take())
        rest = reader.take_rest() if reader.complete else b""
        self._client.put_back(rest)
        if reader.complete:
            self._house.journal.asked(
                exchange.record,
                exchange.asked.body if exchange.asked.is_kept else b"",
                body_bytes=exchange.asked.size,
                body_sha256=exchange.asked.sha256,
            )
        return data[: len(data) - len(rest)]

    def _describe(self, exchange: _Exchange) -> None:
        facts = facts_of(exchange.head, exchange.asked.body)
        self._house.journal.describe(exchange.record, surface=facts.surface, model=facts.model, nonce=facts.nonce)

    async def _tunnel(self, came: bytes) -> None:
        """Pass a connection on blindly from here to its end, beginning with what came."""
        try:
            if self._upstream is None:
                self._upstream = await UpstreamSide.to(self._house.upstream)
            await self._upstream.send(came)
        except OSError as error:
            self._house.note(f"upstream {self._house.upstream.netloc} cannot be reached: {error}")
            return
        await self._both_ways(None)

    async def _both_ways(self, exchange: _Exchange | None) -> None:
        """Pass on whatever comes in both directions until either side ends."""
        upstream = self._upstream
        if upstream is None:
            return
        sending = asyncio.get_running_loop().create_task(self._send_all(upstream))
        pipe = self._pipe(exchange.record) if exchange else None
        try:
            while data := await upstream.receive(unless=self._line.left):
                if not await (pipe.send(data) if pipe else self._line.send(data)):
                    return
        except OSError:
            self._line.reset()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send_all(self, upstream: UpstreamSide) -> None:
        with suppress(OSError):
            while data := await self._client.receive():
                await upstream.send(data)

    def _pipe(self, record: Record) -> Pipe:
        journal = self._house.journal
        return Pipe(
            line=self._line,
            on_sent=lambda data: journal.sent(record, data, time.monotonic()),
            on_taken=lambda: journal.taken(record, time.monotonic()),
        )
