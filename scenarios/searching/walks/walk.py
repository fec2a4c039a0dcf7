"""What every walk can do: ask, let upstream fail, wait, and hand over the case when it is over.

The one rule: pauses are few, because they pass in real time.
"""

from __future__ import annotations

from typing import ClassVar, Final

from hypothesis.stateful import RuleBasedStateMachine

from fault_injection.families import client
from fault_injection.fault import Fault
from scenarios.case import Case, Identity, Model, Pause, Step, Upstream
from scenarios.case_file import found_case
from scenarios.prompt import Prompt
from scenarios.searching.reach import Reach

_SAID: Final = Prompt(tokens=4)
_SLOW: Final = Prompt(tokens=4, first_s=2.0)
"""An answer that a client can leave before it has begun."""
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
