"""`edgeproof replay FILE`, and failures that stay with the folder of a run."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from fault_injection.families import sse_ends
from harness.core.judging.failures import content_name
from scenarios.case import Step, Upstream
from scenarios.case_file import KeptCase, found_case, show_case
from tests.harness.cli.conftest import Edgeproof
from tests.harness.cli.running.test_run import wrong_target

pytestmark = pytest.mark.usefixtures("untraced")

CUT = Upstream(faults=(sse_ends.Truncate(after=2, end="clean"),), must_strike=False)
KEPT = KeptCase(
    case=found_case("search.0123456789", [Step()], [CUT]), seed=3, invariant="no-laundering", seen="it looked whole"
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "failure.toml"
    path.write_text(show_case(KEPT))
    return path


def test_a_failure_that_is_still_there_fails_again(edgeproof: Edgeproof, kept: Path, tmp_path: Path) -> None:
    outcome = edgeproof("replay", str(kept), "--target", str(wrong_target(tmp_path)), "--json")

    (case,) = json.loads(outcome.out)["cases"]
    assert outcome.code == 1
    assert (case["id"], case["verdict"]) == ("search.0123456789", "fail")
    assert "no-laundering" in {finding["invariant"] for finding in case["findings"]}
    assert shlex.split(case["replay"])[:3] == ["edgeproof", "replay", str(kept)]


def test_a_failure_that_is_gone_is_told_as_fixed(edgeproof: Edgeproof, kept: Path) -> None:
    outcome = edgeproof("replay", str(kept), "--json")

    record = json.loads(outcome.out)
    assert outcome.code == 0
    assert record["seed"] == 3
    assert record["cases"][0]["saw"].startswith("fixed: it no longer fails. It was no-laundering")


@pytest.mark.parametrize(
    ("content", "said"), [("[[step]]\npase = 1\n", "did you mean 'pause'?"), (None, "cannot be read: No such file")]
)
def test_a_file_that_is_no_case_is_one_line_and_exit_2(
    content: str | None, said: str, edgeproof: Edgeproof, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    if content:
        path.write_text(content)

    outcome = edgeproof("replay", str(path))

    assert outcome.code == 2
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_a_broken_file_in_the_folder_of_a_run_ends_it_before_it_starts(edgeproof: Edgeproof, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "regressions"
    folder.mkdir(parents=True)
    (folder / "one.toml").write_text("step = 1\n")

    outcome = edgeproof("run", "--suite", "properties", "--out", "out")

    assert outcome.code == 2
    assert "out/regressions/one.toml" in outcome.err


def test_a_replay_shows_the_wire_and_what_the_target_said(edgeproof: Edgeproof, tmp_path: Path) -> None:
    outcome = edgeproof("replay", "endings.cut-between-events-by-fin", "--seed", "7", "-t", str(wrong_target(tmp_path)))

    told = outcome.out.partition("Wire log")[2]
    assert outcome.code == 1
    assert "fault     sse.truncate(after=4" in told
    assert "client 1" in told
    assert "upstream 1" in told
    assert "Target's log  edgeproof-replay/logs/conformance/1/target.log" in told


def test_a_failure_that_a_search_found_keeps_its_name(edgeproof: Edgeproof, tmp_path: Path) -> None:
    name = f"no-laundering-{content_name(KEPT.case)}"
    (tmp_path / f"{name}.toml").write_text(show_case(KEPT))

    outcome = edgeproof("replay", f"{name}.toml", "--target", str(wrong_target(tmp_path)), "--json")

    (case,) = json.loads(outcome.out)["cases"]
    assert (outcome.code, case["id"]) == (1, f"found.{name}")
