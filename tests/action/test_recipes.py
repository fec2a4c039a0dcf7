"""The recipes for other CIs, run as they stand; and all that GitHub and GitLab read, against their schemas."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.core import TyperGroup
from typer.main import get_command

from harness.cli.app import app
from tests.action.runner import ROOT, Job, read
from tests.reports.ci.schemas import action_validator, gitlab_validator, workflow_validator

GITLAB = read(ROOT / "examples/ci/gitlab-ci.yml")["edgeproof"]
GUIDE = (ROOT / "docs/guides/ci.md").read_text(encoding="utf-8")
FEW = {"EDGEPROOF_CASE": "streaming.plain"}


def run(*command: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EDGEPROOF_")}
    return subprocess.run(
        command, cwd=cwd, env={**kept, **env}, capture_output=True, text=True, check=False, timeout=110
    )


def target_in(folder: Path) -> str:
    """Write the target file of a correct proxy, and return its name."""
    text = (ROOT / ".github/action/broken-proxy.toml").read_text(encoding="utf-8")
    text = text.replace('"--defect", "always-done",', "").replace("{here}/../..", str(ROOT))
    (folder / "my-proxy.toml").write_text(text, encoding="utf-8")
    return "my-proxy.toml"


def test_the_gitlab_job_leaves_what_it_says_are_its_artifacts(job: Job, untraced: None) -> None:
    folder = job.temp
    target_in(folder)
    (folder / ".edgeproof").symlink_to(job.temp / "edgeproof")

    done = run("sh", "-ec", "\n".join(GITLAB["script"]), cwd=folder, **FEW, **GITLAB["variables"])

    assert done.returncode == 0, done.stderr
    artifacts = GITLAB["artifacts"]
    assert [
        path for path in (*artifacts["paths"], *artifacts["reports"].values()) if not (folder / path).exists()
    ] == []
    dotenv = (folder / artifacts["reports"]["dotenv"]).read_text(encoding="utf-8")
    assert re.fullmatch(r"(\w+=[\w.-]+\n)+", dotenv)
    assert json.loads((folder / "edgeproof-report/results.json").read_text(encoding="utf-8"))["seed"] == 7


@pytest.mark.acceptance
def test_the_plain_gate_takes_the_baseline_that_lies_there(job: Job, untraced: None) -> None:
    folder = job.temp
    gate = (str(ROOT / "examples/ci/gate.sh"), target_in(folder))
    (folder / "edgeproof-baseline.toml").write_text('schema = "edgeproof.baseline/1"\n', encoding="utf-8")

    done = run(*gate, cwd=folder, EDGEPROOF_VENV=str(job.temp / "edgeproof"), **FEW)

    record = json.loads((folder / "edgeproof-report/results.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stderr
    assert (record["seed"], record["profile"], record["gate"]["baseline"]["known"]) == (7, "ci", [])


def test_neither_recipe_installs_anything_that_nobody_named(tmp_path: Path) -> None:
    gate = run(str(ROOT / "examples/ci/gate.sh"), cwd=tmp_path)
    job = run("sh", "-ec", GITLAB["before_script"][0], cwd=tmp_path)

    assert (gate.returncode, job.returncode) == (2, 2)
    assert "set EDGEPROOF_PACKAGE to what pip installs" in gate.stderr
    assert "Set the CI/CD variable EDGEPROOF_PACKAGE" in job.stdout
    assert [*tmp_path.iterdir()] == []


def test_every_flag_of_a_run_but_the_dangerous_one_has_a_variable_of_its_name() -> None:
    verbs = get_command(app(["run"]))
    assert isinstance(verbs, TyperGroup)
    options = [
        each
        for each in verbs.commands["run"].params
        if each.opts[0].startswith("--") and not getattr(each, "hidden", False)
    ]
    named = {each.opts[0]: each.envvar for each in options}

    assert named.pop("--i-own-this-target") is None
    assert named == {flag: f"EDGEPROOF_{flag[2:].upper().replace('-', '_')}" for flag in named}


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_fulfils_the_schema(path: Path) -> None:
    workflow_validator().validate(_as_json(path.read_text(encoding="utf-8")))


def test_the_action_fulfils_the_schema() -> None:
    action_validator().validate(_as_json((ROOT / "action.yml").read_text(encoding="utf-8")))


def test_the_job_of_gitlab_fulfils_the_schema() -> None:
    gitlab_validator().validate(_as_json((ROOT / "examples/ci/gitlab-ci.yml").read_text(encoding="utf-8")))


def test_the_workflow_of_the_guide_fulfils_the_schema_and_gives_inputs_that_there_are() -> None:
    (workflow,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    told = _as_json(workflow)

    workflow_validator().validate(told)
    given = [step.get("with", {}) for step in told["jobs"]["edgeproof"]["steps"]]
    assert {name for each in given for name in each} == {"target", "code-scanning"}
    assert {name for each in given for name in each} <= {*read(ROOT / "action.yml")["inputs"]}


def test_the_guide_and_the_job_of_gitlab_name_no_flag_that_is_not_there() -> None:
    verbs = get_command(app(["run"]))
    assert isinstance(verbs, TyperGroup)
    parameters = verbs.commands["run"].params
    shown = {name for each in parameters for name in each.opts}
    settings = {str(each.envvar) for each in parameters}
    flags = {flag for line in re.findall(r"edgeproof run [^\n`]*", GUIDE) for flag in re.findall(r"--[a-z-]+", line)}

    assert flags
    assert flags - shown == set()
    assert {*GITLAB["variables"]} - settings == set()


def _as_json(text: str) -> dict[str, Any]:
    """Read YAML 1.2, in which `on` is a word, as GitHub does."""
    loaded: dict[str, Any] = yaml.load(text, Loader=_Yaml)  # noqa: S506 - a safe loader with fewer booleans
    return loaded


class _Yaml(yaml.SafeLoader):
    """The safe loader without the words that only YAML 1.1 takes for booleans."""


_Yaml.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not (tag.endswith(":bool") and first in "yYnNoO")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
