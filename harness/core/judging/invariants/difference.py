"""How a text departs from the pieces that were sent: lost, doubled, moved or invented.

The one rule: time grows with the text and the number of pieces, never with their product; texts of many megabytes in a
hundred thousand pieces are compared.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from harness.core.judging.evidence import around
from harness.core.observed import json_text
from harness.core.observed.reading import as_utf8
from reports.record import Level

_HALF_A_CHARACTER = "\ufffd"
"""What an answer may end in that broke off between the halves of a character."""

Deviation: TypeAlias = Literal["lost", "doubled", "moved", "invented"]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a text departs from the one that was sent."""

    kind: Deviation
    detail: str
    level: Level | None = None
    """Set where it weighs less than any other, because upstream left open what it meant."""
    evidence: tuple[str, ...] = ()
    """Where the texts part, with both sides."""


def legible(text: str) -> str:
    """Return text without what readers put where bytes or halves of a character were none: U+FFFD, or `?`."""
    return text.replace(_HALF_A_CHARACTER, "").replace("?", "")


def same_text(one: str, other: str) -> bool:
    """Whether two texts are equal; a JSON object where text belongs may be written out in more than one way."""
    return one == other or (one.startswith("{") and canonical(one) == canonical(other))


def canonical(text: str) -> str:
    """Return JSON text in one way of writing it; any other text as it is."""
    try:
        return json.dumps(json_text.loads(text), sort_keys=True)
    except ValueError:
        return text


def compare(got: str, parts: list[str], *, finished: bool) -> Difference | None:
    """Say how `got` departs from the pieces sent, or None when it does not (a prefix will do unless `finished`)."""
    sent = as_utf8("".join(parts))
    difference = _compare(got, sent, parts, finished=finished)
    return replace(difference, evidence=around(sent, got)) if difference else None


def _compare(got: str, sent: str, parts: list[str], *, finished: bool) -> Difference | None:
    if got == sent or (not finished and sent.startswith(got.removesuffix(_HALF_A_CHARACTER))):
        return None
    if _HALF_A_CHARACTER in sent and compare(legible(got), [legible(sent)], finished=finished) is None:
        return Difference("invented", "what stood for a broken character was written in another way", Level.SHOULD)
    if sent.startswith(got):
        return Difference("lost", f"{len(got)} of {len(sent)} characters arrived")
    order, rest = _pieces_in(got, [part for part in parts if part])
    if (rest or len(set(order)) < len(order)) and len(got) == len(sent) and Counter(got) == Counter(sent):
        # Pieces that are alike, or begin alike, can be read in more than one way; the sum of them cannot.
        at = next(index for index, (here, there) in enumerate(zip(got, sent, strict=True)) if here != there)
        return Difference("moved", f"every character arrived, from number {at + 1} on in another order")
    if rest and _is_thinned(got, sent):
        return Difference("lost", f"characters are missing within the text: {len(got)} of {len(sent)} arrived")
    if rest:
        return Difference("invented", f"{rest[:40]!r} was never sent")
    if len(set(order)) < len(order):
        first = next(index for index, times in Counter(order).items() if times > 1)
        return Difference("doubled", f"piece {first + 1} of {len(parts)} arrived more than once")
    if order != sorted(order):
        return Difference("moved", f"the pieces arrived in the order {[index + 1 for index in order[:12]]}")
    missing = sorted(set(range(len(parts))) - set(order))
    return Difference("lost", f"piece {missing[0] + 1} of {len(parts)} is missing" if missing else "its end is missing")


def _is_thinned(got: str, sent: str) -> bool:
    """Whether nothing but leaving characters out makes `got` of what was sent."""
    rest = iter(sent)
    return all(character in rest for character in got)


def _pieces_in(got: str, parts: list[str]) -> tuple[list[int], str]:
    """Walk through `got` piece by piece; return the order in which pieces occur and what fits none of them."""
    places: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        places.setdefault(part, []).append(index)
    lengths = sorted({len(part) for part in parts}, reverse=True)
    order: list[int] = []
    at = 0
    expected = 0
    while at < len(got):
        place = _place(got, at, parts, places, lengths, expected)
        if place is None:
            tail = got[at:]
            if expected < len(parts) and parts[expected].startswith(tail):
                return order, ""  # the answer stopped inside a piece
            return order, tail
        order.append(place)
        at += len(parts[place])
        expected = place + 1
    return order, ""


def _place(
    got: str, at: int, parts: list[str], places: dict[str, list[int]], lengths: list[int], expected: int
) -> int | None:
    """Find the piece that stands at a place: the expected one, else the next of its kind, else the last one before."""
    if expected < len(parts) and got.startswith(parts[expected], at):
        return expected
    ahead: list[int] = []
    behind: list[int] = []
    for length in lengths:
        same = places.get(got[at : at + length], [])
        here = bisect_left(same, expected)
        ahead += same[here : here + 1]
        behind += same[max(here - 1, 0) : here]
    return min(ahead) if ahead else max(behind, default=None)
