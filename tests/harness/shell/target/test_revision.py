"""The commit that a target was judged at is told where there is one, and its absence breaks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shell.target.revision import Revision, revision_of
from tests.harness.shell.repository import committed, git


@pytest.fixture
def proxy(tmp_path: Path) -> Path:
    (tmp_path / "proxy").mkdir()
    (tmp_path / "proxy" / "proxy.js").write_text("1\n")
    return tmp_path / "proxy"


def test_a_folder_in_a_repository_has_its_commit(proxy: Path) -> None:
    commit = committed(proxy.parent)
    git(proxy, "tag", "v1")

    clean = revision_of(str(proxy))
    (proxy / "new.js").write_text("nobody follows this\n")
    beside = revision_of(str(proxy))
    (proxy / "proxy.js").write_text("2\n")

    assert clean == beside == Revision(commit, dirty=False)
    assert revision_of(str(proxy)) == Revision(commit, dirty=True)


def test_without_a_commit_a_repository_or_git_there_is_none(
    proxy: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path_factory.mktemp("plain")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(nothing.parent))
    git(proxy, "init", "-q")

    assert [revision_of(str(each)) for each in (proxy, nothing, nothing / "missing", "")] == [Revision()] * 4
    monkeypatch.setenv("PATH", str(nothing))
    assert revision_of(str(proxy)) == Revision()
