"""What a mock counts for Prometheus.

The one rule: every mock has a registry of its own, so that two in one process never add up.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class WireMetrics:
    """Counters of requests and faults, and gauges read from the server when asked."""

    def __init__(self, *, open_connections: Callable[[], float], running_exchanges: Callable[[], float]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "edgeproof_mock_requests", "Requests that reached the mock.", ["surface"], registry=self._registry
        )
        self._by_surface: dict[str, Counter] = {}
        self._faults = Counter(
            "edgeproof_mock_faults", "Faults that were applied to an answer.", ["fault"], registry=self._registry
        )
        self._bypassed = Counter(
            "edgeproof_mock_faults_bypassed",
            "Faults that were chosen but could not apply to the answer.",
            ["fault"],
            registry=self._registry,
        )
        connections = Gauge("edgeproof_mock_open_connections", "Open connections.", registry=self._registry)
        connections.set_function(open_connections)
        running = Gauge("edgeproof_mock_running_exchanges", "Exchanges not over yet.", registry=self._registry)
        running.set_function(running_exchanges)

    def count(self, surface: str, *, struck: tuple[str, ...] = (), bypassed: tuple[str, ...] = ()) -> None:
        """Count one request and the ids of the faults that struck or passed it by."""
        counted = self._by_surface.get(surface)
        if counted is None:
            counted = self._by_surface[surface] = self._requests.labels(surface)
        counted.inc()
        for fault in struck:
            self._faults.labels(fault).inc()
        for fault in bypassed:
            self._bypassed.labels(fault).inc()

    def text(self) -> bytes:
        """Return the text that Prometheus scrapes."""
        return generate_latest(self._registry)
