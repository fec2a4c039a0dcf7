"""A provider that is spoken to like Workers AI: retried, guarded by a breaker, its answers read as OpenAI chunks.

The one rule: nothing is retried once a first chunk is there.
"""

from collections.abc import Callable

from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.providers.provider import Prompt
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.upstream.breaker import Permit
from harness.reference_proxy.upstream.retry import Attempts
from harness.reference_proxy.upstream.routes import UpstreamCall
from harness.reference_proxy.upstream.sources import ChunkSource, begun
from harness.reference_proxy.upstream.upstream import Upstream

CallFor = Callable[[ChatRequest, str], UpstreamCall]


class Attempted:
    """Asks an upstream with the proxy's own patience; `call_for` says how a request looks there."""

    def __init__(self, name: str, upstream: Upstream, attempts: Attempts, call_for: CallFor) -> None:
        self.name = name
        self._upstream = upstream
        self._attempts = attempts
        self._call_for = call_for

    async def open(self, prompt: Prompt, *, deadline: float) -> tuple[ChunkSource, str]:
        """The answer, its first chunk ready, and the model that gives it."""
        request = _request(prompt)

        async def attempt(model: str, permit: Permit) -> ChunkSource:
            source = await begun(await self._upstream.open(self._call_for(request, model)))
            permit.alive()
            return _Permitted(source, permit)

        return await self._attempts.run(prompt.model, attempt, deadline=deadline, observer=_NOBODY)


class _Permitted:
    """A source that tells its model's breaker how it ended."""

    def __init__(self, source: ChunkSource, permit: Permit) -> None:
        self._source = source
        self._permit = permit

    async def next(self) -> Chunk | None:
        try:
            chunk = await self._source.next()
        except UpstreamError as failure:
            if failure.discredits:
                self._permit.failure()
            raise
        if chunk is None:
            self._permit.success()
        return chunk

    def push_back(self, chunk: Chunk) -> None:
        self._source.push_back(chunk)

    async def aclose(self) -> None:
        self._permit.release()
        await self._source.aclose()


class _Nobody:
    def attempted(self, model: str, outcome: str) -> None:
        pass


_NOBODY = _Nobody()


def _request(prompt: Prompt) -> ChatRequest:
    parameters = {
        "model": prompt.model,
        "messages": [message.as_openai() for message in prompt.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        **prompt.parameters,
    }
    if prompt.tools:
        parameters["tools"] = list(prompt.tools)
    return ChatRequest(parameters=parameters, caller="", cache_key="")
