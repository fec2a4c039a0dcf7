"""The code of real targets is measured: one in Python, one in Node, ended politely and killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.target.coverage import FileCoverage
from harness.core.target.file import TargetFile
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from harness.shell.target.coverage import TargetCoverage
from harness.shell.target.targets import load

on_one_loop = pytest.mark.asyncio(loop_factories=["uvloop"])
"""Another process is measured, whatever runs our loop."""

TARGETS = Path(__file__).parents[3] / "targets"


async def measured(target: TargetFile, folder: Path, *, kill: bool = False) -> dict[str, FileCoverage]:
    cover = TargetCoverage(target, folder / "coverage")
    await asked(target, cover, kill=kill)
    return _by_path(await cover.collect())


async def asked(target: TargetFile, cover: TargetCoverage, *, kill: bool = False) -> None:
    async with Lane(target, seed=1, logs=cover.folder.parent / "logs", extra_env=cover.env) as lane:
        await Asker(lane, seed=1).check_wiring()
        if kill:
            await _wait_until_written(cover.folder / "raw")
            assert lane.pid is not None
            os.kill(lane.pid, signal.SIGKILL)


async def _wait_until_written(raw: Path) -> None:
    """Wait until the process has written all that it has run so far."""

    def written() -> set[tuple[str, int]]:
        with contextlib.suppress(FileNotFoundError):  # one was replaced just now
            files = (*raw.glob("*.kept"), *raw.glob("v8/coverage-*.json"))
            return {(str(each), each.stat().st_mtime_ns) for each in files}
        return written()

    for _ in range(2):  # the first may have begun before the question was answered
        before = written()
        while written() == before:  # noqa: ASYNC110 - a file raises no event
            await asyncio.sleep(0.01)


def _by_path(files: Sequence[FileCoverage]) -> dict[str, FileCoverage]:
    return {Path(each.path).name: each for each in files}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A small target in Python with a file that is never imported."""
    folder = tmp_path / "app"
    folder.mkdir()
    for name in ("aiohttp.toml", "aiohttp_proxy.py"):
        shutil.copy(TARGETS / "plain" / name, folder)
    (folder / "unused.py").write_text("def unused() -> int:\n    return 1\n")
    return folder


@on_one_loop
async def test_a_python_target_is_measured_beside_its_own_sitecustomize_and_whatever_ruins_lie_there(
    app: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    target = load(str(app / "aiohttp.toml"))
    target = replace(target, source=(".",), env={**target.env, "PYTHONPATH": str(tmp_path)})
    cover = TargetCoverage(target, tmp_path / "coverage")
    await asked(target, cover)
    raw = tmp_path / "coverage" / "raw"
    whole = next(raw.glob("python.*.kept")).read_bytes()
    (raw / "python.half").write_bytes(whole[: len(whole) // 2])  # its process was killed as it wrote
    (raw / "python.text").write_bytes(b"no database")

    files = _by_path(await cover.collect())

    assert (tmp_path / "ran").exists()
    assert 40 < files["aiohttp_proxy.py"].percent < 100
    assert 0 < len(files["aiohttp_proxy.py"].missed) < files["aiohttp_proxy.py"].lines
    assert files["unused.py"].missed == (1, 2)  # where the source is named, what is never imported counts
    assert {"coverage.xml", "coverage.json", "coverage.lcov", "html"} <= {
        each.name for each in (tmp_path / "coverage").iterdir()
    }


@on_one_loop
async def test_a_python_target_is_measured_also_when_it_is_killed_and_by_what_it_loads_where_no_source_is_named(
    app: Path, tmp_path: Path
) -> None:
    files = await measured(load(str(app / "aiohttp.toml")), tmp_path, kill=True)

    assert files["aiohttp_proxy.py"].percent > 40
    assert "unused.py" not in files


@on_one_loop
@pytest.mark.skipif(shutil.which("npx") is None, reason="Node is not installed here")
@pytest.mark.timeout(180)
@pytest.mark.parametrize("kill", [False, True])
async def test_a_node_target_is_measured_also_when_it_is_killed(kill: bool, tmp_path: Path) -> None:
    target = replace(load(str(TARGETS / "node" / "right-node.toml")), source=() if kill else (".",))

    files = await measured(target, tmp_path, kill=kill)

    assert files["pipe.js"].percent > 70
    assert files["words.js"].percent < 70
    assert ("never.js" in files) is not kill  # a file that is never loaded counts where the source is named
    assert (tmp_path / "coverage" / "node" / "cobertura-coverage.xml").exists()


@on_one_loop
async def test_a_target_that_writes_nothing_is_unknown(tmp_path: Path) -> None:
    cover = TargetCoverage(load("reference"), tmp_path)

    assert cover.env["NODE_OPTIONS"]
    assert await cover.collect() == ()


def test_who_measures_edgeproof_does_not_measure_its_target(tmp_path: Path) -> None:
    env = TargetCoverage(load("reference"), tmp_path).env

    assert (env["COVERAGE_PROCESS_START"], env["COVERAGE_PROCESS_CONFIG"]) == ("", "")
