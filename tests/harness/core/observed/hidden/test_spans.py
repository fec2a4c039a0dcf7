"""Stretches that touch are one, and each gets one mark."""

from __future__ import annotations

from harness.core.observed.hidden.spans import marked, merged


def test_what_overlaps_or_touches_is_one_stretch() -> None:
    assert merged([(7, 9), (0, 2), (2, 4), (3, 5)]) == [(0, 5), (7, 9)]
    assert merged([]) == []


def test_each_stretch_gets_one_mark() -> None:
    assert marked(b"0123456789", [(0, 5), (7, 9)], b"<>") == b"<>56<>9"
    assert marked(b"0123", [], b"<>") == b"0123"
