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
    async with Lane(target, seed=1, logs=folder / "logs", extra_env=cover.env) as lane:
        await Asker(lane, seed=1).check_wiring()
        if kill:
            await _wait_until_written(folder / "coverage" / "raw")
            assert lane.pid is not None
            os.kill(lane.pid, signal.SIGKILL)
    return _by_path(await cover.collect())


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


@on_one_loop
@pytest.mark.parametrize("kill", [False, True])
async def test_a_python_target_is_measured_also_when_it_is_killed(kill: bool, tmp_path: Path) -> None:
    files = await measured(load("reference"), tmp_path, kill=kill)

    assert files["relay.py"].percent > 40
    assert 0 < len(files["breaker.py"].missed) < files["breaker.py"].lines
    assert {"coverage.xml", "coverage.json", "coverage.lcov", "html"} <= {
        each.name for each in (tmp_path / "coverage").iterdir()
    }


@on_one_loop
async def test_a_file_that_is_never_imported_counts_where_the_source_is_named(tmp_path: Path) -> None:
    app = tmp_path / "tests" / "targets"
    shutil.copytree(TARGETS, app)
    (app.parent / "__init__.py").touch()  # a regular package, so that it comes before that of the repository
    (app / "unused.py").write_text("def unused() -> int:\n    return 1\n")

    target = load(str(app / "right-pipe.toml"))
    named, unnamed = replace(target, source=(".",)), replace(target, source=())

    files, loaded = await measured(named, tmp_path / "named"), await measured(unnamed, tmp_path / "unnamed")

    assert files["unused.py"].missed == (1, 2)
    assert files["pipe.py"].percent > 50
    assert "unused.py" not in loaded
    assert loaded["pipe.py"].percent > 50


@on_one_loop
async def test_a_sitecustomize_of_the_target_is_run_as_well(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    target = load("reference")
    target = replace(target, env={**target.env, "PYTHONPATH": f"{tmp_path}{os.pathsep}{target.env['PYTHONPATH']}"})

    files = await measured(target, tmp_path)

    assert (tmp_path / "ran").exists()
    assert files["relay.py"].percent > 40


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
async def test_ruins_of_a_process_that_was_killed_as_it_wrote_spoil_nothing(tmp_path: Path) -> None:
    cover = TargetCoverage(load("reference"), tmp_path / "coverage")
    async with Lane(load("reference"), seed=1, logs=tmp_path, extra_env=cover.env) as lane:
        await Asker(lane, seed=1).check_wiring()
    raw = tmp_path / "coverage" / "raw"
    whole = next(raw.glob("python.*.kept")).read_bytes()
    (raw / "python.half").write_bytes(whole[: len(whole) // 2])
    (raw / "python.text").write_bytes(b"no database")

    assert _by_path(await cover.collect())["relay.py"].percent > 40


@on_one_loop
async def test_a_target_that_writes_nothing_is_unknown(tmp_path: Path) -> None:
    cover = TargetCoverage(load("reference"), tmp_path)

    assert cover.env["NODE_OPTIONS"]
    assert await cover.collect() == ()


def test_who_measures_edgeproof_does_not_measure_its_target(tmp_path: Path) -> None:
    env = TargetCoverage(load("reference"), tmp_path).env

    assert (env["COVERAGE_PROCESS_START"], env["COVERAGE_PROCESS_CONFIG"]) == ("", "")
