"""What operations wants to see, as Prometheus text, in a registry of our own.

The one rule: labels come from closed sets; nothing a client sends becomes a label.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_TTFT_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters and gauges of one proxy process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "proxy_requests", "Requests answered.", ["status", "cache", "form"], registry=self.registry
        )
        self.attempts = Counter(
            "proxy_upstream_attempts", "Attempts at the upstream.", ["outcome"], registry=self.registry
        )
        self.in_flight = Gauge("proxy_requests_in_flight", "Requests being answered.", registry=self.registry)
        self.first_byte = Histogram(
            "proxy_first_byte_seconds",
            "From a request's head to the answer's first byte.",
            buckets=_TTFT_BUCKETS_S,
            registry=self.registry,
        )

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when asked for."""
        Gauge(f"proxy_{name}", text, registry=self.registry).set_function(value)

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
