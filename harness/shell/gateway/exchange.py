"""One request through the gateway: its body taken in, its faults decided, and its answer passed on.

The one rule: a request is held back for no longer than the faults that may strike it want to know what it asks; where
none may, or its client waits for leave, it goes on as it comes.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from fault_injection.apply import Bypass, Strike
from fault_injection.foresight import Foresight
from fault_injection.kv_answer import KvAnswer, KvOperation
from fault_injection.rendering import Asked as Allowed
from fault_injection.rendering import render
from fault_injection.reply import Reply
from harness.core.gateway.request_head import RequestHead
from harness.core.observed.history import Bypassed, UpstreamEnd
from harness.shell.gateway.client_side import ClientSide
from harness.shell.gateway.facts import Asked, about, reader_of
from harness.shell.gateway.faulted import Faulted
from harness.shell.gateway.house import House
from harness.shell.gateway.manners import TOKEN_HEADER
from harness.shell.gateway.relay import Pipe, Relayed, pass_on
from harness.shell.gateway.upstream_side import Link, UpstreamSide
from harness.shell.upstream.answering import error_reply
from harness.shell.upstream.journal import LONGEST_REQUEST_BYTES
from harness.shell.upstream.player import Played
from harness.shell.upstream.record import Record

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


class Exchange:
    """One request while it is answered; `record` is the journal's."""

    def __init__(self, head: RequestHead, record: Record, client: ClientSide, link: Link, house: House) -> None:
        self.head = head
        self.record = record
        self.body = head.body()
        self.asked = Asked()
        self.faulted = False
        """Whether its answer is one with faults."""
        self._client = client
        self._line = client.line
        self._link = link
        self._house = house

    async def refused(self, refusal: Reply) -> Relayed:
        """Answer a request that may not pass."""
        self._describe()
        self._line.lingers = True
        script = render(refusal, Allowed(keep_alive=False))
        return Relayed(played=await self.pipe().play(script), asked_upstream=False)

    async def answered(self) -> Relayed:
        """Take as much of the request as the faults want to know, decide, and pass its answer on."""
        head = self.head
        held = bytearray()
        if self._house.experiment.may_strike and not head.expects_continue and not head.offers_upgrade:
            while not self.body.complete and self.asked.size <= LONGEST_REQUEST_BYTES:
                data = await self._more_of_body()
                if not data:
                    self._describe()
                    return Relayed(played=_LEFT, asked_upstream=False)
                held += data
        strikes = () if head.offers_upgrade else self._house.experiment.strikes(head, self.asked.body)
        if not strikes:
            return await self._clean(bytes(held))
        struck_s = None
        self.faulted = True
        try:
            relayed = await self._struck(bytes(held), strikes)
            struck_s = relayed.struck_s if self.record.faults else None
        finally:
            self.faulted = False
            self._house.experiment.over(self.record, struck_at_s=struck_s)
        return relayed

    async def _clean(self, held: bytes) -> Relayed:
        """Pass a request and its answer on, each as it comes; what is here of the body goes with the head."""
        while not self.body.complete and self._client.has_something:
            data = await self._more_of_body()
            if not data:
                break
            held += data
        is_whole = self.body.complete
        refused = await self._ask(held)
        if is_whole:
            self._describe()  # while upstream thinks about it
        if refused is not None:
            return refused
        assert self._link.upstream is not None  # noqa: S101 - _ask has seen to it
        uploading = None if is_whole else asyncio.get_running_loop().create_task(self._upload())
        try:
            relayed = await pass_on(self.head, self._link.upstream, self.pipe())
            if uploading and relayed.played.end is UpstreamEnd.KEPT and not relayed.upgraded:
                await uploading  # an answer may come before its request is whole
            return relayed
        finally:
            if uploading:
                uploading.cancel()
                await asyncio.gather(uploading, return_exceptions=True)
            if not self.record.nonce and self.record.surface == "unknown":
                self._describe()
            self._house.metrics.count(self.record.surface)

    async def _struck(self, held: bytes, strikes: tuple[Strike, ...]) -> Relayed:
        """Answer under faults; upstream is not asked for what nothing of its answer would be left of."""
        house, head, record = self._house, self.head, self.record
        usable = tuple(strike for strike in strikes if strike.fault.id not in _ONLY_A_STORE)
        useless = tuple(
            Bypass(fault=strike.fault, because=_NO_STORE) for strike in strikes if strike.fault.id in _ONLY_A_STORE
        )
        self._describe()
        operation = _STORE.get(record.surface)
        foresight = Foresight(
            usable,
            asked=Allowed(
                http_10=head.version == "1.0",
                head_only=head.method == "HEAD",
                keep_alive=head.keeps and self.body.complete,
            ),
            unix_s=house.now_s(),
            kv=KvAnswer(operation=operation, reply=Reply()) if operation else None,
            binding=reader_of(record.surface, head.path),
        )
        self._line.lingers = not self.body.complete
        faulted = Faulted(head, foresight, self.pipe(), is_called_off=lambda: not house.experiment.is_armed)
        before = foresight.before_asking()
        if before.over:
            relayed = await faulted.without_upstream(before)
        else:
            refused = await self._ask(held)
            if refused is not None:
                return refused
            assert self._link.upstream is not None  # noqa: S101 - _ask has seen to it
            uploading = asyncio.get_running_loop().create_task(self._upload())
            try:
                relayed = await faulted.passed_on(self._link.upstream)
            finally:
                uploading.cancel()
                await asyncio.gather(uploading, return_exceptions=True)
            await self._link.upstream.close()  # it may be in the middle of an answer that nobody wants any more
            self._link.upstream = None
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

    async def _ask(self, held: bytes) -> Relayed | None:
        """Send upstream the head and what is held of the body; returns the answer when upstream cannot be asked."""
        is_kept = self._link.upstream is not None
        try:
            if self._link.upstream is None:
                self._link.upstream = await UpstreamSide.to(self._house.upstream)
            onward = self.head.onward(self._house.upstream.netloc, without=TOKEN_HEADER)
            await self._link.upstream.send(onward + held)
        except OSError as error:
            if is_kept:  # upstream has dropped the connection, and so the client's goes as well
                self._line.reset()
                return Relayed(played=Played(end=UpstreamEnd.RESET, whole=True), asked_upstream=False)
            problem = f"upstream {self._house.upstream.netloc} cannot be reached: {error}"
            reply = error_reply(502, problem)
            self._line.lingers = not self.body.complete
            script = render(reply, Allowed(keep_alive=False))
            played = await self.pipe().play(script)
            return Relayed(played=played, asked_upstream=False, problem=problem)
        return None

    async def _upload(self) -> None:
        """Pass the rest of the request's body on; what goes wrong shows in the answer."""
        with suppress(OSError):
            while not self.body.complete:
                data = await self._more_of_body()
                if not data or self._link.upstream is None:
                    return
                await self._link.upstream.send(data)

    async def _more_of_body(self) -> bytes:
        """Return more of the request's body as it stands on the wire; nothing when the client has left."""
        data = await self._client.receive()
        reader = self.body
        reader.feed(data)
        self.asked.feed(reader.take())
        rest = reader.take_rest() if reader.complete else b""
        self._client.put_back(rest)
        if reader.complete:
            self._house.journal.asked(
                self.record,
                self.asked.body if self.asked.is_kept else b"",
                body_bytes=self.asked.size,
                body_sha256=self.asked.sha256,
            )
        return data[: len(data) - len(rest)]

    def _describe(self) -> None:
        surface, model, nonce = about(self.head, self.asked.body)
        self._house.journal.describe(self.record, surface=surface, model=model, nonce=nonce)

    def pipe(self) -> Pipe:
        """Return the client's line, whose journal is this exchange's record."""
        journal, record = self._house.journal, self.record
        return Pipe(
            line=self._line,
            on_sent=lambda data: journal.sent(record, data, time.monotonic()),
            on_taken=lambda: journal.taken(record, time.monotonic()),
        )
