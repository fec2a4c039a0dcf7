"""The folders of a target, as it sees them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.harness.shell.processes import SERVER, target_file
from tests.harness.shell.target.test_target import failure, names_in, of

pytestmark = pytest.mark.usefixtures("untraced")


async def test_a_built_in_target_runs_in_a_scratch_folder_that_goes_with_it(tmp_path: Path) -> None:
    code = "import os, sys; open('left', 'w').close(); print('in', os.getcwd()); sys.exit(1)"

    told = await failure(target_file(code), tmp_path)

    folder = next(line for line in told.splitlines() if line.startswith("in "))[3:]
    assert "edgeproof-" in folder
    assert names_in(Path(folder).parent, like=Path(folder).name) == []


@pytest.mark.parametrize(
    ("told", "command", "env"), [("sys.argv[2]", ("{kept}",), {}), ("os.environ['KEPT']", (), {"KEPT": "{kept}"})]
)
async def test_one_folder_is_kept_over_restarts_and_gone_behind(
    tmp_path: Path, told: str, command: tuple[str, ...], env: dict[str, str]
) -> None:
    code = (
        f"import os, pathlib, sys; kept = pathlib.Path({told})\n"
        "print('kept', kept, len(list(kept.iterdir())), flush=True)\n"
        "(kept / 'note').touch()\n"
    ) + SERVER
    file = target_file(code)
    file = dataclasses.replace(file, command=(*(file.command or ()), *command), env={**file.env, **env})

    async with of(file, tmp_path) as target:
        await target.restart()
        lines = [line.split() for line in target.tail().splitlines() if line.startswith("kept")]

    assert [count for _, _, count in lines] == ["0", "1"]
    assert len({folder for _, folder, _ in lines}) == 1
    assert not Path(lines[0][1]).exists()  # noqa: ASYNC240 - one look
