"""Who speaks in a step of a case: as which identity, in which conversation, with which headers.

The one rule: a conversation's name follows from the seed, the case and the attempt, so that no two ever share one.
"""

from __future__ import annotations

from uuid import UUID

from fault_injection.reply import Headers
from harness.core.run import seeds
from harness.core.target.dialects import chat_headers
from harness.core.target.sessions import named
from harness.shell.playing.lane import Lane
from scenarios.case import Case, Step


class Speaker:
    """Whoever asks a lane's target, at its first door or that of another dialect. `seed` is the run's."""

    def __init__(self, lane: Lane, *, seed: int, attempt: int = 1, dialect: str = "") -> None:
        self._lane = lane
        self._dialect = dialect
        self._target = lane.target_file.at(dialect)
        self._seed = seed
        self._attempt = [f"attempt {attempt}"] if attempt > 1 else []

    def conversation(self, case: Case, step: Step) -> str:
        """Return the name of a step's conversation, which no other case uses; empty for none."""
        if not step.talk:
            return ""
        digits = seeds.digest(self._seed, case.id, step.talk, *self._attempt)[:32]
        return named(str(UUID(hex=digits, version=4)), step.spelling)

    def identity(self, step: Step) -> str:
        """Return who asks, as far as the target can tell."""
        return step.identity if step.identity == "nobody" or self._target.tells_callers_apart else "a"

    def headers(self, step: Step, talk: str) -> Headers:
        """What a client sends with a question: its own headers take the place of those of the same name.

        A browser sends neither a type nor credentials when it first asks whether it may (Fetch: CORS-preflight fetch).
        """
        if step.manner.method != "POST":
            return step.headers
        content_type = step.manner.content_type
        given = {name.lower() for name, _ in step.headers}
        said = (*self.bare_headers(step, talk), *chat_headers(step, dialect=self._target.chat.dialect))
        usual = tuple(pair for pair in said if pair[0].lower() not in given)
        return (*((("Content-Type", content_type),) if content_type else ()), *usual, *step.headers)

    def bare_headers(self, step: Step, talk: str) -> Headers:
        """What a client sends that has nothing to send in a body: who it is, and the name of its conversation."""
        sessions = self._lane.target_file.capabilities.sessions
        own = tuple(
            pair for pair in self._lane.headers(step.identity, self._dialect) if pair[0].lower() != "content-type"
        )
        if sessions is None or sessions.header is None or not talk:
            return own
        rest = tuple(pair for pair in own if pair[0].lower() != sessions.header.lower())
        return (*rest, (sessions.header, talk.encode().decode("latin-1")))


def told_of(step: Step) -> str:
    """Return what a step's conversation is called in a history; empty for none."""
    return f"{step.talk} ({step.spelling})" if step.talk and step.spelling != "plain" else step.talk
