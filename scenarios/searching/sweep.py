"""The split sweep: golden streams that arrive cut at every byte.

The one rule: however a stream is cut on its way, the same is read from it (RFC 9112 §7.1: chunks have no meaning of
their own; WHATWG HTML §9.2.6: events end at blank lines, wherever a piece ends). So every question of a sweep asks for
the same golden stream, and its answer arrives in pieces of one more byte than the last one's: the piece of `n` bytes
puts a cut behind byte `n`, the piece of one byte a cut behind every byte, and the longest piece no cut at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fault_injection.families.sse_form import LineEnds
from fault_injection.families.tcp import Slice
from fault_injection.fault import Fault
from scenarios.case import Case, Model, Start, Step, Upstream
from scenarios.prompt import Prompt

FAMILY: Final = "sweep"
AT_ONCE: Final = 50
"""Answers that are cut in one case; they are asked for at the same time."""
_PAUSE_S: Final = 0.001
"""Long enough for a piece to be read by itself, short enough for thousands of them."""
_REFERENCE: Final = "RFC 9112 §7.1, WHATWG HTML §9.2.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A stream that is swept: what the mock is asked to say, how it says it, and about how many bytes that is."""

    name: str
    prompt: Prompt
    length_bytes: int
    model: Model = "main"
    faults: tuple[Fault, ...] = ()
    needs: tuple[str, ...] = ("streaming",)

    @property
    def whole(self) -> Case:
        """The sweep as one case, under the name that it goes by; its parts are `cases`."""
        return Case(
            id=f"{FAMILY}.{self.name}",
            promise="However a stream is cut on its way, the same is read from it.",
            reference=_REFERENCE,
            focus=("no-loss",),
            needs=self.needs,
        )

    def cases(self, *, every: int = 1, from_seed: int = 0) -> Iterator[Case]:
        """Yield the sweep as cases, each with the next `AT_ONCE` cuts.

        With `every` above 1 it is thinned: one cut of so many neighbours, which one by the seed, and besides them every
        cut at once and none at all.
        """
        wanted = {1, self.length_bytes, *range(1 + from_seed % every, self.length_bytes + 1, every)}
        kept = sorted(wanted) if every > 1 else range(1, self.length_bytes + 1)
        for at in range(0, len(kept), AT_ONCE):
            yield self._part(kept[at : at + AT_ONCE], "" if every == 1 else f"every-{every}-from-")

    def part(self, case_id: str) -> Case | None:
        """Return the part of the whole sweep that goes by an id; None when there is none."""
        first = case_id.removeprefix(f"{self.whole.id}-")
        sizes = range(1, self.length_bytes + 1)
        firsts = {str(size): size for size in sizes[::AT_ONCE]}
        return self._part(sizes[firsts[first] - 1 :][:AT_ONCE], "") if first in firsts else None

    def _part(self, sizes: Sequence[int], prefix: str) -> Case:
        return Case(
            id=f"{self.whole.id}-{prefix}{sizes[0]}",
            promise=f"A stream that arrives in pieces of {sizes[0]} to {sizes[-1]} bytes says what it says in one.",
            reference=_REFERENCE,
            focus=("no-loss",),
            needs=self.needs,
            steps=tuple(self._step(size, first=size == sizes[0]) for size in sizes),
            upstream=tuple(self._cut(size) for size in sizes),
        )

    def _step(self, size: int, *, first: bool) -> Step:
        label = f"cut-{size}"
        start: Start = "after" if first else "with"
        return Step(label=label, question=label, prompt=self.prompt, model=self.model, start=start)

    def _cut(self, size: int) -> Upstream:
        slicing = Slice(size_bytes=size, wait_s=_PAUSE_S)
        return Upstream(faults=(*self.faults, slicing), question=f"cut-{size}", surface="ai.*", must_strike=False)


_SHORT: Final = Prompt(tokens=6, finish="length")
"""A few words, half of them in characters of several bytes; answers that end by length are kept by no cache."""
_RICH: Final = Prompt(
    tokens=3,
    finish="length",
    form="chat.reasoning(place=beside)+chat.logprobs(top=0)+chat.fields(which=annotations)+chat.role(kind=every)+chat.finish",
)
"""All that may stand beside a text, and the last of it beside the finish reason."""

GOLDEN: Final = (
    Golden(name="text", prompt=_SHORT, length_bytes=2400),
    Golden(name="crlf", prompt=_SHORT, length_bytes=2400, faults=(LineEnds(kind="crlf"),)),
    Golden(name="tools", prompt=Prompt(tools=1, finish="length"), length_bytes=2800),
    Golden(name="rich", prompt=_RICH, length_bytes=3000),
    Golden(name="native", prompt=_SHORT, length_bytes=1400, model="second", needs=("streaming", "second-model")),
)
"""Text, the same with CRLF, a tool call, text with all that may stand beside it, and the native dialect."""


def part(case_id: str) -> Case | None:
    """Return the part of a sweep that goes by an id; None when there is none."""
    return next((case for golden in GOLDEN if (case := golden.part(case_id))), None)
