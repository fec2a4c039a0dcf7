"""Common beginnings of streamed answers: what several answers to one question began with is given at once.

The one rule: a beginning is used only behind an answer of upstream's that has begun in the same way, and upstream's
answer is compared with all of it. One that differs later is an error, never an answer made of two.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from cachetools import TTLCache

from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.settings import Settings

_LEAST_ANSWERS = 2  # one answer says nothing of what the next will begin with
_LEAST_CHARACTERS = 16


class Source(Protocol):
    """One answer, chunk by chunk."""

    async def next(self) -> Chunk | None:
        """The next chunk, None at the end of a whole answer."""

    def push_back(self, chunk: Chunk) -> None:
        """Put a chunk back to be taken next."""

    async def aclose(self) -> None:
        """Let go of the upstream, at once."""


class Beginnings:
    """What the answers to each question began with so far; bounded in count, size and time, and off at a size of 0."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float]) -> None:
        self._most_bytes = settings.cache_beginning_max_bytes
        self._known: TTLCache[str, tuple[str, int]] = TTLCache(
            max(settings.cache_max_entries, 1), settings.kv_max_age_s, timer=clock
        )

    def ahead(self, request: ChatRequest, source: Source, *, on_used: Callable[[], None]) -> Source:
        """A source that gives the known beginning of the answer at once, where there is one; else `source` itself."""
        beginning = self.of(request.cache_key) if request.choices == 1 else ""
        if not beginning:
            return source

        def differs() -> None:
            self._known.pop(request.cache_key, None)

        return BeginningSource(source, beginning, on_used=on_used, on_difference=differs)

    def of(self, key: str) -> str:
        """What every answer to the question of this key began with; empty where that is not known."""
        text, answers = self._known.get(key, ("", 0))
        return text if answers >= _LEAST_ANSWERS and len(text) >= _LEAST_CHARACTERS else ""

    def learn(self, key: str, completion: dict[str, Any]) -> None:
        """Take in one more whole answer to a question."""
        if not self._most_bytes:
            return
        text = completion["choices"][0]["message"].get("content") or ""
        text = text.encode()[: self._most_bytes].decode(errors="ignore")
        known, answers = self._known.get(key, (text, 0))
        self._known[key] = _common(known, text), answers + 1

    def clear(self, start: str) -> None:
        """Forget the beginnings of every key that begins so."""
        for key in [key for key in self._known if key.startswith(start)]:
            self._known.pop(key, None)


class BeginningSource:
    """An answer whose beginning is known, given whole with its first piece; what upstream says of it is swallowed.

    `on_used` is called when the beginning goes out, `on_difference` when upstream says something else.
    """

    def __init__(
        self,
        source: Source,
        beginning: str,
        *,
        on_used: Callable[[], None],
        on_difference: Callable[[], None],
    ) -> None:
        self._source = source
        self._ready: deque[Chunk] = deque()
        self._beginning = beginning  # until upstream's first piece shows whether it is used
        self._owed = ""  # what went out already and upstream has yet to say
        self._on_used = on_used
        self._on_difference = on_difference

    async def next(self) -> Chunk | None:
        """The next chunk; raises UpstreamError where upstream's answer is not the one whose beginning went out."""
        while not self._ready:
            chunk = await self._source.next()
            if chunk is None:
                if self._owed:
                    raise self._difference()
                return None
            taken = self._taken(chunk)
            if taken is not None:
                self._ready.append(taken)
        return self._ready.popleft()

    def push_back(self, chunk: Chunk) -> None:
        """Put a chunk back."""
        self._ready.appendleft(chunk)

    async def aclose(self) -> None:
        """Let go of the upstream, at once."""
        await self._source.aclose()

    def _taken(self, chunk: Chunk) -> Chunk | None:
        if not self._beginning and not self._owed:
            return chunk
        choices = chunk["choices"]
        delta = choices[0]["delta"] if choices else {}
        text = delta.get("content") or ""
        if self._beginning:
            return self._with_beginning(chunk, text)
        if not text and not (delta.keys() - {"role", "content"}) and not (choices and choices[0]["finish_reason"]):
            return chunk  # says nothing that could contradict
        if not text:
            raise self._difference()
        common = min(len(text), len(self._owed))
        if text[:common] != self._owed[:common]:
            raise self._difference()
        self._owed = self._owed[common:]
        ends = choices[0]["finish_reason"] is not None
        if ends and self._owed:
            raise self._difference()
        return _saying(chunk, text[common:]) if text[common:] or ends else None

    def _with_beginning(self, chunk: Chunk, text: str) -> Chunk:
        choices = chunk["choices"]
        if not text:
            if choices and (choices[0]["finish_reason"] or choices[0]["delta"].keys() - {"role", "content"}):
                self._beginning = ""  # no plain text: there is nothing to be ahead of
            return chunk
        beginning, self._beginning = self._beginning, ""
        plain = choices[0]["finish_reason"] is None and not choices[0].get("logprobs")
        if not plain or len(text) >= len(beginning):
            return chunk
        if not beginning.startswith(text):
            self._on_difference()
            return chunk
        self._owed = beginning[len(text) :]
        self._on_used()
        return _saying(chunk, beginning)

    def _difference(self) -> UpstreamError:
        self._on_difference()
        told = "The answer goes on otherwise than it began."
        return UpstreamError(502, told, code="beginning_differs", discredits=False)  # upstream did nothing wrong


def _common(one: str, other: str) -> str:
    """What both texts begin with."""
    differing = (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return one[: next(differing, min(len(one), len(other)))]


def _saying(chunk: Chunk, text: str) -> Chunk:
    first = chunk["choices"][0]
    return {**chunk, "choices": [{**first, "delta": {**first["delta"], "content": text}}, *chunk["choices"][1:]]}
