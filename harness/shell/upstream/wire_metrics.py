"""What a mock counts for Prometheus.

The one rule: every mock has a registry of its own, so that two in one process never add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
        self._counters = {
            "edgeproof_mock_requests_total": self._requests,
            "edgeproof_mock_faults_total": self._faults,
            "edgeproof_mock_faults_bypassed_total": self._bypassed,
        }
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

    def totals(self) -> dict[tuple[str, str], float]:
        """Return how far each counter has come, by its name and its label."""
        return {
            (name, *sample.labels.values()): sample.value  # type: ignore[misc]  # each has one label
            for name, counter in self._counters.items()
            for metric in counter.collect()
            for sample in metric.samples
            if sample.name == name
        }

    def grow_to(self, totals: Mapping[tuple[str, str], float]) -> None:
        """Let the counters be as far as these, which others have counted."""
        known = self.totals()
        for (name, label), total in totals.items():
            self._counters[name].labels(label).inc(total - known.get((name, label), 0.0))

    def text(self) -> bytes:
        """Return the text that Prometheus scrapes."""
        return generate_latest(self._registry)
