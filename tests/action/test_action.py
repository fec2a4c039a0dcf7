"""The action, by its own workflow: each job is run here, step by step."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.action.conftest import ready
from tests.action.runner import ROOT, Job, commands, read
from tests.reports.ci.schemas import sarif_validator
from tests.reports.ci.test_github import read as annotated

WORKFLOW = read(ROOT / ".github/workflows/action.yml")
ACTION = read(ROOT / "action.yml")


@pytest.fixture(scope="module", params=["right", "broken"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, untraced: None) -> tuple[str, Job]:
    job = ready(tmp_path_factory.mktemp(request.param))
    job.play(WORKFLOW["jobs"][request.param]["steps"])
    return request.param, job


def test_the_job_finds_what_it_wants_of_the_proxy(played: tuple[str, Job]) -> None:
    name, job = played

    assert not job.has_failed, job.log
    assert job.ended_with["Gate"] == (1 if name == "broken" else 0)
    assert job.steps["edgeproof"]["outputs"]["verdict"] == ("fail" if name == "broken" else "pass")


def test_the_reports_are_uploaded_whatever_the_verdict_is(played: tuple[str, Job]) -> None:
    name, job = played
    uploads = [used.given for used in job.used if used.uses.startswith("actions/upload-artifact@")]

    assert uploads == [{"name": name, "path": "edgeproof-report"}]
    assert {path.name for path in (job.workspace / "edgeproof-report").iterdir()} >= {
        "index.html",
        "results.sarif",
        "failures.har",
        "badge.json",
    }


def test_the_summary_begins_with_the_verdict_and_its_problems(played: tuple[str, Job]) -> None:
    name, job = played

    if name == "right":
        assert job.summary.startswith("## edgeproof: PASS for reference\n")
    else:
        assert job.summary.startswith("## edgeproof: FAIL for broken-proxy\n")
        assert 0 < job.summary.index("1 problem (1 must)") < job.summary.index("#### no-laundering: endings.")


def test_annotations_point_at_the_claim_in_the_target_file(played: tuple[str, Job]) -> None:
    name, job = played
    found = annotated("\n".join(commands(job.log)))

    errors = [each for each in found if each.kind == "error"]
    assert bool(errors) is (name == "broken")
    for each in errors:
        lines = (ROOT / each.properties["file"]).read_text(encoding="utf-8").splitlines()
        assert lines[int(each.properties["line"]) - 1] == "streaming = true"


def test_what_is_uploaded_to_code_scanning_is_sarif_with_places_that_exist(played: tuple[str, Job]) -> None:
    name, job = played
    log = json.loads((job.workspace / "edgeproof-report/results.sarif").read_text(encoding="utf-8"))

    sarif_validator().validate(log)
    places = [each["locations"][0]["physicalLocation"] for each in log["runs"][0]["results"]]
    assert bool(places) is (name == "broken")
    for each in places:
        lines = (ROOT / each["artifactLocation"]["uri"]).read_text(encoding="utf-8").splitlines()
        assert 1 <= each["region"]["startLine"] <= len(lines)


def test_a_run_that_cannot_begin_is_told_and_fails_the_job(job: Job, untraced: None) -> None:
    job.play([{"id": "edgeproof", "uses": "./", "with": {"target": "no%such.toml", "code-scanning": True}}])

    outputs = job.steps["edgeproof"]["outputs"]
    assert job.has_failed or job.steps["edgeproof"]["outcome"] == "failure"
    assert (outputs["verdict"], outputs["exit-code"], outputs["problems"], job.ended_with["Gate"]) == (
        "error",
        "2",
        "",
        2,
    )
    assert commands(job.log)[-1].startswith("::error title=edgeproof::there is no target 'no%25such.toml'")
    assert job.summary == "## edgeproof: could not run (exit code 2)\n"
    assert [used.uses.partition("@")[0] for used in job.used] == ["actions/setup-python"]


@pytest.mark.acceptance
def test_inputs_reach_the_run(job: Job, untraced: None) -> None:
    given = {
        "cases": "streaming.plain",
        "seed": 11,
        "args": "--jobs 1 --fail-on should",
        "out": "reports of mine",
        "python-version": "",
        "artifact": "",
        "code-scanning": True,
        "annotate": False,
    }

    job.play([{"id": "edgeproof", "uses": "./", "with": given}])

    (upload,) = job.used
    record = json.loads((job.workspace / "reports of mine/results.json").read_text(encoding="utf-8"))
    assert (record["seed"], record["profile"], record["gate"]["fail_on"]) == (11, "ci", "should")
    assert [case["id"] for case in record["cases"]] == ["streaming.plain"]
    assert upload.uses.startswith("github/codeql-action/upload-sarif@")
    assert (job.workspace / upload.given["sarif_file"]).is_file()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("--jobs 1 --out elsewhere", "args cannot hold --out: use the input out"),
        ("--out=elsewhere", "args cannot hold --out: use the input out"),
        ("--format sarif", "args cannot hold --format: the action always writes every format"),
        ("--format=har", "args cannot hold --format"),
    ],
)
def test_a_flag_that_would_hide_the_reports_from_the_action_is_refused(args: str, said: str, job: Job) -> None:
    job.play([{"id": "edgeproof", "uses": "./", "with": {"args": args}}])

    (error,) = annotated("\n".join(commands(job.log)))
    assert said in error.data
    assert said in job.summary
    assert job.steps["edgeproof"]["outputs"]["verdict"] == "error"
    assert job.ended_with["Gate"] == 2
    assert not (job.workspace / "edgeproof-report").exists()


def test_every_input_is_used_and_every_setting_is_one_of_edgeproof() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    settings = {
        name for step in ACTION["runs"]["steps"] for name in step.get("env", {}) if name.startswith("EDGEPROOF_")
    }
    options = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "harness/cli").glob("*options.py"))

    assert {name for name in ACTION["inputs"] if f"inputs.{name}" not in text} == set()
    assert {name for name in settings if f'envvar="{name}"' not in options} == set()


@pytest.mark.parametrize("file", ["action.yml", ".github/workflows/action.yml", "docs/guides/ci.md"])
def test_an_action_of_somebody_else_is_pinned_by_its_commit_and_says_its_version(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    uses = [line.partition("uses:")[2].strip() for line in lines if "uses:" in line]
    others = [each for each in uses if not each.startswith(("./", "OWNER/"))]

    assert others
    assert [each for each in others if not re.fullmatch(r"[\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_the_same_action_is_pinned_to_the_same_commit_everywhere() -> None:
    files = (ROOT / "action.yml", ROOT / "docs/guides/ci.md", *(ROOT / ".github/workflows").glob("*.yml"))
    pins = {
        (found[1], found[2])
        for path in files
        for found in re.finditer(r"uses: ([\w-]+/[\w/-]+)@([0-9a-f]{40})", path.read_text(encoding="utf-8"))
    }

    assert len({name for name, _ in pins}) == len(pins)


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_edgeproof_is_installed_from_the_actions_own_checkout(tmp_path: Path) -> None:
    job = ready(tmp_path)
    venv = job.temp / "edgeproof"
    (venv / "bin" / "edgeproof").unlink()

    job.play([{"uses": "./", "with": {"cases": "streaming.plain", "artifact": ""}}])

    assert job.ended_with == {"Install edgeproof": 0, "Judge": 0, "Gate": 0}, job.log
    assert not (venv / "bin" / "edgeproof").is_symlink()
    assert not (venv / "bin" / "ruff").exists()
