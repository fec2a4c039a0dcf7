"""Faults carried out: in the order given, each with dice of its own, and with a list of those that changed something.

The one rule: a fault without evidence did not happen. One that could not apply (an event fault on a reply that is no
stream) or had nothing to change is told as `bypassed`, never as `struck`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from fault_injection.client import ClientMoves
from fault_injection.dice import dice, seed_of
from fault_injection.fault import ClientFault, Fault, KvFault, ReplyFault, Turn, WireFault
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Reply, render
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
class Applied(Generic[T]):
    """What came of applying faults. `struck` changed something and `bypassed` did not, each in the order given."""

    value: T
    struck: tuple[Fault, ...] = ()
    bypassed: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a server does to one exchange under faults, and whether a store carries out what was asked of it."""

    script: WireScript
    commit: bool = True
    struck: tuple[Fault, ...] = ()
    bypassed: tuple[Fault, ...] = ()


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


def apply_reply(faults: Faults, reply: Reply, turn: Turn) -> Applied[Reply]:
    """Apply the faults that rewrite a reply; those of other kinds are passed over and not listed."""
    return _applied(ReplyFault, faults, reply, turn, lambda fault, value, own: fault.apply(value, own))


def apply_wire(faults: Faults, script: WireScript, turn: Turn) -> Applied[WireScript]:
    """Apply the faults that rewrite a wire script; those of other kinds are passed over and not listed."""
    return _applied(WireFault, faults, script, turn, lambda fault, value, own: fault.apply(value, own))


def apply_kv(faults: Faults, answer: KvAnswer, turn: Turn) -> Applied[KvAnswer]:
    """Apply the faults of a key-value store; those of other kinds are passed over and not listed."""
    return _applied(KvFault, faults, answer, turn, lambda fault, value, own: fault.apply(value, own))


def apply_client(faults: Faults, moves: ClientMoves, turn: Turn) -> Applied[ClientMoves]:
    """Apply the faults of a client; those of other kinds are passed over and not listed."""
    return _applied(ClientFault, faults, moves, turn, lambda fault, value, own: fault.apply(value, own))


def serve(
    faults: Faults,
    reply: Reply,
    turn: Turn,
    *,
    kv: KvAnswer | None = None,
    http_10: bool = False,
    head_only: bool = False,
) -> Served:
    """Turn a reply into the script that goes on the wire, under every fault of a server's side.

    A store's faults come first (`kv` holds the same reply), then the reply's, then those of the rendered script; within
    a kind the order given holds. What no kind could use, a client's fault among them, is bypassed.
    """
    given = strikes(faults, turn)
    answer = KvAnswer(operation="get", reply=reply) if kv is None else replace(kv, reply=reply)
    stored = apply_kv(given if kv is not None else (), answer, turn)
    replied = apply_reply(given, stored.value.reply, turn)
    sent = apply_wire(given, render(replied.value, http_10=http_10, head_only=head_only), turn)
    kinds = (ReplyFault, WireFault) if kv is None else (ReplyFault, WireFault, KvFault)
    useless = tuple(strike.fault for strike in given if not isinstance(strike.fault, kinds))
    return Served(
        script=sent.value,
        commit=stored.value.commit,
        struck=(*stored.struck, *replied.struck, *sent.struck),
        bypassed=(*stored.bypassed, *replied.bypassed, *sent.bypassed, *useless),
    )


K = TypeVar("K", bound=Fault)


def _applied(kind: type[K], faults: Faults, value: T, turn: Turn, apply: Callable[[K, T, Turn], T]) -> Applied[T]:
    struck: list[Fault] = []
    bypassed: list[Fault] = []
    for strike in strikes(faults, turn):
        if not isinstance(strike.fault, kind):
            continue
        new = apply(strike.fault, value, strike.turn(turn.unix_s))
        (bypassed if new == value else struck).append(strike.fault)
        value = new
    return Applied(value=value, struck=tuple(struck), bypassed=tuple(bypassed))
