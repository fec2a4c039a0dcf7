"""From a validated request to an answer: cache, coalescing, retry, fallback, upstream, capture.

The one rule: what is stored is stored before anybody is told that the answer has ended, and only when it is whole,
successful, and made by the model that was asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import completions
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.cache import memory as cache
from harness.reference_proxy.cache.beginnings import Beginnings
from harness.reference_proxy.cache.durable import DurableStore
from harness.reference_proxy.cache.memory import MemoryCache
from harness.reference_proxy.errors import ProxyError, UpstreamError, upstream_timeout
from harness.reference_proxy.flight import Flight
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.breaker import Permit
from harness.reference_proxy.upstream.retry import Attempts
from harness.reference_proxy.upstream.routes import call_for
from harness.reference_proxy.upstream.sources import ChunkSource, begun
from harness.reference_proxy.upstream.upstream import Upstream

_WINDOW_BYTES = 64 * 1024

Json = dict[str, Any]


class ChatService:
    """Answers chat requests; knows nothing of the HTTP server in front of it."""

    def __init__(
        self,
        settings: Settings,
        *,
        upstream: Upstream,
        attempts: Attempts,
        memory: MemoryCache,
        kv: DurableStore | None,
        r2: DurableStore | None = None,
        clock: Callable[[], float],
        wall: Callable[[], float] = wall_clock,
        on_attempt: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._upstream = upstream
        self._attempts = attempts
        self._memory = memory
        self._stores = tuple(store for store in (kv, r2) if store is not None)
        self._beginnings = Beginnings(settings, clock=clock)
        self._clock = clock
        self._wall = wall
        self._on_attempt = on_attempt
        self._shared: dict[str, Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._cleared_too: list[Callable[[str], Awaitable[int]]] = []

    @property
    def flights(self) -> int:
        """Answers under way now."""
        return len(self._tasks)

    def cached(self, request: ChatRequest) -> Json | None:
        """The answer from memory that can serve this request, if there is one."""
        key = request.cache_key
        sealed = self._memory.get(key)
        if sealed is None or self._passes(request):
            return None
        max_age_s = self._settings.cache_ttl_s
        if self._stores:
            max_age_s = max(max_age_s, self._settings.kv_max_age_s)
        completion = cache.unseal(key, sealed, now_s=self._wall(), max_age_s=max_age_s)
        if completion is None:
            self._memory.drop(key)
        return completion if completion is not None and _serves(completion, request) else None

    def join(self, request: ChatRequest, *, bypass: bool) -> Flight:
        """The flight that will answer this request: one already under way for the same, or a new one."""
        shareable = self._settings.cache_on and not bypass and not self._passes(request)
        key = request.flight_key() if shareable else ""
        flight = self._shared.get(key) if shareable else None
        if flight is not None and flight.log.joinable:
            return flight
        flight = Flight(
            request,
            window_bytes=_WINDOW_BYTES,
            # Only who may be joined later has to remember its start.
            keep_bytes=self._settings.cache_capture_max_bytes if shareable else _WINDOW_BYTES,
            on_attempt=self._on_attempt,
        )
        task = asyncio.create_task(self._fly(flight, store=shareable))
        forget = self._forgetter(key, flight)
        flight.start(task, forget)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: forget())
        if shareable:
            self._shared[key] = flight
        return flight

    async def clear(self, start: str = "") -> int:
        """Forget, here and in every store, what is kept under keys that begin so; returns the most that any had.

        Raises:
            StoreError: a store did not do it; memory has, and the stores before it.
        """
        self._beginnings.clear(start)
        dropped = self._memory.clear(start)
        for store in self._stores:
            dropped = max(dropped, await store.clear(start))
        for clear in self._cleared_too:
            dropped += await clear(start)
        return dropped

    def clears_too(self, clear: Callable[[str], Awaitable[int]]) -> None:
        """Have something cleared along with the chats, as what is mounted beside them keeps under keys of its own."""
        self._cleared_too.append(clear)

    async def aclose(self) -> None:
        """End all flights and give background writes their bounded time."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for store in self._stores:
            await store.aclose()

    def _passes(self, request: ChatRequest) -> bool:
        """Whether the cache has no part in an answer: it is a stream, and streams are not kept."""
        return request.stream and not self._settings.keeps_streams

    def _forgetter(self, key: str, flight: Flight) -> Callable[[], None]:
        def forget() -> None:
            if self._shared.get(key) is flight:
                del self._shared[key]

        return forget

    async def _fly(self, flight: Flight, *, store: bool) -> None:
        try:
            await self._perform(flight, store)
        except ProxyError as error:
            flight.fail(error)
        finally:
            # Reached by a cancellation or a defect of ours as well: nobody may be left waiting.
            flight.fail(ProxyError(500, "The answer was given up.", kind="server_error", code="internal_error"))

    async def _perform(self, flight: Flight, store: bool) -> None:
        request = flight.request
        deadline = self._clock() + self._settings.deadline_s
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                if store and await self._found_in_kv(flight):
                    return
                if not request.stream:
                    await self._complete(flight, deadline, store)
                    return
                (source, permit), model = await self._attempts.run(
                    request.model, self._opening(request), deadline=deadline, observer=flight
                )
        except TimeoutError:
            raise ProxyError(
                504,
                "The request took longer than its deadline.",
                kind="upstream_timeout",
                code="deadline_exceeded",
            ) from None
        try:
            own = store and model == request.model
            ahead = self._beginnings.ahead(request, source, on_used=flight.note_beginning) if own else source
            await self._pump(flight, ahead, store=own)
            permit.success()
        except UpstreamError as failure:
            if failure.discredits:
                permit.failure()
            raise
        finally:
            permit.release()
            await source.aclose()

    async def _complete(self, flight: Flight, deadline: float, store: bool) -> None:
        request = flight.request

        async def attempt(model: str, permit: Permit) -> Json:
            completion = await self._upstream.complete(call_for(request, model))
            permit.success()
            return completion

        completion, model = await self._attempts.run(request.model, attempt, deadline=deadline, observer=flight)
        if store and model == request.model:
            self._store(request, completion)
        flight.completion = completion
        flight.usage = completion.get("usage")
        flight.begin()
        flight.log.end()

    def _opening(self, request: ChatRequest) -> Callable[[str, Permit], Any]:
        async def attempt(model: str, permit: Permit) -> tuple[ChunkSource, Permit]:
            source = await begun(await self._upstream.open(call_for(request, model)))
            permit.alive()
            return source, permit

        return attempt

    async def _pump(self, flight: Flight, source: ChunkSource, *, store: bool) -> None:
        capture = Capture(max_bytes=self._settings.cache_capture_max_bytes if store else 0)
        taken_s = 0.0  # by upstream alone: a client may read as slowly as it likes
        while True:
            since_s = self._clock()
            chunk = await source.next()
            taken_s += self._clock() - since_s
            if chunk is None:
                break
            if taken_s > self._settings.stream_limit_s:
                raise upstream_timeout("The upstream's answer had no end.")
            item = jsontext.dumps(chunk)[1:]
            flight.usage = chunk.get("usage") or flight.usage
            capture.add(chunk, len(item))
            flight.begin()
            await flight.log.append(item)
        completion = capture.completion()
        if store and completion is not None:
            self._store(flight.request, completion)
            if completions.storable(completion):
                self._beginnings.learn(flight.request.cache_key, completion)
        flight.log.end()

    async def _found_in_kv(self, flight: Flight) -> bool:
        for store in self._stores:
            sealed = await store.get(flight.request.cache_key)
            if sealed is not None and self._believed(flight, sealed):
                return True
        return False

    def _believed(self, flight: Flight, sealed: bytes) -> bool:
        key = flight.request.cache_key
        now_s = self._wall()
        completion = cache.unseal(key, sealed, now_s=now_s, max_age_s=self._settings.kv_max_age_s)
        if completion is None or not completions.storable(completion):
            return False
        if not _serves(completion, flight.request):
            return False
        self._memory.put(key, sealed)
        flight.from_kv = True
        flight.completion = completion
        flight.begin()
        flight.log.end()
        return True

    def _store(self, request: ChatRequest, completion: Json) -> None:
        if not completions.storable(completion):
            return
        key = request.cache_key
        payload = jsontext.dumps(completion)
        if len(payload) > self._settings.cache_capture_max_bytes:
            return
        sealed = cache.seal(key, payload, self._wall())
        self._memory.put(key, sealed)
        about = {"model": request.model, "created_s": str(int(self._wall())), "bytes": str(len(payload))}
        for store in self._stores:
            store.put_soon(key, sealed, about)


def _serves(completion: Json, request: ChatRequest) -> bool:
    # An answer captured from a stream that carried no usage cannot stand in for one that must.
    needs_usage = request.include_usage if request.stream else False
    return not needs_usage or completion.get("usage") is not None
