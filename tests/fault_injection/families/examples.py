"""One row an example: a fault's spec, what it strikes, what is looked at then, and what is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from fault_injection.fault import Turn
from fault_injection.reply import Event, Reply
from fault_injection.spec import parse


def itself(value: Any) -> Any:  # noqa: ANN401 - whatever a fault rewrites
    return value


def raws(reply: Reply) -> list[bytes]:
    return [item.raw for item in reply.events]


def datas(reply: Reply) -> list[bytes]:
    return [item.data for item in reply.events]


def waits(reply: Reply) -> list[float]:
    return [item.wait_s for item in reply.events]


def paced(reply: Reply, wait_s: float) -> Reply:
    return Reply(
        headers=reply.headers, framing=reply.framing, body=tuple(Event(item.raw, wait_s) for item in reply.events)
    )


@dataclass(frozen=True)
class Example:
    spec: str
    before: Any
    see: Callable[[Any], object]
    wanted: object
    nth: int = 1

    def check(self) -> None:
        fault = parse(self.spec)
        turn = Turn(Random(7), self.nth)

        after = fault.apply(self.before, turn)  # type: ignore[attr-defined]  # all four kinds have it

        seen = self.see(after)
        assert seen == self.wanted, f"{seen!r} is not {self.wanted!r}"


def rows(*examples: Example) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [pytest.param(item, id=item.spec) for item in examples])
