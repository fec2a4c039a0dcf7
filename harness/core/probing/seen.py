"""What was seen of one question, on both sides of the target.

The one rule: times are seconds on one monotonic clock; nothing here is concluded.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise

from fault_injection.reply import Headers, header_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that the target made to upstream's model."""

    model: str
    at_s: float
    end_s: float | None = None
    """When it was over; None: it still ran when it was last looked at."""
    sent_s: float | None = None
    """When upstream had last sent something; None: it had sent nothing."""
    left: bool = False
    """Whether the target ended it before upstream was done."""

    @property
    def over_s(self) -> float:
        """When the target could know how it came out: upstream's last byte, or else its end."""
        known = [at_s for at_s in (self.sent_s, self.end_s) if at_s is not None]
        return max(known, default=self.at_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One question and what came of it. `calls` are those to the models, in the order in which they arrived."""

    main: str
    """The model that was asked for."""
    begun_s: float
    ended_s: float
    status: int | None
    """None: there was no head of an answer."""
    answered: bool
    """Whether a whole answer came that says it is a success."""
    gave_up: bool = False
    """Whether the client's own patience ended it."""
    first_s: float | None = None
    """When the first byte of a body came."""
    headers: Headers = ()
    calls: tuple[Call, ...] = ()
    strays: int = 0
    """Requests that reached upstream meanwhile and could not be read, so that nobody knows whose they are."""
    died: bool = False
    """Whether the target's process ended meanwhile, by itself."""
    late_s: float = 0.0
    """How long the harness itself stood still meanwhile; each of the times may be wrong by as much."""

    @property
    def passed(self) -> bool:
        """Whether the target let it through to upstream, whatever upstream made of it."""
        return bool(self.calls or self.strays)

    @property
    def asked(self) -> tuple[Call, ...]:
        """The calls to the model that was asked for."""
        return tuple(call for call in self.calls if call.model == self.main)

    @property
    def others(self) -> tuple[str, ...]:
        """The other models that were called, each once."""
        return tuple(dict.fromkeys(call.model for call in self.calls if call.model and call.model != self.main))

    @property
    def limited(self) -> bool:
        """Whether the target turned it away by a limit of its own: 429, and no call upstream."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS and not self.calls

    @property
    def took_s(self) -> float:
        """How long the client had to do with it."""
        return self.ended_s - self.begun_s

    @property
    def pauses_s(self) -> tuple[float, ...]:
        """The time between the end of each call to the model and the next one's arrival."""
        return tuple(max(0.0, later.at_s - call.over_s) for call, later in pairwise(self.asked))

    def header(self, name: str) -> str | None:
        """Return the first header of the answer of that name, whatever its case."""
        return header_of(self.headers, name)
