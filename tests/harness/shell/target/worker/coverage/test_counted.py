"""A Worker made ready to count: what is told before anything is run. The rest is tested on workerd."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.target.file import Chat, TargetFile
from harness.errors import TargetError, UsageError
from harness.shell.target.worker.coverage import counted as counting
from harness.shell.target.worker.coverage.counted import counted
from harness.shell.target.worker.tools import ESBUILD, Tool


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TargetFile:
    """A Worker; its tools lie in a cache, and esbuild in its project has no package around it."""

    def provided(tool: Tool, start: Path, *, say: object) -> Path:
        return tmp_path / ("project" if tool.own else "cache") / "node_modules" / tool.path

    monkeypatch.setattr(counting, "provide", provided)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    (tmp_path / "wrangler.jsonc").write_text(
        '{ "main": "src/index.ts", "compatibility_date": "2026-11-01" }', encoding="utf-8"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "index.ts").write_text("export default {}\n", encoding="utf-8")
    return TargetFile(
        name="mine", worker="wrangler.jsonc", chat=Chat(dialect="openai", path="/", model="m"), here=str(tmp_path)
    )


def _package(folder: Path, name: str, version: str) -> None:
    (folder / name / "lib").mkdir(parents=True)
    (folder / name / "lib" / "main.js").touch()
    (folder / name / "package.json").write_text(json.dumps({"version": version}), encoding="utf-8")


def _esbuild(modules: Path, *, binary: str, package: str) -> None:
    """Lay out esbuild as npm does: the binary in a package of its own, and what calls it beside that."""
    _package(modules, str(Path(ESBUILD.path).parents[1]), binary)
    _package(modules, "esbuild", package)


def test_a_source_that_is_no_folder_is_told_with_its_place(target: TargetFile, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"target\.source names lib, which is not a folder") as refused:
        counted(replace(target, source=("src", "lib")), say=print)

    assert str(tmp_path / "lib") in str(refused.value)


def test_without_node_it_is_said_what_is_missing(target: TargetFile, tmp_path: Path) -> None:
    _esbuild(tmp_path / "project" / "node_modules", binary="1.0.0", package="1.0.0")

    with pytest.raises(TargetError, match=r"the coverage of a Worker needs Node\.js, which is not installed"):
        counted(target, say=print)


def test_a_package_of_another_version_than_its_binary_is_not_taken(target: TargetFile, tmp_path: Path) -> None:
    _esbuild(tmp_path / "project" / "node_modules", binary="1.0.0", package="1.0.1")

    with pytest.raises(TargetError, match="needs esbuild's own package, which is incomplete"):
        counted(target, say=print)

    _esbuild(tmp_path / "cache" / "node_modules", binary="2.0.0", package="2.0.0")
    with pytest.raises(TargetError, match=r"needs Node\.js"):
        counted(target, say=print)
