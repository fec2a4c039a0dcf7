"""Asks a lane's target: the questions of a case, and plain ones that nothing goes wrong with.

The one rule: what a question says and which nonce it carries follow from the seed and from names alone, so that the
same seed asks the same again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from textwrap import shorten

from fault_injection.apply import apply_client
from fault_injection.client import ClientMoves
from fault_injection.fault import Turn
from harness.core.observed.bodies import read_answer
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamExchange
from harness.core.observed.redact import Redactor
from harness.core.run import seeds
from harness.core.target import wiring
from harness.core.target.dialects import chat_body, chat_path
from harness.core.target.sessions import path_of
from harness.core.target.worker.complaints import complaint
from harness.errors import TargetError
from harness.shell.client.client import ask
from harness.shell.client.kept import Kept
from harness.shell.client.transcript import Ask
from harness.shell.playing import rest
from harness.shell.playing.lane import Lane
from harness.shell.playing.speaker import Speaker, told_of
from scenarios.case import Case, Model, Step
from scenarios.prompt import Prompt

_SLACK_S = 1.0
_STAYS_ON_S = 2.5
"""How much longer a client that has stopped reading stays than a target may keep it; buffers may fill for a second."""
_PLAIN_TRIES = 20
_PLAIN_PAUSE_S = 0.2
_PLAIN_PATIENCE_S = 6.0
"""No target takes this long over a short answer that upstream has at once."""
_TOLD_CHARACTERS = 160
_NOTICE_S = 0.5
"""How long the end of a process may take to be noticed once its port is closed."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One request of a step: the step, which repetition it is, and its name."""

    step: Step
    number: int
    label: str


def copies(step: Step) -> Iterable[Copy]:
    """Return every request of a step, in the order in which they are made."""
    number = step.times * step.together
    for index in range(1, number + 1):
        yield Copy(step, index, f"{step.label}#{index}" if number > 1 else step.label)


class Asker:
    """Asks one lane's target. `seed` is the run's.

    From the second `attempt` at a case on its nonces are others, because the target may remember those of the first.
    `patience_s` is how long upstream's silence is watched, where that is not the target's deadline. It asks at the
    target's first door, or at that of another `dialect`.
    """

    def __init__(
        self, lane: Lane, *, seed: int, attempt: int = 1, patience_s: float | None = None, dialect: str = ""
    ) -> None:
        self._lane = lane
        self._chat = lane.target_file.chat.at(dialect)
        self._watches_s = patience_s or lane.target_file.limits.patience_s
        self._seed = seed
        self._attempt = [f"attempt {attempt}"] if attempt > 1 else []
        self.speaker = Speaker(lane, seed=seed, attempt=attempt, dialect=dialect)
        """Who asks, and in which conversation."""

    @property
    def models(self) -> dict[Model, str]:
        """The names that the target's models go by."""
        chat, claims = self._chat, self._lane.target_file.capabilities
        return {
            "main": chat.model,
            "second": chat.second_model or chat.model,
            "fallback": claims.fallback_model or chat.model,
        }

    def nonce(self, case: Case, copy: Copy) -> str:
        """Return the nonce of one request of a case; requests with the same one ask for the same answer."""
        names = [case.id, copy.step.question] + ([str(copy.number), copy.step.label] if copy.step.unique else [])
        return seeds.nonce(self._seed, *names, *self._attempt)

    async def ask(
        self, case: Case, copy: Copy, *, on_event: Callable[[int], None], kept: Kept | None = None
    ) -> ClientExchange:
        """Make one request of a case, with the faults its client has; `on_event` hears of every event."""
        return await ask(self.request(case, copy), on_event=on_event, kept=kept)

    def request(self, case: Case, copy: Copy) -> Ask:
        """Return one request of a case as its client makes it."""
        step = copy.step
        prompt = replace(step.prompt, nonce=self.nonce(case, copy))
        body = self._body(step, prompt, self.models[step.model], talk=self.speaker.conversation(case, step))
        turn = Turn(rng=seeds.rng(self._seed, case.id, copy.label))
        moves = apply_client(step.faults, ClientMoves(body=body, manner=step.manner), turn).value
        if moves.stop_after_events and not moves.stopped_for_s:
            moves = replace(moves, stopped_for_s=(self._lane.target_file.limits.lets_go_within_s or 0.0) + _STAYS_ON_S)
        patience_s = self._patience_s(prompt, moves)
        return self._request(
            step, moves, patience_s=patience_s, label=copy.label, talk=self.speaker.conversation(case, step)
        )

    async def ask_plainly(self, *names: str) -> ClientExchange:
        """Ask clean questions until the model of the request answers one, or as long as a breaker may keep it away.

        A fallback's answer will do in the end, but whoever asks next wants the breaker of the first model closed.
        One that rests for long is not waited for: an answer of any kind shows that the target lives. The nonces follow
        from the seed and `names`.
        """
        until_s = time.monotonic() + self._lane.rest_left_s + 2 * rest.MARGIN_S
        for number in range(1, _PLAIN_TRIES + 1):
            nonce = seeds.nonce(self._seed, *names, str(number), *self._attempt)
            answer = await self._ask_once(nonce)
            if _is_success(answer) and self._came_from(self._chat.model, nonce):
                break
            if number > 1 and time.monotonic() > until_s:  # one try alone may have met a stalled machine
                break
            if answer.end is ClientEnd.COMPLETE and self._lane.rest_left_s > rest.CHEAP_S:
                break
            await asyncio.sleep(_PLAIN_PAUSE_S)  # give an open breaker its rest
        return answer

    async def ask_fallback(self, *names: str) -> None:
        """Ask the fallback model a clean question: failures of many cases in a row would open a breaker of its own."""
        nonce = seeds.nonce(self._seed, *names, *self._attempt)
        await self._ask_once(nonce, self.models["fallback"])

    async def check_wiring(self) -> None:
        """Make sure that questions reach the target, and its own questions this lane's mock, before it is judged.

        Raises:
            TargetError: one clean question failed without upstream's doing; nothing could be learnt from others.
        """
        since = self._lane.server.journal.last_number
        answer = await self._ask_once(seeds.nonce(self._seed, "wiring"))
        if _is_success(answer) or _is_success(await self.ask_plainly("wiring")):
            return
        calls = self._lane.server.journal.exchanges(since=since)
        got = f"status {answer.status}" if answer.status else f"no answer ({answer.end})"
        redact = Redactor(self._lane.hidden).text
        body = shorten(redact(answer.body.decode("utf-8", "replace")), _TOLD_CHARACTERS, placeholder=" ...")
        saw = redact(f"{got} to POST {answer.path}") + (f": {body}" if body else "")
        name = self._lane.target_file.name
        upstream = self._lane.server.url
        target, table = self._lane.target_file.at(self._chat.dialect), "chat"
        if self._chat.dialect != self._lane.target_file.chat.dialect:
            name, table = f"{name} ({self._chat.dialect})", f"chat.also ({self._chat.dialect})"
        told = complaint(self._lane.last_words) if self._lane.target_file.worker else None
        if told:
            raise TargetError(
                f"{name} does not answer: {told.what}",
                evidence=told.evidence,
                next_step=told.next_step,
            )
        if not calls and await self._lane.ended(within_s=_NOTICE_S):
            raise TargetError(
                f"{name} ended before it answered anything",
                evidence=f"{self._lane.deaths[-1].partition(chr(10))[0]}\n{self._lane.last_words}".strip(),
                next_step="\n".join(
                    filter(None, (wiring.for_no_upstream(self._lane.target_file), self._lane.log_place))
                ),
            )
        if not calls:
            raise TargetError(
                f"{name} does not answer, and sends nothing to the mock at {upstream}",
                evidence=saw,
                next_step=wiring.for_silence(target, upstream, answer.status, table=table),
            )
        refusals = [redact(refusal) for call in calls if (refusal := _refusal(call))]
        if len(refusals) == len(calls):
            raise TargetError(
                f"{name} sends the mock at {upstream} what Cloudflare would refuse",
                evidence=f"{refusals[0]}; the client got {saw}",
                next_step=wiring.for_refusal(calls[0], self._lane.target_file),
            )

    async def _ask_once(self, nonce: str, model: str | None = None) -> ClientExchange:
        target = self._lane.target_file
        step, prompt = Step(label="alive-after", stream=target.capabilities.streaming), Prompt(nonce=nonce, tokens=3)
        moves = ClientMoves(body=self._body(step, prompt, model or self._chat.model))
        patience_s = min(self._patience_s(prompt, moves), _PLAIN_PATIENCE_S)
        return await ask(self._request(step, moves, patience_s=patience_s, label=step.label))

    def _body(self, step: Step, prompt: Prompt, model: str, *, talk: str = "") -> bytes:
        if step.manner.method != "POST":
            return b""
        sessions = self._lane.target_file.capabilities.sessions
        if talk and sessions is not None and sessions.field is not None:
            step = replace(step, params={**step.params, sessions.field: talk})
        return chat_body(step, dialect=self._chat.dialect, text=f"{prompt} | Please answer.", model=model)

    def _request(self, step: Step, moves: ClientMoves, *, patience_s: float, label: str, talk: str = "") -> Ask:
        return Ask(
            url=self._lane.url,
            path=self._path(step, talk),
            method=moves.manner.method,
            headers=self.speaker.headers(step, talk),
            moves=moves,
            patience_s=patience_s,
            label=label,
            identity=self.speaker.identity(step),
            talk=told_of(step),
            dialect=self._chat.dialect,
        )

    def _path(self, step: Step, talk: str) -> str:
        sessions = self._lane.target_file.capabilities.sessions
        if talk and sessions is not None and sessions.path is not None:
            return path_of(sessions.path, talk)
        return chat_path(self._chat.path, self.models[step.model])

    def _patience_s(self, prompt: Prompt, moves: ClientMoves) -> float:
        """The target's deadline, on top of what the answer itself and a dawdling client take."""
        answer_s = prompt.first_s + prompt.tokens * prompt.pace_s
        pieces = len(moves.body) / moves.upload_piece_bytes if moves.upload_piece_bytes else 0
        upload_s = pieces * moves.upload_wait_s
        return self._watches_s + answer_s + upload_s + moves.read_pause_s + moves.stopped_for_s + _SLACK_S

    def _came_from(self, model: str, nonce: str) -> bool:
        calls = [item for item in self._lane.server.journal.exchanges(nonce=nonce) if item.model]
        return not calls or any(item.model == model for item in calls)


def _is_success(answer: ClientExchange) -> bool:
    return answer.status == HTTPStatus.OK and read_answer(answer).claims_success


def _refusal(call: UpstreamExchange) -> str:
    """Return what the mock refused the call with, or nothing when it did not."""
    status_line = call.wire.partition(b"\r\n")[0].decode("latin-1")
    return f"{call.method} {call.path} got {status_line!r}" if status_line.startswith("HTTP/1.1 4") else ""
