"""`python -m harness.shell.watching.growth_judge`: judges what a test's process held after each round.

The one rule: it is asked in JSON on standard input and answers in JSON on standard output, because whoever asks is a
process of other people's, in which none of our packages is imported.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from harness.core.leaks.leak import Growth, Limits, Measure, RoundSample, growth


def judged(question: dict[str, Any]) -> list[dict[str, str]]:
    """Return the growth of every measure in `samples`: one table a round, the one before the first round included."""
    samples = [
        RoundSample(requests=number, holdings={Measure(name): value for name, value in holdings.items()})
        for number, holdings in enumerate(question["samples"])
    ]
    limits = Limits(least_bytes=question["bytes_per_round"], resolution_bytes=float("inf"))
    return [_told(growth(samples, each, limits)) for each in samples[0].holdings]


def _told(grown: Growth) -> dict[str, str]:
    slope, amount = grown.slope, grown.measure.amount
    text = f"{grown.text} a round (between {amount(slope.low)} and {amount(slope.high)})" if slope else ""
    return {"measure": grown.measure.value, "state": grown.state.value, "text": text}


if __name__ == "__main__":
    json.dump(judged(json.load(sys.stdin)), sys.stdout)
