"""Faults carried out: in the order given, each with dice of its own, and with a list of those that changed something.

The one rule: a fault without evidence did not happen. One that could not apply (an event fault on a reply that is no
stream), that the way of asking forbids (a chunk's fault in HTTP/1.0) or that would change nothing on the wire is not
carried out; it is told as `bypassed`, with the reason, and never as `struck`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from fault_injection.client import ClientMoves
from fault_injection.dice import dice, seed_of
from fault_injection.fault import ClientFault, Fault, KvFault, Need, ReplyFault, Turn, WireFault
from fault_injection.kv_answer import KvAnswer
from fault_injection.rendering import PLAINLY, Asked, closes, framing_of, has_body, render
from fault_injection.reply import Reply, UntilClose
from fault_injection.struck import struck_byte
from fault_injection.wire import WireScript

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A fault that is to strike one exchange: which exchange of its rule this is, and the seed of its dice."""

    fault: Fault
    nth: int = 1
    seed: int = 0

    def turn(self, unix_s: float = 0.0) -> Turn:
        """Return the turn in which the fault applies; every call gives fresh dice that fall alike."""
        return Turn(dice(self.seed, self.fault.id), self.nth, unix_s)


Faults: TypeAlias = Iterable[Fault | Strike]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass:
    """A fault that was to strike and did not, and why."""

    fault: Fault
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied(Generic[T]):
    """What came of applying faults. `struck` changed something and `bypassed` did not, each in the order given."""

    value: T
    struck: tuple[Fault, ...] = ()
    bypassed: tuple[Bypass, ...] = ()


class Served(NamedTuple):
    """What a server does to one exchange under faults, and whether a store carries out what was asked of it."""

    script: WireScript
    commit: bool = True
    struck: tuple[Fault, ...] = ()
    bypassed: tuple[Bypass, ...] = ()
    struck_byte: int | None = None
    """How many bytes pass as they should before the first fault shows; None where none struck."""


def strikes(faults: Faults, turn: Turn) -> tuple[Strike, ...]:
    """Give every fault dice of its own, derived from the turn's by id: one fault more changes no other's draws."""
    base = turn.rng.getrandbits(64)
    met: Counter[str] = Counter()
    out: list[Strike] = []
    for item in faults:
        if isinstance(item, Strike):
            out.append(item)
            continue
        met[item.id] += 1
        out.append(Strike(fault=item, nth=turn.nth, seed=seed_of(base, item.id, met[item.id])))
    return tuple(out)


def apply_reply(faults: Faults, reply: Reply, turn: Turn, asked: Asked = PLAINLY) -> Applied[Reply]:
    """Apply the faults that rewrite a reply; those of other kinds are passed over and not listed."""

    def apply(fault: ReplyFault, value: Reply, own: Turn) -> Reply | str:
        why_not = _forbidden(fault, value, asked)
        new = value if why_not else fault.apply(value, own)
        # The same reply makes the same script; a large one is rendered only when something was done to it.
        return why_not or (new if new != value and render(new, asked) != render(value, asked) else value)

    return _applied(ReplyFault, faults, reply, turn, apply)


def apply_wire(faults: Faults, script: WireScript, turn: Turn) -> Applied[WireScript]:
    """Apply the faults that rewrite a wire script; those of other kinds are passed over and not listed."""
    return _applied(WireFault, faults, script, turn, lambda fault, value, own: fault.apply(value, own))


def apply_kv(faults: Faults, answer: KvAnswer, turn: Turn, asked: Asked = PLAINLY) -> Applied[KvAnswer]:
    """Apply the faults of a key-value store; those of other kinds are passed over and not listed."""
    return _applied(
        KvFault,
        faults,
        answer,
        turn,
        lambda fault, value, own: _forbidden(fault, value.reply, asked) or fault.apply(value, own),
    )


def apply_client(faults: Faults, moves: ClientMoves, turn: Turn) -> Applied[ClientMoves]:
    """Apply the faults of a client; those of other kinds are passed over and not listed."""
    return _applied(ClientFault, faults, moves, turn, lambda fault, value, own: fault.apply(value, own))


def serve(faults: Faults, reply: Reply, turn: Turn, *, kv: KvAnswer | None = None, asked: Asked = PLAINLY) -> Served:
    """Turn a reply into the script that goes on the wire, under every fault of a server's side.

    A store's faults come first (`kv` holds the same reply), then the reply's, then those of the rendered script; within
    a kind the order given holds. What no kind could use, a client's fault among them, is bypassed.
    """
    given = strikes(faults, turn)
    if not given:
        return served_clean(reply, kv=kv, asked=asked)
    answer = KvAnswer(operation="get", reply=reply) if kv is None else replace(kv, reply=reply)
    stored = apply_kv(given if kv is not None else (), answer, turn, asked)
    replied = apply_reply(given, stored.value.reply, turn, asked)
    rendered = render(replied.value, asked)
    sent = _applied(
        WireFault,
        given,
        rendered,
        turn,
        lambda fault, value, own: _forbidden(fault, replied.value, asked) or fault.apply(value, own),
    )
    kinds = (ReplyFault, WireFault) if kv is None else (ReplyFault, WireFault, KvFault)
    useless = tuple(
        Bypass(fault=strike.fault, because=_NOT_HERE) for strike in given if not isinstance(strike.fault, kinds)
    )
    struck = (*stored.struck, *replied.struck, *sent.struck)
    clean = rendered if replied.value is reply or not struck else render(reply, asked)
    return Served(
        script=sent.value,
        commit=stored.value.commit,
        struck=struck,
        bypassed=(*stored.bypassed, *replied.bypassed, *sent.bypassed, *useless),
        struck_byte=struck_byte(clean, sent.value) if struck else None,
    )


def served_clean(reply: Reply, *, kv: KvAnswer | None = None, asked: Asked = PLAINLY) -> Served:
    """Turn a reply into the script that goes on the wire when no fault is to strike."""
    return Served(script=render(reply, asked), commit=kv is None or kv.commit)


NOTHING_TO_CHANGE = "there was nothing in this answer for it to change"
_NOT_HERE = "it strikes another side than this answer's"


def _forbidden(fault: Fault, reply: Reply, asked: Asked) -> str:
    """Say what the fault needs and this exchange lacks, or nothing when it lacks nothing."""
    until_close = isinstance(framing_of(reply, asked), UntilClose)
    lacks = {
        Need.BODY: not has_body(reply, asked),
        Need.CHUNKS: asked.http_10,
        Need.INTERIM: asked.http_10,
        Need.END: until_close and has_body(reply, asked),
        Need.KEPT: closes(reply, asked),
    }
    return next((need.value for need in fault.needs if lacks[need]), "")


K = TypeVar("K", bound=Fault)


def _applied(kind: type[K], faults: Faults, value: T, turn: Turn, apply: Callable[[K, T, Turn], T | str]) -> Applied[T]:
    """Apply the faults of a kind; `apply` returns the new value, or a text that says why the fault cannot strike."""
    struck: list[Fault] = []
    bypassed: list[Bypass] = []
    for strike in strikes(faults, turn):
        if not isinstance(strike.fault, kind):
            continue
        new = apply(strike.fault, value, strike.turn(turn.unix_s))
        if isinstance(new, str) or new == value:
            because = new if isinstance(new, str) else NOTHING_TO_CHANGE
            bypassed.append(Bypass(fault=strike.fault, because=because))
        else:
            struck.append(strike.fault)
            value = new
    return Applied(value=value, struck=tuple(struck), bypassed=tuple(bypassed))
