"""Walks: rule-based state machines that put a case together step by step.

The one rule: a walk only decides what is asked and what goes wrong; it is played as a whole when it is over, so that it
can be shrunk, kept as a file and played again like any other case. What ought to come of it, the plain models say.
"""

from __future__ import annotations

from typing import ClassVar, Final

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from fault_injection.families import client, http, kv, sse_ends, tcp
from fault_injection.fault import Fault
from scenarios.case import Case, Identity, Model, Pause, Step, Upstream
from scenarios.case_file import found_case
from scenarios.prompt import Prompt
from scenarios.searching.reach import Reach

_QUESTIONS: Final = ("q", "r", "s")
_SAID: Final = Prompt(tokens=4)
_MOST_IN_VAIN: Final = 2
"""Requests that cost every attempt, with the pauses between them; two of them open most breakers."""
_MOST_FAILING: Final = 8
_SLOW: Final = Prompt(tokens=4, first_s=2.0)
"""An answer that a client can leave before it has begun."""
_FAILS: Final = http.Status(code=503)
_LEAVES: Final = client.AbortBeforeHead(wait_s=0.15)


class Walk(RuleBasedStateMachine):
    """What all walks share. A subclass that knows a target sets `reach` and says what to do with a case in `over`."""

    name: ClassVar[str] = "walk"
    fresh: ClassVar[bool] = False
    most_pauses: ClassVar[int] = 1
    """Pauses pass in real time, seconds each."""
    reach: ClassVar[Reach] = Reach()

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.upstream: list[Upstream] = []
        self._pause: Pause = "none"
        self._pauses = 0
        self._restart = False

    def over(self, case: Case) -> None:
        """Take the case of a walk that is over."""
        raise NotImplementedError

    def teardown(self) -> None:
        """Hand over what was put together, if anything was."""
        if self.steps:
            self.over(found_case(f"{self.name}.case", self.steps, self.upstream, fresh=self.fresh))

    def ask(
        self,
        *,
        question: str,
        stream: bool = False,
        identity: Identity = "a",
        temperature: float | None = None,
        beside: bool = False,
        together: int = 1,
        times: int = 1,
        leaves: bool = False,
    ) -> None:
        """Add one request; `beside` starts it with the one before it, and the client of one that `leaves` soon does."""
        start = "with" if beside and self.steps and self._pause == "none" and not self._restart else "after"
        self.steps.append(
            Step(
                label=f"ask-{len(self.steps) + 1}",
                question=question,
                prompt=_SLOW if leaves else _SAID,
                stream=stream and self.reach.streaming,
                identity=identity,
                params={} if temperature is None else {"temperature": temperature},
                start=start,  # type: ignore[arg-type]  # one of the words
                pause=self._pause,
                restart=self._restart,
                together=together,
                times=times,
                faults=(_LEAVES,) if leaves else (),
            )
        )
        self._pause, self._restart = "none", False

    def fail(
        self,
        fault: Fault,
        *,
        question: str | None,
        surface: str = "ai.*",
        model: Model | None = None,
        first: int | None = None,
        every: int | None = None,
    ) -> None:
        """Let upstream fail, for one question or a whole surface."""
        self.upstream.append(
            Upstream(
                faults=(fault,),
                question=question,
                surface=surface,
                model=model,
                first=first,
                every=every,
                must_strike=False,
            )
        )

    def wait(self, pause: Pause) -> None:
        """Let time pass before the next request."""
        self._pause, self._pauses = pause, self._pauses + 1

    def may_wait(self) -> bool:
        """Whether another pause is worth its time."""
        return bool(self.steps) and self._pauses < self.most_pauses and self._pause == "none"


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


class UpstreamWalk(Walk):
    """Requests that upstream answers at once, late, or never, one after another and side by side."""

    name = "upstream-walk"

    @rule(stream=st.booleans(), beside=st.booleans())
    def well(self, stream: bool, beside: bool) -> None:
        """Ask something that upstream answers."""
        self.ask(question=f"well-{len(self.steps)}", stream=stream, beside=beside)

    @rule(times=st.integers(1, 2), code=st.sampled_from((500, 503, 502)), stream=st.booleans())
    def at_last(self, times: int, code: int, stream: bool) -> None:
        """Ask something that upstream answers after a few failures."""
        question = f"at-last-{len(self.steps)}"
        self.fail(http.Status(code=code), question=question, first=times)
        self.ask(question=question, stream=stream)

    @precondition(lambda self: sum(step.question.startswith("never-") for step in self.steps) < _MOST_IN_VAIN)
    @rule(beside=st.booleans(), model=st.sampled_from((None, "main")))
    def never(self, beside: bool, model: Model | None) -> None:
        """Ask something that upstream always fails at, or one model of it."""
        question = f"never-{len(self.steps)}"
        self.fail(http.Status(code=500), question=question, model=model)
        self.ask(question=question, beside=beside)

    @rule(at_byte=st.integers(0, 900))
    def torn(self, at_byte: int) -> None:
        """Ask for a stream whose connection is reset somewhere."""
        question = f"torn-{len(self.steps)}"
        self.fail(tcp.Reset(at_byte=at_byte), question=question, first=1)
        self.ask(question=question, stream=True)

    @rule(code=st.sampled_from((400, 401, 422)))
    def refused(self, code: int) -> None:
        """Ask something that upstream refuses for good."""
        question = f"refused-{len(self.steps)}"
        self.fail(http.Status(code=code), question=question)
        self.ask(question=question)

    @rule(beside=st.booleans())
    def left(self, beside: bool) -> None:
        """Ask something, and leave before it is answered."""
        self.ask(question=f"left-{len(self.steps)}", beside=beside, leaves=True)

    @precondition(lambda self: self.may_wait() and self.reach.breaker_failures and self.reach.rests)
    @rule()
    def rest(self) -> None:
        """Let an open breaker have its rest."""
        self.wait("breaker-open")


class BreakerWalk(Walk):
    """A breaker that opens, rests, and has its first request behind that succeed, fail, be refused or be left."""

    name = "breaker-walk"
    most_pauses = 3

    @initialize()
    def fail_first(self) -> None:
        """Let upstream fail until the breaker opens, as far as a few requests do that."""
        times = min(max(self.reach.breaker_failures, 1), _MOST_FAILING)
        self._failing("opening", http.Status(code=503), times=times)

    @precondition(lambda self: self.may_wait() and self.reach.rests)
    @rule(outcome=st.sampled_from(("well", "fails", "refused", "waits", "cut", "lost", "left")), stream=st.booleans())
    def probe(self, outcome: str, stream: bool) -> None:
        """Let the breaker have its rest, and then ask once."""
        self.wait("breaker-open")
        faults: dict[str, Fault] = {
            "fails": http.Status(code=500),
            "refused": http.Status(code=400),
            "waits": http.Status(code=429),
            "cut": sse_ends.Truncate(after=2),
            "lost": tcp.Reset(),
        }
        if outcome in faults:
            self._failing("probe", faults[outcome], stream=stream or outcome == "cut")
        else:
            self.ask(question=f"probe-{len(self.steps)}", stream=stream, leaves=outcome == "left")

    @rule(stream=st.booleans())
    def well(self, stream: bool) -> None:
        """Ask something that upstream answers, if it is asked."""
        self.ask(question=f"well-{len(self.steps)}", stream=stream)

    @precondition(lambda self: self.may_wait() and self.reach.rests)
    @rule()
    def rest(self) -> None:
        """Let the breaker have its rest, so that whatever comes next must be let through."""
        self.wait("breaker-open")

    def _failing(self, what: str, fault: Fault, *, stream: bool = False, times: int = 1) -> None:
        question = f"{what}-{len(self.steps)}"
        self.fail(fault, question=question)
        self.ask(question=question, stream=stream, times=times)


class RateWalk(Walk):
    """Requests of two callers, one of whom may ask for more than is allowed."""

    name = "rate-walk"
    fresh = True

    @rule(number=st.integers(1, 8))
    def eager(self, number: int) -> None:
        """The second caller asks several times at once."""
        self.ask(question=f"eager-{len(self.steps)}", identity="b", together=number)

    @precondition(lambda self: (self.reach.rate_per_minute or 0) <= 200)
    @rule()
    def greedy(self) -> None:
        """The second caller asks more than two minutes' worth at once."""
        limit = self.reach.rate_per_minute or 1
        self.ask(question=f"greedy-{len(self.steps)}", identity="b", together=2 * limit + 2)

    @rule(how=st.sampled_from(("left", "refused", "failed")))
    def in_vain(self, how: str) -> None:
        """The second caller asks something and leaves, or upstream declines it or fails at it."""
        question = f"in-vain-{len(self.steps)}"
        fails = how == "failed" and all(str(rule.faults[0]) != str(_FAILS) for rule in self.upstream)
        if how != "left":
            self.fail(_FAILS if fails else http.Status(code=400), question=question)  # more might open a breaker
        self.ask(question=question, identity="b", leaves=how == "left")

    @precondition(lambda self: sum(step.identity == "a" for step in self.steps) < 2)
    @rule()
    def modest(self) -> None:
        """The first caller asks once."""
        self.ask(question=f"modest-{len(self.steps)}")
