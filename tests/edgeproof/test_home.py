from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from edgeproof.home import HOME, put_first


def test_ours_comes_first_and_what_a_project_adds_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/theirs", "", "/more"]))
    monkeypatch.setattr(sys, "path", ["/script", "/theirs", "/more", "/standard", HOME, "/site-packages"])

    put_first()

    assert sys.path == [HOME, "/script", "/standard", "/site-packages", "/theirs", "/more"]


def test_in_the_repository_home_is_the_repository() -> None:
    assert Path(HOME) == Path(__file__).parents[2]
