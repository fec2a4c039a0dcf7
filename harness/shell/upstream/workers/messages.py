"""What the process that holds a mock and its workers say to one another.

The one rule: it is data, and all of it can be pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from harness.mock_cloudflare.request import Request
from harness.shell.upstream.record import Record

Counts: TypeAlias = Mapping[tuple[str, str], float]
"""What a mock has counted, by the counter's name and its label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """To a worker, first of all: listen here. Its connections have the numbers `number`, `number + workers`, ...

    `offset_s` is what the monotonic clock lacks to Unix time, which all have to agree on.
    """

    host: str
    port: int
    seed: int
    number: int
    workers: int
    gathers: bool
    offset_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heed:
    """To a worker: whether there are rules, so that every request is to be asked about, and whether to forget."""

    has_rules: bool
    forgets: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """To a worker: say how you stand, and hand over the exchanges that have ended. Answered with a `Standing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a worker stands. `records` are exchanges that it hands over, and as they are now those that still run."""

    records: tuple[Record, ...]
    counts: Counts
    running: int
    connections: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """From a worker: what is to be done about this request? Answered with a `Decision`."""

    request: Request
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Control:
    """From a worker: somebody asked for a control path. Answered with a `Reply`."""

    request: Request
