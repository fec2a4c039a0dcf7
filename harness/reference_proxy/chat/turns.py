"""One turn from its question to its settled answer: saved, asked, streamed, saved.

The one rule: the end of an answer is told to a client only after it is on disk.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat import quotas
from harness.reference_proxy.chat.answer import Answer, estimated_tokens
from harness.reference_proxy.chat.configured import Prices
from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.ids import new_id
from harness.reference_proxy.chat.meters import Meters
from harness.reference_proxy.chat.providers.choosing import Providers
from harness.reference_proxy.chat.providers.provider import Prompt, Provider
from harness.reference_proxy.chat.storage import agents, turns
from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.chat.storage.said import Said
from harness.reference_proxy.chat.storage.tables import Agent
from harness.reference_proxy.chat.storage.turns import Begun, Outcome, Question, Result, Status
from harness.reference_proxy.chat.told import Ended, tell
from harness.reference_proxy.errors import ProxyError, UpstreamError, upstream_timeout
from harness.reference_proxy.http.relay import CLIENT_LEFT
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.sources import ChunkSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a client asks for; with neither text nor results of tools, another answer to what is above `parent_id`."""

    text: str | None
    results: tuple[Result, ...] = ()
    conversation_id: str | None = None
    parent_id: str | None = None
    agent_id: str | None = None
    model: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Turns:
    """Begins turns, with everything that they need."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        providers: Providers,
        prices: Prices,
        meters: Meters,
        log: Any,  # noqa: ANN401 - structlog's type
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.settings = settings
        self.database = database
        self.prices = prices
        self.meters = meters
        self.log = log
        self.clock = clock
        self._providers = providers
        self._wall = wall

    def now(self) -> datetime:
        """The time that is kept."""
        return datetime.fromtimestamp(self._wall(), UTC)

    async def begin(self, who: Identity, asked: Asked) -> "Turn":
        """A turn whose question is on disk; raises ProxyError when it may not be asked."""
        agent = None
        if asked.agent_id is not None:
            wanted = asked.agent_id
            agent = await self.database.read(lambda session: agents.one(session, who, wanted))
            if agent is None:
                raise turns.not_found("agent")
        model = asked.model or (agent.model if agent else None) or self.settings.model
        question = Question(
            conversation_id=asked.conversation_id,
            fresh_id=new_id("conv"),
            message_id=new_id("msg"),
            answer_id=new_id("msg"),
            text=asked.text,
            parent_id=asked.parent_id,
            agent_id=asked.agent_id,
            model=model,
            results=asked.results,
        )
        now, at_most = self.now(), self.settings.chat_context_messages

        async def save(session: AsyncSession) -> tuple[Begun, Prompt]:
            begun = await turns.begin(session, who, question, now=now, at_most=at_most)
            prompt = _prompt(model, agent, begun, asked.parameters)
            return begun, await self._within_limits(session, who, begun, prompt, now)

        saving = asyncio.create_task(self.database.write(save))
        try:
            begun, prompt = await asyncio.shield(saving)
        except asyncio.CancelledError:
            saving.add_done_callback(self._nobody_waits)
            raise
        return Turn(self, begun, prompt, self._providers.of(model))

    async def _within_limits(
        self, session: AsyncSession, who: Identity, begun: Begun, prompt: Prompt, now: datetime
    ) -> Prompt:
        """The same prompt, for an answer that is no longer than what is left of the limits; raises ProxyError."""
        asked = prompt.parameters.get("max_tokens")
        most = await quotas.reserve(
            session,
            self.settings,
            who,
            begun.answer_id,
            prompt_tokens=estimated_tokens(_chars(prompt)),
            asked=asked,
            now=now,
        )
        return prompt if most == asked else replace(prompt, parameters={**prompt.parameters, "max_tokens": most})

    def _nobody_waits(self, saving: asyncio.Task[tuple[Begun, Prompt]]) -> None:
        # The client left while its question was being saved. It is kept, and its answer will not be asked for.
        if not saving.cancelled() and saving.exception() is None:
            (begun, _), now = saving.result(), self.now()
            nothing = Answer(model="", prompt_chars=0, max_bytes=0).outcome(
                "interrupted", self.prices, error=CLIENT_LEFT
            )
            self.database.write_late(lambda session: turns.settle(session, begun, nothing, now=now))


class Turn:
    """A turn under way: `open`, then `next` until None, then one of `complete`, `fail` and `interrupt`."""

    def __init__(self, turns_: Turns, begun: Begun, prompt: Prompt, provider: Provider) -> None:
        self.begun = begun
        self.prompt = prompt
        self.outcome: Outcome | None = None
        self._turns = turns_
        self._provider = provider
        self._source: ChunkSource | None = None
        self._began_s = turns_.clock()
        self._first_token_s: float | None = None
        self.answer = Answer(
            model=prompt.model,
            prompt_chars=_chars(prompt),
            max_bytes=turns_.settings.max_answer_bytes,
        )
        turns_.meters.active.inc()

    async def open(self) -> None:
        """Ask the model and wait for its first piece; raises ProxyError when there is none."""
        limit_s = self._turns.settings.chat_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                deadline = self._turns.clock() + limit_s
                self._source, self.answer.model = await self._provider.open(self.prompt, deadline=deadline)
        except TimeoutError:
            raise upstream_timeout("The model did not answer in time.") from None

    async def next(self) -> Chunk | None:
        """The next chunk, None after the last; raises ProxyError when the answer breaks off."""
        if self._source is None:
            return None
        try:
            async with asyncio.timeout(self._turns.settings.chat_timeout_s):
                chunk = await self._source.next()
        except TimeoutError:
            raise upstream_timeout("The model stopped answering.") from None
        if chunk is not None:
            self.answer.add(chunk)
            if self._first_token_s is None and _says(chunk):
                self._first_token_s = self._turns.clock() - self._began_s
                self._turns.meters.first_token.labels(self._provider.name).observe(self._first_token_s)
        return chunk

    async def complete(self) -> Outcome:
        """Save the whole answer; raises ProxyError when it cannot be kept."""
        return await self._settle("complete", None)

    async def fail(self, error: ProxyError) -> None:
        """Save that there is no answer, or no more of it, because of the provider or of us."""
        if isinstance(error, UpstreamError):
            self._turns.meters.errors.labels(self._provider.name).inc()
        with contextlib.suppress(ProxyError):  # it is logged, and tried again later
            await self._settle("failed", error.code)

    async def interrupt(self, why: str) -> None:
        """Save what there is of an answer that nobody waits for any more."""
        with contextlib.suppress(ProxyError):
            await self._settle("interrupted", why)

    async def _settle(self, status: Status, error: str | None) -> Outcome:
        if self._source is not None:
            await self._source.aclose()  # whatever was still to come is not wanted
        turns_, outcome = self._turns, self.answer.outcome(status, self._turns.prices, error=error)
        ended_s, now = turns_.clock(), turns_.now()
        about = {"message": self.begun.answer_id, "conversation": self.begun.conversation_id}
        kept = False
        try:
            save = partial(turns.settle, begun=self.begun, outcome=outcome, now=now)
            await turns_.database.write(save, urgent=True, **about)  # its client waits for nothing else
            kept = True
        except ProxyError as away:
            # The client is told of a failure, so that a failure it is, whatever there is of the answer.
            late = replace(outcome, status="failed", error=away.code, finish_reason=None)
            turns_.database.write_late(partial(turns.settle, begun=self.begun, outcome=late, now=now), **about)
            raise
        finally:
            ended = Ended(
                begun=self.begun,
                outcome=outcome,
                provider=self._provider.name,
                model=self.answer.model,
                first_token_s=self._first_token_s,
                duration_s=ended_s - self._began_s,
                persisted_s=turns_.clock() - ended_s,
                kept=kept,
            )
            tell(ended, turns_.meters, turns_.log)
        return outcome

    def ended(self) -> None:
        """Count no more as under way."""
        self._turns.meters.active.dec()


def _prompt(model: str, agent: Agent | None, begun: Begun, parameters: Mapping[str, Any]) -> Prompt:
    system = [Said(role="system", content=agent.system_prompt)] if agent and agent.system_prompt else []
    return Prompt(
        model=model,
        messages=[*system, *begun.history],
        tools=agent.tools if agent else (),
        parameters={**(agent.parameters if agent else {}), **parameters},
    )


def _chars(prompt: Prompt) -> int:
    return sum(len(message.content) for message in prompt.messages)


def _says(chunk: Chunk) -> bool:
    return any(choice["delta"].get("content") or choice["delta"].get("tool_calls") for choice in chunk["choices"])
