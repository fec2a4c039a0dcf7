"""A circuit breaker per model: after enough failures in a row, fail fast for a while, then try one request.

The one rule: every permit taken is settled exactly once, also when its request is cancelled.
"""

from collections.abc import Callable

from cachetools import LRUCache

_MAX_MODELS = 256  # model names come from clients; their breakers must not pile up


class Permit:
    """Leave to call a model once. Settle it with `success`, `failure` or `release`; later calls do nothing."""

    def __init__(self, breaker: "Breaker", *, probe: bool) -> None:
        self._breaker = breaker
        self._probe = probe
        self._settled = False

    def alive(self) -> None:
        """The answer has begun well: a probe has proved its point, though not yet to the end."""
        if self._probe and not self._settled:
            self._probe = False
            self._breaker.half_trust()

    def success(self) -> None:
        """The answer was whole."""
        if self._settle():
            self._breaker.close()

    def failure(self) -> None:
        """The call failed in a way that discredits the upstream."""
        if self._settle():
            self._breaker.count_failure()

    def release(self) -> None:
        """The call said nothing about the upstream: cancelled, or limited."""
        if self._settle() and self._probe:
            self._breaker.free_probe()

    def _settle(self) -> bool:
        settled, self._settled = self._settled, True
        return not settled


class Breaker:
    """The state for one model; `clock` is monotonic, in seconds."""

    def __init__(self, *, failures: int, open_s: float, clock: Callable[[], float]) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether calls are being refused or probed."""
        return self._opened_at is not None

    def acquire(self) -> Permit | None:
        """Leave for one call, or None while the breaker is open or its probe is still out."""
        if self._opened_at is None:
            return Permit(self, probe=False)
        if self._probing or self.retry_in_s() > 0:
            return None
        self._probing = True
        return Permit(self, probe=True)

    def retry_in_s(self) -> float:
        """Seconds until a probe is allowed; 0 when one would be let through."""
        if self._opened_at is None:
            return 0.0
        return max(0.0, self._opened_at + self._open_s - self._clock())

    def close(self) -> None:
        """Trust the model fully."""
        self._failures, self._opened_at, self._probing = 0, None, False

    def half_trust(self) -> None:
        """Let calls through, but open again at the next failure."""
        self._failures, self._opened_at, self._probing = self._limit - 1, None, False

    def count_failure(self) -> None:
        """One more failure in a row; opens the breaker at the limit, and again after a failed probe."""
        self._failures += 1
        self._probing = False
        if self._failures >= self._limit:
            self._opened_at = self._clock()

    def free_probe(self) -> None:
        """Let another request probe instead."""
        self._probing = False


class Breakers:
    """The breakers of all models that were asked for lately."""

    def __init__(self, *, failures: int, open_s: float, clock: Callable[[], float]) -> None:
        self._failures = failures
        self._open_s = open_s
        self._clock = clock
        self._by_model: LRUCache[str, Breaker] = LRUCache(maxsize=_MAX_MODELS)

    def of(self, model: str) -> Breaker:
        """The breaker of this model."""
        breaker = self._by_model.get(model)
        if breaker is None:
            breaker = Breaker(failures=self._failures, open_s=self._open_s, clock=self._clock)
            self._by_model[model] = breaker
        return breaker

    def open_count(self) -> int:
        """How many breakers are open now."""
        return sum(breaker.is_open for breaker in self._by_model.values())
