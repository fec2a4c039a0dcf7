"""Stretches that touch are one, and each gets one mark."""

from __future__ import annotations

import pytest

from harness.core.observed.hidden.spans import Span, marked, merged, shown_at, unmarked


def test_what_overlaps_or_touches_is_one_stretch() -> None:
    assert merged([(7, 9), (0, 2), (2, 4), (3, 5)]) == [(0, 5), (7, 9)]
    assert merged([]) == []


def test_each_stretch_gets_one_mark() -> None:
    assert marked(b"0123456789", [(0, 5), (7, 9)], b"<>") == b"<>56<>9"
    assert marked(b"0123", [], b"<>") == b"0123"


GONE = [(2, 6), (8, 9)]
"""Of `0123456789`: `01<>67<>9` once they are marked, `01679` once they are out."""


@pytest.mark.parametrize(
    ("mark", "span", "whole"),
    [
        (b"<>", (0, 2), (0, 2)),
        (b"<>", (0, 3), (0, 6)),
        (b"<>", (3, 4), (2, 6)),
        (b"<>", (4, 6), (6, 8)),
        (b"<>", (5, 7), (7, 9)),
        (b"<>", (8, 9), (9, 10)),
        (b"", (0, 2), (0, 2)),
        (b"", (1, 3), (1, 7)),
        (b"", (2, 4), (6, 8)),
        (b"", (4, 5), (9, 10)),
    ],
)
def test_a_stretch_of_a_marked_text_is_found_in_the_text_itself(mark: bytes, span: Span, whole: Span) -> None:
    assert unmarked([span], GONE, len(mark)) == [whole]


def test_a_byte_is_found_again_beside_marks_and_a_hidden_one_at_its_mark() -> None:
    assert [shown_at(place, GONE, 2) for place in range(10)] == [0, 1, 2, 2, 2, 2, 4, 5, 6, 8]
