"""The command line in this process, as the console script runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.cli import main


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str


Edgeproof: TypeAlias = Callable[..., Outcome]


@pytest.fixture
def edgeproof(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Edgeproof:
    """Run `edgeproof ARGUMENTS` in an empty folder and return its outcome."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["edgeproof", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        written = capsys.readouterr()
        code = caught.value.code
        assert isinstance(code, int)
        return Outcome(code, written.out, written.err)

    return run
