"""The target files of proxies that people use: they can be read, and what they start from is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from reports.record import read

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "targets"
FILES = sorted(FOLDER.glob("*/target.toml"))
README = (FOLDER / "README.md").read_text(encoding="utf-8")
LEAGUE = [sys.executable, str(FOLDER / "league.py")]


def _started_from(target: TargetFile) -> list[str]:
    words = [word for word in target.command or () if word.startswith("{here}/")]
    return [word.removeprefix("{here}/") for word in words] + ([target.worker] if target.worker else [])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_target_file_can_be_read_and_names_its_own_folder(file: Path) -> None:
    target = load(str(file))

    assert target.name == file.parent.name
    assert target.capabilities.streaming


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_what_a_target_is_started_from_is_there(file: Path) -> None:
    named = _started_from(load(str(file)))

    assert named
    assert [name for name in named if not (file.parent / name).is_file()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_the_readme_says_how_it_is_installed_and_what_was_found(file: Path) -> None:
    rows = [line for line in README.splitlines() if line.startswith(f"| [{file.parent.name}]")]

    assert len(rows) == 1
    assert re.search(r"`(apt-get|npm|pip) install [^`]+`|comes with edgeproof", rows[0])
    assert re.search(r"\d+\.\d+", rows[0])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_configuration_names_only_what_can_be_filled_in(file: Path) -> None:
    known = {"PORT", "UPSTREAM", "HOST", "ACCOUNT", "TOKEN", "FOLDER", "CONFIG", "LEAGUE"}
    texts = [each.read_text(encoding="utf-8") for each in file.parent.iterdir() if each.suffix != ".jsonc"]

    assert {name for text in texts for name in re.findall("@([A-Z]+)@", text)} <= known


def test_a_product_that_does_not_exist_is_one_line_and_exit_2() -> None:
    done = subprocess.run([*LEAGUE, "--only", "ngnix"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "there is no ngnix; there are: nginx, " in done.stderr


@pytest.mark.acceptance
def test_one_command_judges_proxies_and_makes_their_page(tmp_path: Path) -> None:
    """With what CI installs anyway: Debian's nginx, and workerd for the tests of Workers."""
    only = ["--only", "nginx,workerd", "--case", "streaming.tool-call,json.o*,endings.cut-between-events-by-reset"]

    done = subprocess.run([*LEAGUE, *only, "--out", str(tmp_path)], capture_output=True, text=True, check=False)

    page = (tmp_path / "league.html").read_text(encoding="utf-8")
    versions = {name: read(tmp_path / name / "results.json").target.version for name in ("nginx", "workerd")}
    assert done.returncode == 0, done.stderr
    assert all(re.fullmatch(r"\d+(\.\d+)+", version) for version in versions.values())
    assert all(f"{version} ·" in page for version in versions.values())
    assert json.loads((tmp_path / "nginx" / "results.json").read_text(encoding="utf-8"))["counts"]["fail"] == 0
