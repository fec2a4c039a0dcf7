"""What a proxy was played with is gone before the next one is played."""

from __future__ import annotations

import gc
import weakref

import pytest

from reports.record import CaseResult
from tests.signatures import playing
from tests.signatures.subjects import wrong_ones


class _Server:
    """What stands in a circle, as the server of a lane and its connections do."""

    def __init__(self) -> None:
        self.itself = self


def test_what_stands_in_a_circle_is_let_go_behind_each_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[weakref.ref[_Server]] = []

    def played(*_: object) -> list[CaseResult]:
        held.append(weakref.ref(_Server()))
        return []

    monkeypatch.setattr(playing, "played", played)
    gc.disable()
    try:
        playing.timed(next(iter(wrong_ones().values())), (), float("inf"))
    finally:
        gc.enable()

    (server,) = held
    assert server() is None
