"""What operations wants to see of the service, beside the proxy's own metrics.

The one rule: labels come from closed sets; nothing a client sends becomes a label.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_RATES = (1, 5, 10, 20, 50, 100, 200, 500, 1000)


class Meters:
    """Counters, gauges and histograms of the chat service."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.active = Gauge("chat_streams_active", "Answers being streamed.", registry=registry)
        self.readers = Gauge("chat_stream_readers", "Clients that read an answer.", registry=registry)
        self.unread = Gauge("chat_streams_unread", "Answers being made that nobody reads.", registry=registry)
        self.ended = Counter("chat_streams", "Answers that ended, by how.", ["provider", "status"], registry=registry)
        self.errors = Counter(
            "chat_provider_errors", "Answers that a provider failed to give.", ["provider"], registry=registry
        )
        self.first_token = Histogram(
            "chat_first_token_seconds",
            "From a question to the first piece of its answer.",
            ["provider"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.throughput = Histogram(
            "chat_tokens_per_second", "Tokens of an answer by its time.", buckets=_RATES, registry=registry
        )
        self.persistence = Histogram(
            "chat_persistence_seconds", "Saving how an answer ended.", buckets=_BUCKETS_S, registry=registry
        )
