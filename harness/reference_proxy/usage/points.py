"""An answer as a data point: who asked which model, how it went, what it took.

The one rule: pure. One answer is one point, whatever it took to get it; a hit costs nothing and tells the tokens that
it saved.
Source of the limits and columns: Cloudflare docs, Analytics Engine, limits; of the form: recordings of workerd.
"""

from dataclasses import dataclass
from typing import Any

from harness.reference_proxy.http.answered import Answered

USER_CHARACTERS = 32
_MOST_CHARACTERS = 200
_HIT = "HIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One data point. Blobs: model, kind, form, cache, outcome. Doubles: tokens in, tokens out, milliseconds, cost,
    attempts, 1 for a hit, 1 where upstream told no tokens."""

    index: str
    blobs: tuple[str, ...]
    doubles: tuple[float, ...]


def user_of(caller: str) -> str:
    """How a caller is named in points: a part of the hash, which is within the 96 bytes of an index."""
    return caller[:USER_CHARACTERS]


def point_of(answered: Answered, *, token_price: float) -> Point:
    """The point of an answer."""
    hit = answered.cache == _HIT
    usage = answered.usage if isinstance(answered.usage, dict) else {}
    asked, given = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    cost = 0.0 if hit else (asked + given) * token_price
    texts = (answered.model, answered.kind, answered.form, answered.cache, answered.outcome)
    return Point(
        index=user_of(answered.caller),
        blobs=tuple(text[:_MOST_CHARACTERS] for text in texts),
        doubles=(asked, given, answered.took_s * 1000, cost, float(answered.attempts), float(hit), float(not usage)),
    )


def wire(point: Point, *, dataset: str, account: str, at_s: float) -> dict[str, Any]:
    """The point as workerd's binding sends it: texts as lists of bytes, the time in nanoseconds as text."""
    told: dict[str, Any] = {
        "accountId": account,
        "dataset": list(dataset.encode()),
        "schemaVersion": 1,
        "index1": list(point.index.encode()),
        "timestamp": str(int(at_s * 1e9)),
    }
    told |= {f"blob{number}": list(blob.encode()) for number, blob in enumerate(point.blobs, 1)}
    return told | {f"double{number}": double for number, double in enumerate(point.doubles, 1)}


def _count(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
