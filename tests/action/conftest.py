"""A checkout of this repository that a job may write into, and a job there with edgeproof installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.action.runner import ROOT, Job

_NOT_CHECKED_OUT = (".git", ".venv", "edgeproof-report")


def checkout(folder: Path) -> Path:
    """Lay out the repository in a folder, by links, without what runs leave there."""
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in _NOT_CHECKED_OUT:
            (folder / path.name).symlink_to(path)
    return folder


def ready(folder: Path) -> Job:
    """Return a job in a folder on whose runner edgeproof is installed already: the one that is under test."""
    job = Job(workspace=checkout(folder / "workspace"), temp=folder / "temp")
    (job.temp / "edgeproof" / "bin").mkdir(parents=True)
    (job.temp / "edgeproof" / "bin" / "edgeproof").symlink_to(Path(sys.executable).parent / "edgeproof")
    return job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return ready(tmp_path)
