"""Small requests beside an upstream that says everything at once: they have their turn while it goes on.

The one rule: not one event is paced. How long the burst lasts is the target's and the machine's; what counts is whether
a small request was looked at before its end.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="concurrency.small-beside-a-burst",
        promise="Twelve thousand events at full speed do not keep small requests waiting until the last.",
        reference="edgeproof's own rule: stays-responsive",
        focus=("stays-responsive", "no-loss"),
        level="should",
        steps=(
            Step(label="burst", prompt=Prompt(tokens=12_000)),
            Step(label="small", question="r", prompt=Prompt(tokens=2), start="first-event", times=4, unique=True),
        ),
        expect=(
            Expect(step="burst", seen="answered", invariant="no-loss"),
            Expect(step="small", seen="answered", invariant="stays-responsive"),
        ),
        alone=True,
    ),
)
