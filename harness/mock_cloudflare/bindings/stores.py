"""What the bindings hold besides Workers KV: answers, objects of R2, databases, points, messages, what a gateway keeps.

The one rule: a store knows nothing of the wire and nothing of limits; it changes by an effect and in no other way.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.mock_cloudflare.request import (
    BucketEffect,
    CacheEffect,
    Database,
    DatabaseEffect,
    GatewayEffect,
    MessagesEffect,
    ObjectsEffect,
    PointEffect,
    StoredObject,
    StoreEffect,
    Upload,
    UploadEffect,
)


class BoundStores:
    """Everything of one account that only bindings write. What it holds is open to inspection."""

    def __init__(self, databases: Mapping[str, bytes]) -> None:
        self._first_databases = databases
        self.reset()

    def reset(self) -> None:
        """Return to the state of the start: databases as they were given, and nothing else."""
        self.answers: dict[str, CacheEffect] = {}
        self.buckets: dict[str, dict[str, StoredObject]] = {}
        self.uploads: dict[str, Upload] = {}
        self.ended_uploads: set[str] = set()
        self.databases = {name: Database(image=image) for name, image in self._first_databases.items()}
        self.points: list[PointEffect] = []
        self.messages: dict[str, list[bytes]] = {}
        self.logs: dict[tuple[str, str], Mapping[str, object]] = {}
        self.routes: dict[tuple[str, str], Mapping[str, object]] = {}
        self._met: dict[tuple[str, str], list[float]] = {}

    def fresh(self, key: str, *, now_s: float) -> bytes | None:
        """Return the answer that is kept under a key of the Cache API and still fresh."""
        kept = self.answers.get(key)
        return kept.kept if kept is not None and now_s < kept.until_s else None

    def log(self, gateway: str, identifier: str) -> Mapping[str, object] | None:
        """Return a log of an AI Gateway."""
        return self.logs.get((gateway, identifier))

    def routes_of(self, gateway: str) -> tuple[Mapping[str, object], ...]:
        """Return the dynamic routes of an AI Gateway."""
        return tuple(route for (owner, _), route in self.routes.items() if owner == gateway)

    def met(self, gateway: str, key: str, *, since_s: float) -> int:
        """Return how often the key of a limit was met after a moment in Unix seconds."""
        return sum(at_s > since_s for at_s in self._met.get((gateway, key), ()))

    def carry_out(self, effect: StoreEffect) -> None:
        """Do to the stores what an answer decided."""
        match effect:
            case CacheEffect(key=key, kept=None):
                self.answers.pop(key, None)
            case CacheEffect(key=key):
                self.answers[key] = effect
            case BucketEffect() | ObjectsEffect() | UploadEffect():
                self._store(effect)
            case DatabaseEffect(name=name, after=after):
                self.databases[name] = after
            case GatewayEffect():
                self._at_gateway(effect)
            case PointEffect():
                self.points.append(effect)
            case MessagesEffect(queue=queue, messages=messages):
                self.messages.setdefault(queue, []).extend(messages)

    def _store(self, effect: BucketEffect | ObjectsEffect | UploadEffect) -> None:
        match effect:
            case BucketEffect(bucket=name, dropped=True):
                self.buckets.pop(name, None)
            case BucketEffect(bucket=name):
                self.buckets.setdefault(name, {})
            case ObjectsEffect(bucket=name, puts=puts, deletes=deletes):
                bucket = self.buckets.setdefault(name, {})
                bucket.update({item.key: item for item in puts})
                for key in deletes:
                    bucket.pop(key, None)
            case UploadEffect(id=upload_id, after=Upload() as upload):
                self.uploads[upload_id] = upload
            case UploadEffect(id=upload_id, bucket=name, made=made):
                self.uploads.pop(upload_id, None)
                self.ended_uploads.add(upload_id)
                if made is not None:
                    self.buckets.setdefault(name, {})[made.key] = made

    def _at_gateway(self, effect: GatewayEffect) -> None:
        if effect.cached is not None:
            self.carry_out(effect.cached)
        self.logs.update({(effect.gateway, identifier): log for identifier, log in effect.logs})
        for key in effect.met:
            self._met.setdefault((effect.gateway, key), []).append(effect.at_s)
        for name, route in effect.routes:
            self.routes.pop((effect.gateway, name), None)
            if route is not None:
                self.routes[effect.gateway, name] = route
