"""Faults on an answer that is still coming: what of the wire script is sure already.

The one rule: sure is what all futures agree on. The answer so far is continued in several ways, the faults are applied
to each as if it were whole, and the actions that the scripts share from their start cannot change any more. So any
fault, and any stack of them, works on a live answer just as on one that a mock makes up, and none has to know of it.

A fault that decides from the whole answer what it does to its start (`Fault.looks_ahead`) has nothing sure but the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from fault_injection.apply import Bypass, Served, Strike, serve
from fault_injection.dice import dice
from fault_injection.fault import Fault, Turn
from fault_injection.kv_answer import KvAnswer
from fault_injection.rendering import PLAINLY, Asked
from fault_injection.reply import Event, Length, Reply, event, json_reply, stream_reply
from fault_injection.wire import Action, WireScript

_ONE_MORE = (event('{"response": "a"}', 0.011),)
_MANY_MORE = (*(event(f'{{"response": "b{number}é", "p": "bb"}}', 0.017) for number in range(40)), event("[DONE]"))
_TO_ITS_END = (
    event('{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}', 0.013),
    event("[DONE]"),
)
_FUTURES: tuple[tuple[Event, ...], ...] = ((), _ONE_MORE, _MANY_MORE, _TO_ITS_END)
"""What may still come of a stream: nothing, a little, a lot, a finish. They differ in number, in size, in time and in
how many bytes a character takes, so that they disagree about whatever depends on one of these."""

_LEFT_FIRST = "the client left before it could strike"
_ANY_ANSWERS = (
    json_reply(b'{"result": {"response": "a"}, "success": true}'),
    stream_reply(_MANY_MORE),
    json_reply(b'{"errors": [{"code": 1}]}', status=418),
)
"""What upstream may answer at all. How long it takes over it is left aside: what needs nothing of it comes at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """The actions that are sure so far, and whether nothing that still comes can change any: the script then ends."""

    actions: tuple[Action, ...] = ()
    over: bool = False
    served: Served | None = None
    """What came of the faults, once it is over."""


class Foresight:
    """The faults of one exchange, and what they make of its answer as it comes.

    `unix_s` is the wall time of the decision. `kv` says what operation on a store is answered, if it is one; what the
    store holds besides is not known here.
    """

    def __init__(
        self,
        strikes: Iterable[Strike],
        *,
        asked: Asked = PLAINLY,
        unix_s: float = 0.0,
        kv: KvAnswer | None = None,
    ) -> None:
        self._strikes = tuple(strikes)
        self._asked = asked
        self._unix_s = unix_s
        self._kv = kv
        self._looks_ahead = any(strike.fault.looks_ahead for strike in self._strikes)

    def before_asking(self) -> Foreseen:
        """Say what is sure whatever upstream answers: over, when upstream need not be asked at all."""
        return self._agreed([self.of_whole(reply) for reply in _ANY_ANSWERS])

    def so_far(self, reply: Reply) -> Foreseen:
        """Say what is sure of a stream that has come so far, and of any other answer that still lacks its end."""
        if self._looks_ahead or not reply.is_stream:
            return Foreseen()
        return self._agreed([self.of_whole(_continued(reply, future)) for future in _FUTURES])

    def of_whole(self, reply: Reply) -> Served:
        """Return what is done to an answer that is all there."""
        turn = Turn(dice("foresight"), 1, self._unix_s)
        kv = replace(self._kv, reply=reply) if self._kv else None
        return serve(self._strikes, reply, turn, kv=kv, asked=self._asked)

    def of_part(self, reply: Reply, played: Sequence[Action]) -> Served:
        """Return what has come of the faults when a client leaves in the middle of an answer.

        `played` is what was played by then of the answer so far. A fault has struck when there would have been
        something else to play without it.
        """
        whole = self.of_whole(reply)
        known = {each.fault: each for each in whole.bypassed}
        struck: list[Fault] = []
        bypassed: list[Bypass] = []
        for place, strike in enumerate(self._strikes):
            others = (*self._strikes[:place], *self._strikes[place + 1 :])
            without = Foresight(others, asked=self._asked, unix_s=self._unix_s, kv=self._kv)
            futures = (
                without.of_whole(_continued(reply, future)) for future in _FUTURES if reply.is_stream or not future
            )
            if strike.fault in known:
                bypassed.append(known[strike.fault])
            elif any(future.script[: len(played)] == tuple(played) for future in futures):
                bypassed.append(Bypass(fault=strike.fault, because=_LEFT_FIRST))
            else:
                struck.append(strike.fault)
        return whole._replace(struck=tuple(struck), bypassed=tuple(bypassed))

    @staticmethod
    def _agreed(futures: list[Served]) -> Foreseen:
        scripts = [future.script for future in futures]
        if all(script == scripts[0] for script in scripts):
            return Foreseen(actions=scripts[0], over=True, served=futures[-1])
        return Foreseen(actions=shared_start(scripts))


def shared_start(scripts: Iterable[WireScript]) -> tuple[Action, ...]:
    """Return the actions with which all of the scripts begin."""
    alike = takewhile(lambda actions: all(action == actions[0] for action in actions), zip(*scripts, strict=False))
    return tuple(actions[0] for actions in alike)


def _continued(reply: Reply, future: tuple[Event, ...]) -> Reply:
    """Return the stream with more events; a length that was announced stays the one that was announced."""
    framing = reply.framing
    if isinstance(framing, Length):
        framing = Length(off_by_bytes=framing.off_by_bytes - sum(len(item.raw) for item in future))
    return replace(reply, body=(*reply.events, *future), framing=framing)
