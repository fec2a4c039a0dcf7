"""What a running target holds, counted from outside and, where an agent answers, from inside.

The one rule: a sample is taken when nothing happens any more, and a target that cannot be looked into has no sample
rather than a wrong one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from harness.core.leaks.leak import Holdings, Measure
from harness.shell.target.family import family_of
from harness.shell.watching.agent_client import ask_agents, merged_sites, with_agents
from harness.shell.watching.inspector import Inspector, find_inspector

_CALM_S = 0.04
"""Between two looks at the descriptors; connections that were closed just now take a moment to go."""
_MOST_LOOKS = 12


class Holder:
    """One target process with its children. `folder` is where its agents listen, if it was given any.

    `url` is where the target answers.
    """

    def __init__(self, pid: int, folder: Path | None, *, url: str = "") -> None:
        self._pid = pid
        self._folder = folder
        self._url = url
        self._agents: tuple[int, ...] = ()
        self._inspectors: tuple[Inspector, ...] = ()

    @property
    def traced(self) -> bool:
        """Whether somebody inside answers, so that memory is known exactly."""
        return bool(self._agents or self._inspectors)

    @property
    def names_lines(self) -> bool:
        """Whether what grows can be told by line."""
        return bool(self._agents)

    @property
    def tells_heap(self) -> bool:
        """Whether all that is traced is what V8's inspector says of its heaps."""
        return bool(self._inspectors) and not self._agents

    async def begin(self) -> None:
        """Begin to trace what the program allocates, if it has agents; find the inspectors it has open."""
        family = _family(self._pid)
        found = with_agents(self._folder, family)
        answers = await ask_agents(self._folder, found, "start")
        self._agents = found if answers is not None and all(answers) else ()
        open_ones = [await find_inspector(pid, self._url) for pid in family if self._url and pid not in found]
        self._inspectors = tuple(each for each in open_ones if each is not None)

    async def end(self) -> None:
        """End tracing; the target is as quick as before."""
        await ask_agents(self._folder, self._agents, "stop")

    async def sample(self) -> Holdings | None:
        """Count what is held now; None when the process has gone or may not be looked into."""
        inside = await self._inside()
        outside = await self._calm()
        if outside is None or Measure.TRACED not in inside:
            return None if outside is None else {**outside, **inside}
        untraced = look(self._pid, but=(*self._agents, *(each.pid for each in self._inspectors)))
        return {**outside, **inside, **({Measure.UNTRACED: untraced[Measure.UNIQUE]} if untraced else {})}

    async def remember(self) -> None:
        """Begin to note who allocates what, which makes the program slow."""
        await ask_agents(self._folder, self._agents, "baseline")

    async def grown_sites(self) -> list[dict[str, Any]]:
        """Return the lines of code whose memory grew most since `remember`."""
        answers = await ask_agents(self._folder, self._agents, "grown")
        return merged_sites(answers) if answers else []

    async def _inside(self) -> dict[Measure, int]:
        """Return what is counted inside; nothing once those who count are others than at the beginning."""
        if self._agents != with_agents(self._folder, _family(self._pid)):
            return {}
        answers = await ask_agents(self._folder, self._agents, "sample") or ()
        held = [await each.held_bytes() for each in self._inspectors]
        found: dict[Measure, int] = {}
        for measure, others in ((Measure.TRACED, held), (Measure.TASKS, [])):
            values = [*(answer.get(str(measure)) for answer in answers), *others]
            counted = [value for value in values if isinstance(value, int)]
            if counted and len(counted) == len(values):
                found[measure] = sum(counted)
        return found

    async def _calm(self) -> dict[Measure, int] | None:
        """Look until two looks agree on what is open."""
        before: dict[Measure, int] | None = None
        for _ in range(_MOST_LOOKS):
            now = look(self._pid)
            if now is None or (before is not None and now[Measure.DESCRIPTORS] == before[Measure.DESCRIPTORS]):
                return now
            before = now
            await asyncio.sleep(_CALM_S)  # the target's own clean-up raises no event here
        return before


def _family(pid: int) -> tuple[int, ...]:
    try:
        root, *others = family_of(pid)
    except psutil.Error:
        return ()
    return (root.pid, *sorted(each.pid for each in others))


def look(pid: int, *, but: Sequence[int] = ()) -> dict[Measure, int] | None:
    """Count what a process and its children hold, as the system knows it; None when it cannot be looked into.

    The processes in `but` are left out; None as well when no other is there.
    """
    try:
        processes = [each for each in family_of(pid) if each.pid not in but]
        if not processes:
            return None
        found = {Measure.UNIQUE: 0, Measure.DESCRIPTORS: 0, Measure.THREADS: 0, Measure.CHILDREN: len(processes) - 1}
        for process in processes:
            with process.oneshot():
                found[Measure.UNIQUE] += process.memory_full_info().uss
                found[Measure.DESCRIPTORS] += process.num_fds()
                found[Measure.THREADS] += process.num_threads()
    except (psutil.Error, OSError):
        return None
    return found
