"""What a cache is asked: the same few questions in other forms, by other callers, at other ages.

The one rule: nothing fails here but the stores, and upstream where an answer must not be kept.
"""

from __future__ import annotations

from typing import Final

import hypothesis.strategies as st
from hypothesis.stateful import initialize, precondition, rule

from fault_injection.families import kv, sse_ends
from fault_injection.fault import Fault
from scenarios.searching.walks.walk import Walk

_QUESTIONS: Final = ("q", "r", "s")


class CacheWalk(Walk):
    """Questions asked again and again, in every form, by two callers, before a store that has its moods."""

    name = "cache-walk"
    most_pauses = 2

    @initialize(mood=st.sampled_from(("well", "well", "corrupt", "wrong-type", "stale", "miss", "error", "lost")))
    def store(self, mood: str) -> None:
        """Choose how Workers KV is today."""
        faults: dict[str, tuple[Fault, str]] = {
            "corrupt": (kv.CorruptBits(), "kv.get"),
            "wrong-type": (kv.WrongType(), "kv.get"),
            "stale": (kv.Stale(), "kv.get"),
            "miss": (kv.Miss(), "kv.get"),
            "error": (kv.Error(), "kv.*"),
            "lost": (kv.LostWrite(), "kv.put"),
        }
        if mood in faults and self.reach.kv:
            fault, surface = faults[mood]
            self.fail(fault, question=None, surface=surface, every=2)

    @rule(question=st.sampled_from(_QUESTIONS), stream=st.booleans())
    def plain(self, question: str, stream: bool) -> None:
        """Ask as the first caller."""
        self.ask(question=question, stream=stream)

    @rule(question=st.sampled_from(_QUESTIONS), temperature=st.sampled_from((0.1, 0.9)))
    def otherwise(self, question: str, temperature: float) -> None:
        """Ask the same with another parameter."""
        self.ask(question=question, temperature=temperature)

    @rule(question=st.sampled_from(_QUESTIONS), stream=st.booleans())
    def other_caller(self, question: str, stream: bool) -> None:
        """Ask as the second caller."""
        self.ask(question=question, stream=stream, identity="b")

    @rule(question=st.sampled_from(_QUESTIONS), together=st.integers(2, 3))
    def at_once(self, question: str, together: int) -> None:
        """Ask the very same several times at once."""
        self.ask(question=question, together=together)

    @rule(cut=st.integers(1, 4))
    def spoilt(self, cut: int) -> None:
        """Ask something new whose answer breaks off, and then the same again."""
        question = f"spoilt-{len(self.steps)}"
        self.fail(sse_ends.Truncate(after=cut, end="clean"), question=question, first=1)
        self.ask(question=question, stream=True)
        self.ask(question=question, stream=True)

    @precondition(lambda self: self.may_wait() and self.reach.cache and self.reach.outlives)
    @rule()
    def outlive(self) -> None:
        """Let every answer grow too old."""
        self.wait("cache-ttl")

    @precondition(lambda self: self.may_wait() and self.reach.cache and self.reach.outlives)
    @rule()
    def grow_older(self) -> None:
        """Let most of a life go by; what is asked for in between is no younger for it."""
        self.wait("most-of-cache-ttl")

    @rule(question=st.sampled_from(_QUESTIONS))
    def in_every_form(self, question: str) -> None:
        """Ask the same as a stream, whole, and as a stream."""
        for stream in (True, False, True):
            self.ask(question=question, stream=stream)

    @precondition(lambda self: self.steps and self.reach.restart and not any(step.restart for step in self.steps))
    @rule()
    def forget(self) -> None:
        """Start the target afresh: its memory is gone, Workers KV is not."""
        self._restart = True
