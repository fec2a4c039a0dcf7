"""The programs that a Worker needs: the project's own, or pinned ones that npm installs once."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.shell.target.worker.tools import ESBUILD, WORKERD, cache_folder, find, provide

NPM = """#!/bin/sh
echo "$@" >> "{calls}"
while [ "$1" != --prefix ]; do shift; done
mkdir -p "$2/node_modules/{folder}"
touch "$2/node_modules/{path}"
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EDGEPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    (tmp_path / "bin").mkdir()
    return tmp_path / "cache"


def _npm(tmp_path: Path, script: str) -> Path:
    calls = tmp_path / "calls"
    program = tmp_path / "bin" / "npm"
    program.write_text(
        script.format(calls=calls, path=WORKERD.path, folder=Path(WORKERD.path).parent), encoding="utf-8"
    )
    program.chmod(0o755)
    return calls


def _binary(folder: Path) -> Path:
    path = folder / WORKERD.path
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_the_projects_own_program_is_found_from_a_folder_inside_of_it(tmp_path: Path, cache: Path) -> None:
    own = _binary(tmp_path / "project" / "node_modules")
    (tmp_path / "project" / "workers" / "one").mkdir(parents=True)

    assert find(WORKERD, tmp_path / "project" / "workers" / "one") == own
    assert find(ESBUILD, tmp_path / "project") is None


def test_pnpm_keeps_it_somewhere_else(tmp_path: Path, cache: Path) -> None:
    package = WORKERD.path.split("/bin/")[0].replace("/", "+")
    own = _binary(tmp_path / "node_modules" / ".pnpm" / f"{package}@1.2.3" / "node_modules")

    assert find(WORKERD, tmp_path) == own


def test_it_is_installed_once_and_said_so(tmp_path: Path, cache: Path) -> None:
    calls, said = _npm(tmp_path, NPM), list[str]()

    first = provide(WORKERD, tmp_path / "nowhere", say=said.append)
    again = provide(WORKERD, tmp_path / "nowhere", say=said.append)

    assert first == again == cache / f"workerd-{WORKERD.version}" / "node_modules" / WORKERD.path
    assert len(calls.read_text(encoding="utf-8").splitlines()) == 1
    assert said == [f"installing workerd@{WORKERD.version} with npm, once, into {cache}"]
    assert f"workerd@{WORKERD.version}" in calls.read_text(encoding="utf-8")
    assert "--ignore-scripts" in calls.read_text(encoding="utf-8")


def test_what_has_to_fit_together_is_installed_together_and_never_taken_from_a_project(
    tmp_path: Path, cache: Path
) -> None:
    calls, tool = _npm(tmp_path, NPM), replace(WORKERD, beside=("other@1.2.3",), own=False)
    _binary(tmp_path / "project" / "node_modules")

    found = provide(tool, tmp_path / "project", say=lambda _: None)

    assert found == cache / f"workerd-{WORKERD.version}" / "node_modules" / WORKERD.path
    assert calls.read_text(encoding="utf-8").split()[-2:] == [f"workerd@{WORKERD.version}", "other@1.2.3"]


def test_what_failed_leaves_nothing_behind(tmp_path: Path, cache: Path) -> None:
    _npm(tmp_path, "#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")

    with pytest.raises(TargetError) as failed:
        provide(WORKERD, tmp_path, say=lambda _: None)

    assert "npm could not install workerd@" in str(failed.value)
    assert "E404" in str(failed.value)
    assert list(cache.iterdir()) == []


def test_without_npm_it_is_said_what_is_missing(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(TargetError, match="a Worker needs workerd, which is not installed"):
        provide(WORKERD, tmp_path, say=lambda _: None)


def test_a_package_without_a_program_for_this_machine_is_said_to_be_one(tmp_path: Path, cache: Path) -> None:
    _npm(tmp_path, "#!/bin/sh\nexit 0\n")

    with pytest.raises(TargetError, match="has no program for this machine"):
        provide(WORKERD, tmp_path, say=lambda _: None)


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path, cache: Path) -> None:
    _npm(tmp_path, NPM)
    cache.write_text("in the way", encoding="utf-8")

    with pytest.raises(TargetError, match="EDGEPROOF_CACHE"):
        provide(WORKERD, tmp_path, say=lambda _: None)


def test_the_cache_is_where_the_user_keeps_such_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGEPROOF_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")

    assert cache_folder() == Path("/somewhere/edgeproof")
