"""Measures two things turn by turn and tells their ratio.

The one rule: a ratio is taken inside a pair, never between a number of now and one of another time. Both halves of a
pair run within the same second, so that a machine that is slow, hot or busy with others slows both.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

Costs: TypeAlias = Mapping[str, float]
"""What one unit of work cost, by the name of the measure, in microseconds; less is better."""

Side: TypeAlias = Callable[[], Awaitable[Costs]]
"""Does one turn's work and tells what it cost."""


def rounds_asked(default: int) -> int:
    """Return how many pairs to measure: `--rounds N` from the command line, or the default."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=default, help=f"pairs to measure (default: {default})")
    rounds: int = parser.parse_args().rounds
    if rounds < 1:
        parser.error(f"argument --rounds: {rounds} measures nothing; give 1 or more")
    return rounds


async def compare(title: str, ours: Side, peer: Side, *, rounds: int) -> None:
    """Run both sides in turn, `rounds` times behind one turn each to warm up, and print a line for each measure.

    Who goes first changes from pair to pair, so that neither side always has the cooler machine.
    """
    await ours()
    await peer()
    pairs: list[tuple[Costs, Costs]] = []
    for number in range(rounds):
        if number % 2:
            of_peer = await peer()
            of_ours = await ours()
        else:
            of_ours = await ours()
            of_peer = await peer()
        pairs.append((of_ours, of_peer))
    for measure in pairs[0][0]:
        print(_line(f"{title}, {measure}", [(mine[measure], other[measure]) for mine, other in pairs]))


def _line(what: str, pairs: list[tuple[float, float]]) -> str:
    ours = statistics.median(mine for mine, _ in pairs)
    peer = statistics.median(other for _, other in pairs)
    return f"  {what:<42} ours {ours:8.1f} us   peer {peer:8.1f} us   ratio {ratio(pairs)}"


def ratio(pairs: list[tuple[float, float]]) -> str:
    """Return the median of ours/peer over pairs, with its least and its greatest."""
    ratios = [mine / other for mine, other in pairs]
    return f"{statistics.median(ratios):5.2f} ({min(ratios):.2f}-{max(ratios):.2f}, {len(pairs)} pairs)"
