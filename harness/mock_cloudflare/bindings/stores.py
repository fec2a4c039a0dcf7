"""What the bindings hold besides Workers KV: kept answers, objects of R2, points of Analytics Engine, messages.

The one rule: a store knows nothing of the wire and nothing of limits; it changes by an effect and in no other way.
"""

from __future__ import annotations

from collections import Counter

from harness.mock_cloudflare.request import (
    CacheEffect,
    MessagesEffect,
    ObjectsEffect,
    PointEffect,
    StoredObject,
    StoreEffect,
)


class BoundStores:
    """Everything of one account that only bindings write. What it holds is open to inspection."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.answers: dict[str, CacheEffect] = {}
        self.buckets: dict[str, dict[str, StoredObject]] = {}
        self.points: list[PointEffect] = []
        self.points_at: Counter[int] = Counter()
        self.messages: dict[str, list[bytes]] = {}

    def fresh(self, key: str, *, now_s: float) -> bytes | None:
        """Return the answer that is kept under a key of the Cache API and still fresh."""
        kept = self.answers.get(key)
        return kept.kept if kept is not None and now_s < kept.until_s else None

    def carry_out(self, effect: StoreEffect) -> None:
        """Do to the stores what an answer decided."""
        match effect:
            case CacheEffect(key=key, kept=None):
                self.answers.pop(key, None)
            case CacheEffect(key=key):
                self.answers[key] = effect
            case ObjectsEffect(bucket=name, puts=puts, deletes=deletes):
                bucket = self.buckets.setdefault(name, {})
                bucket.update({item.key: item for item in puts})
                for key in deletes:
                    bucket.pop(key, None)
            case PointEffect():
                self.points.append(effect)
                self.points_at[effect.written_ns] += 1
            case MessagesEffect(queue=queue, messages=messages):
                self.messages.setdefault(queue, []).extend(messages)
