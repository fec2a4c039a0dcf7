"""When a plan is to be taken away before its end: conditions that are looked at every second while it is in force.

The one rule: a condition names exactly one thing to look at, and is about what clients, or somebody outside, can see;
how many faults were injected is no reason to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

Metric: TypeAlias = Literal["error_rate", "ttft_p95_s"]
METRICS: Final[tuple[str, ...]] = get_args(Metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One condition. Set one of `metric` (what our own clients saw in the last `over_s` seconds, `above` a bound),
    `probe` (a URL that no longer answers below 500), `command` (its exit code is not 0) and `prometheus` (a server
    whose answer to `query` is `above` a bound)."""

    metric: str = ""
    probe: str = ""
    command: tuple[str, ...] = ()
    prometheus: str = ""
    query: str = ""
    above: float | None = None
    over_s: float = 10.0

    def refusal(self) -> str:
        """Say what is wrong with it, or nothing."""
        looked_at = [name for name in ("metric", "probe", "command", "prometheus") if getattr(self, name)]
        if len(looked_at) != 1:
            return f"it looks at {' and '.join(looked_at) or 'nothing'}; name one of metric, probe, command, prometheus"
        if self.metric and self.metric not in METRICS:
            return f"metric={self.metric!r} is not measured; there are {', '.join(METRICS)}"
        if bool(self.query) != bool(self.prometheus):
            return "prometheus and query go together"
        if (self.above is None) == bool(self.metric or self.prometheus):
            return "above is the bound of a metric or a query, and of nothing else"
        if self.above is not None and not isfinite(self.above):
            return f"above={self.above} is no bound"
        if not 0 < self.over_s <= 3600:
            return f"over_s={self.over_s} is no stretch of time"
        for url in filter(None, (self.probe, self.prometheus)):
            if not _is_address(url):
                return f"{url!r} is no address such as http://127.0.0.1:9090"
        return ""

    def __str__(self) -> str:
        if self.metric:
            return f"{self.metric} above {self.above:g} over {self.over_s:g} s"
        if self.probe:
            return f"{self.probe} answers no more"
        if self.command:
            return f"{self.command[0]} fails"
        return f"{self.query} above {self.above:g} at {self.prometheus}"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
