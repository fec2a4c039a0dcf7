from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import harness
from harness.shell.load import fleet
from harness.shell.own_path import HOME, with_own_path
from harness.shell.target.targets import load


def test_our_packages_come_before_those_of_whoever_started_us() -> None:
    env = with_own_path({"PYTHONPATH": "/theirs", "HOME": "/home"})

    assert env == {"PYTHONPATH": f"{HOME}{os.pathsep}/theirs", "HOME": "/home"}
    assert Path(harness.__file__).parent.parent == Path(HOME)


@pytest.mark.parametrize("inherited", [{}, {"PYTHONPATH": ""}], ids=["none", "empty"])
def test_no_empty_entry_stands_for_the_current_folder(inherited: dict[str, str]) -> None:
    assert with_own_path(inherited)["PYTHONPATH"] == HOME


def test_the_target_that_comes_with_edgeproof_gets_the_path_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "theirs.toml"
    chat = "[chat]\ndialect = 'openai'\npath = '/'\nmodel = 'm'\n"
    file.write_text(
        f"[target]\nname = 'theirs'\ncommand = ['x', '{{port}}']\nurl = 'http://127.0.0.1:{{port}}'\n{chat}"
    )

    assert load("reference").env["PYTHONPATH"].startswith(HOME)
    assert "PYTHONPATH" not in load(str(file)).env


def test_a_load_generator_started_in_a_folder_with_a_package_of_our_name_is_ours_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text("raise RuntimeError('theirs')\n")

    command = fleet.command("local", "no-such-orders")
    done = subprocess.run(command, cwd=tmp_path, env=fleet.environment(), capture_output=True, text=True, check=False)

    assert "theirs" not in done.stderr
    assert "no-such-orders" in done.stderr
