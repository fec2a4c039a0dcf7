"""What a plan could cost one answer at the worst, told before anything is injected.

The one rule: it is played, not guessed: a fault that waits before every piece waits for as long as there are pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from fault_injection.apply import Strike, serve
from fault_injection.dice import dice
from fault_injection.fault import Fault, Turn
from fault_injection.plan import Plan
from fault_injection.reply import Reply, event, stream_reply
from fault_injection.wire import Wait, WireScript

_AT_MOST: Final = ("delay_s", "jitter_s", "for_s", "wait_s")
"""Parameters that are seconds of silence, whether all of it is drawn or not."""
_DRAWS: Final = 8


def worst_added_s(plan: Plan, *, tokens: int) -> float:
    """Return the longest silence, in seconds, that any one rule adds to an answer of so many tokens."""
    return max((_added_s(rule.faults, tokens) for rule in plan.rules), default=0.0)


def _added_s(faults: tuple[Fault, ...], tokens: int) -> float:
    answer = _answer(tokens)
    strikes = [Strike(fault=fault) for fault in faults]
    played = max(_silence_s(serve(strikes, answer, Turn(dice(draw))).script) for draw in range(_DRAWS))
    return max(played, _named_s(faults))


def _named_s(faults: Iterable[Fault]) -> float:
    values = (getattr(fault, name, 0.0) for fault in faults for name in _AT_MOST)
    return sum(float(value) for value in values if isinstance(value, (int, float)))


def _silence_s(script: WireScript) -> float:
    return sum(action.seconds for action in script if isinstance(action, Wait))


def _answer(tokens: int) -> Reply:
    pieces = (event(json.dumps({"response": f"word {number}"})) for number in range(tokens))
    return stream_reply((*pieces, event("[DONE]")))
