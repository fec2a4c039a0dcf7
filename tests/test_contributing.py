"""What contributors' tools read: workflows, forms, hooks, the container."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")

_USED = re.compile(r"^\s*(?:- )?uses: *(\S+)(.*)$", re.MULTILINE)
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_VERSION = re.compile(r" # v\d+\.\d+\.\d+")


def read(path: str) -> Any:  # noqa: ANN401 - YAML may be anything
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def actions() -> Iterator[tuple[str, str, str]]:
    for path in [*ROOT.glob("action.yml"), *(ROOT / ".github").rglob("*.yml")]:
        for name, rest in _USED.findall(path.read_text(encoding="utf-8")):
            yield path.name, name, rest


def test_every_action_is_pinned_to_a_commit_and_says_which_version_that_is() -> None:
    strangers = [each for each in actions() if not each[1].startswith("./")]

    assert strangers
    assert [each for each in strangers if not _PINNED.fullmatch(each[1]) or not _VERSION.fullmatch(each[2])] == []


def test_ci_tests_every_python_that_is_promised() -> None:
    promised = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))

    jobs = read(".github/workflows/ci.yml")["jobs"]

    assert jobs["check-and-test"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"
    assert any(step.get("run") == "make wheel" for step in jobs["wheel"]["steps"])


def test_no_workflow_may_write() -> None:
    for path in (ROOT / ".github/workflows").glob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}, path.name


def test_dependabot_looks_after_every_kind_of_dependency_and_every_package_json() -> None:
    updates = {each["package-ecosystem"]: each for each in read(".github/dependabot.yml")["updates"]}
    listing = subprocess.run(
        ["git", "ls-files", "--", "*package.json"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip("this is no git checkout")

    globs = updates["npm"]["directories"]
    folders = [Path("/") / Path(line).parent for line in listing.stdout.splitlines()]

    assert {*updates} == {"pip", "github-actions", "npm"}
    assert folders
    assert [str(folder) for folder in folders if not any(folder.match(glob) for glob in globs)] == []


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_can_be_shown(form: Path) -> None:
    told = yaml.safe_load(form.read_text(encoding="utf-8"))
    fields = [each for each in told["body"] if each["type"] != "markdown"]
    ids = [each["id"] for each in fields]

    assert {"name", "description", "body"} <= {*told}
    assert len({*ids}) == len(ids)
    assert all(each["attributes"]["label"] for each in fields)
    assert {each["type"] for each in fields} <= {"input", "textarea", "dropdown", "checkboxes"}


@pytest.mark.parametrize("form", ["bug", "wrong-verdict"])
def test_who_reports_a_finding_is_asked_for_its_replay_line(form: str) -> None:
    (replay,) = (each for each in read(f".github/ISSUE_TEMPLATE/{form}.yml")["body"] if each.get("id") == "replay")

    assert replay["attributes"]["placeholder"].startswith("edgeproof replay ")
    assert replay["validations"] == {"required": True}


def test_hooks_call_the_tools_of_the_makefile() -> None:
    hooks = [hook for repo in read(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]

    called = [hook["entry"].removeprefix(".venv/bin/").split(" --")[0] for hook in hooks]

    assert called
    assert [each for each in called if each != "make check" and f"$(BIN)/{each}" not in MAKEFILE] == []


def test_the_container_is_built_from_a_file_that_is_there_and_made_ready_by_make() -> None:
    told = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))

    assert (ROOT / ".devcontainer" / told["build"]["dockerfile"]).is_file()
    assert told["postCreateCommand"].startswith("make .venv/.ready")


@pytest.mark.parametrize("file", [".devcontainer/Dockerfile", ".github/workflows/ci.yml"])
def test_whatever_make_would_install_as_root_is_installed_where_it_is_not_root(file: str) -> None:
    lines = re.findall(r"\$\(call system,([a-z- 0-9]+),", MAKEFILE)
    wanted = {name for line in lines for name in line.split()}

    assert {"chromium", "nginx", "nodejs", "postgresql"} < wanted
    assert [name for name in sorted(wanted) if name not in (ROOT / file).read_text(encoding="utf-8")] == []
