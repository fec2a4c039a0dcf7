"""What passes between the driver of a load and its generators, as data: orders one way, reports the other.

The one rule: a report's measurements are all there are so far, so that a later one makes an earlier one superfluous;
only its exchanges are new each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from harness.core.load.job import LoadJob
from harness.core.load.record import LoadPart

Late: TypeAlias = tuple[float, float]
"""When a standstill ended, on the driver's clock, and how long it had lasted, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generators:
    """Who makes a load: `processes` of our own, or with `leads` `workers` from elsewhere that come to `bind_host` and
    `bind_port`. A `web_port` is one for Locust's own page."""

    processes: int = 1
    leads: bool = False
    workers: int = 0
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    web_port: int | None = None

    @property
    def number(self) -> int:
        """How many generators there are."""
        return self.workers if self.leads else self.processes

    @property
    def own_workers(self) -> int:
        """How many workers are to be started here; one process alone works for itself."""
        return self.processes if self.processes > 1 and not self.leads else 0

    @property
    def are_led(self) -> bool:
        """Whether a leading process tells workers what to do."""
        return self.leads or self.processes > 1


ALONE: Final = Generators()
"""One process that works for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the leading process is told. `folder` is where it puts its reports, and the port on which it listens for
    workers; it waits for `workers` of them, `workers_within_s` at most. A `web_port` is one for Locust's own page."""

    job: LoadJob
    folder: Path
    workers: int = 1
    workers_within_s: float = 30.0
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    web_host: str = "127.0.0.1"
    web_port: int | None = None

    def write(self) -> str:
        """Return the orders as text."""
        more = {name: getattr(self, name) for name in self.__slots__ if name not in ("job", "folder")}
        return json.dumps({**more, "job": self.job.to_json(), "folder": str(self.folder)})

    @classmethod
    def read(cls, text: str) -> Orders:
        """Read what `write` wrote."""
        data = json.loads(text)
        return cls(**{**data, "job": LoadJob.from_json(data["job"]), "folder": Path(data["folder"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a generator has to tell. `number` is which one it is; `exchanges` are packed, and new since the last report.

    `started_s` is when its load began, on the driver's clock, and None before. `due` and `put` count requests that
    should have been made and that were; `late` says when it was itself late.
    `rests` says that its time is over and it waits for nothing, `final` that nothing more will come.
    """

    number: int
    part: LoadPart
    exchanges: tuple[Mapping[str, Any], ...] = ()
    started_s: float | None = None
    due: int = 0
    put: int = 0
    late: tuple[Late, ...] = ()
    offset_s: float = 0.0
    rests: bool = False
    final: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "part": self.part.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """Read what `to_json` wrote."""
        return cls(
            **{
                **data,
                "part": LoadPart.from_json(data["part"]),
                "exchanges": tuple(data["exchanges"]),
                "late": tuple((ended_s, lasted_s) for ended_s, lasted_s in data["late"]),
            }
        )
