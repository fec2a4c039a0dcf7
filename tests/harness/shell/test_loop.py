from __future__ import annotations

import asyncio
import sys

import pytest

from harness.shell.loop import run


async def kind_of_loop() -> str:
    return type(asyncio.get_running_loop()).__module__


def test_uvloop_is_used_where_there_is_one() -> None:
    pytest.importorskip("uvloop")

    assert run(kind_of_loop()).startswith("uvloop")


def test_without_uvloop_it_is_asyncio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert run(kind_of_loop()).startswith("asyncio")
