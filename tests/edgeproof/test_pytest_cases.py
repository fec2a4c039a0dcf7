from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil
import pytest

from tests.edgeproof.test_judging import MUTANT, TARGET

pytestmark = pytest.mark.acceptance  # each starts processes, or whole environments

PATIENCE_S = 110

OWN = """
import json, urllib.request

def test_own(): pass

def test_fresh(mock_cloudflare):
    assert mock_cloudflare.journal() == []
    mock_cloudflare.fault("http.status(code=503)")

def test_behind(edgeproof_target, mock_cloudflare):
    body = {"model": edgeproof_target.model, "messages": [{"role": "user", "content": "Hello"}]}
    request = urllib.request.Request(edgeproof_target.chat_url, json.dumps(body).encode(), edgeproof_target.headers)
    assert urllib.request.urlopen(request).status == 200
    assert mock_cloudflare.journal(surface="ai")
"""

PRETENDED = """
import edgeproof.pytest_cases

VERDICTS = {
    "streaming.plain": "pass", "streaming.crlf": "info", "json.plain": "non-strict", "json.gzip": "fail",
    "cache.expires": "not-applicable", "cache.callers-apart": "inconclusive", "kv.value-too-old": "harness-error",
}

def case(name):
    finding = {"invariant": "no-loss", "level": "must", "message": "lost"}
    return {
        "id": name, "suite": "conformance", "level": "must", "verdict": VERDICTS.get(name, "pass"), "duration_s": 5,
        "promised": "p", "saw": "s", "cause": "because", "replay": "edgeproof replay " + name, "findings": [finding],
    }

def judge(target, *, cases, **rest):
    told = [case(name) for name in cases.split(",")]
    record = {"verdict": "fail", "target": {"name": "t"}, "seed": 1, "counts": {}, "cases": told}
    return edgeproof.Result.of(record, exit_code=1)

edgeproof.pytest_cases.judge = judge
"""


BREAKING = """
import edgeproof.pytest_cases

def judge(*_, **__):
    raise ZeroDivisionError

edgeproof.pytest_cases.judge = judge
"""


TELLING = """
import pathlib
import edgeproof.pytest_cases

plain = edgeproof.pytest_cases.judge

def judge(*words, on_start, **rest):
    def told(run):
        on_start(run)
        pathlib.Path("started").write_text(str(run.pid))  # a pipe
    return plain(*words, on_start=told, **rest)

edgeproof.pytest_cases.judge = judge
"""


def run(folder: Path, *words: str) -> tuple[int, str, dict[str, ET.Element]]:
    """Run pytest there; return its exit code, what it said, and its test cases by name."""
    quiet = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *quiet, "--strict-markers", "--junitxml", "junit.xml", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    file = folder / "junit.xml"
    cases = ET.parse(file).iter("testcase") if file.exists() else ()  # noqa: S314 - pytest wrote it
    return done.returncode, done.stdout + done.stderr, {each.attrib["name"]: each for each in cases}


def outcome(case: ET.Element) -> str:
    told = [each.tag for each in case if each.tag not in ("properties", "system-out")]
    return told[0] if told else "passed"


ONE_TARGET = ("--edgeproof-options", "--jobs 1")
"""Starting a target takes longer than playing a few cases one by one."""
BESIDE_OWN = "mine or cut-between-events or streaming.plain or cache.expires"


def filled(folder: Path) -> Path:
    (folder / "broken.toml").write_text(TARGET)
    (folder / "test_mine.py").write_text(OWN)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return filled(tmp_path)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[int, str, dict[str, ET.Element]]]:
    """A project whose broken proxy was judged beside tests of its own, what came of it, and the report in `first`."""
    folder = filled(tmp_path_factory.mktemp("judged"))
    words = ("--edgeproof-target", "broken.toml", "-k", BESIDE_OWN, "--edgeproof-report", "first")
    return folder, run(folder, *words, *ONE_TARGET)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_each_verdict_becomes_an_outcome_of_pytest(workers: tuple[str, ...], project: Path) -> None:
    (project / "conftest.py").write_text(PRETENDED)
    wanted = ("streaming.plain", "streaming.crlf", "json.plain", "json.gzip", "cache.expires", "kv.value-too-old")

    code, said, cases = run(project, "--edgeproof-target", "broken.toml", "-m", "edgeproof", *workers)
    found = {name: outcome(cases[name]) for name in wanted}

    assert code == 1, said
    assert found == {
        "streaming.plain": "passed",
        "streaming.crlf": "passed",
        "json.plain": "passed",
        "json.gzip": "failure",
        "cache.expires": "skipped",
        "kv.value-too-old": "error",
    }
    assert outcome(cases["cache.callers-apart"]) == "error"
    assert float(cases["streaming.plain"].attrib["time"]) >= 5
    assert "EdgeproofWarning: json.plain: no-loss: lost" in said
    assert "edgeproof replay json.gzip" in said
    assert "t: fail" in said


def test_a_broken_should_fails_where_that_is_asked_for(project: Path) -> None:
    (project / "conftest.py").write_text(PRETENDED)

    options = ("--edgeproof-target", "broken.toml", "--edgeproof-fail-on", "should")
    code, said, cases = run(project, *options, "broken.toml::json.plain")

    assert code == 1, said
    assert {name: outcome(case) for name, case in cases.items()} == {"json.plain": "failure"}


def test_nothing_is_played_where_no_case_is_selected(project: Path) -> None:
    (project / "conftest.py").write_text("import edgeproof.pytest_cases\nedgeproof.pytest_cases.judge = None\n")

    code, said, cases = run(project, "--edgeproof-target", "broken.toml", "-k", "test_own or test_fresh")
    listed, _, _ = run(project, "--edgeproof-target", "broken.toml", "--collect-only")

    assert (code, listed) == (0, 0), said
    assert {*cases} == {"test_own", "test_fresh"}


def test_options_that_no_shell_could_read_are_told_in_one_line(project: Path) -> None:
    code, said, _ = run(project, "--edgeproof-target", "broken.toml", "--edgeproof-options", "--seed '7")

    assert code == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --edgeproof-options: No closing quotation; put all of them into one pair of quotes" in said
    assert "INTERNALERROR" not in said


def test_workers_do_not_wait_for_a_run_that_broke_off(project: Path) -> None:
    (project / "conftest.py").write_text(BREAKING)

    code, said, _ = run(project, "-n", "1", "--edgeproof-target", "broken.toml", "broken.toml::streaming.plain")

    assert code == 1
    assert "streaming.plain could not be judged: edgeproof broke off" in said


def test_a_file_that_is_not_there_is_told_in_one_line(project: Path) -> None:
    code, said, _ = run(project, "--edgeproof-target", "none.toml")

    assert code == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: --edgeproof-target: there is no file none.toml; `edgeproof init none.toml` writes one" in said


FOUND = {
    "streaming.plain": "passed",
    "endings.cut-between-events-by-fin": "failure",
    "endings.cut-between-events-by-reset": "failure",
    "endings.cut-between-events-cleanly": "failure",
    "cache.expires": "skipped",
    "cache.expires-for-streams": "skipped",
    "test_own": "passed",
    "test_fresh": "passed",
    "test_behind": "passed",
}


def test_a_broken_proxy_fails_its_cases_beside_tests_of_ones_own(
    judged: tuple[Path, tuple[int, str, dict[str, ET.Element]]],
) -> None:
    _, (code, said, cases) = judged

    assert code == 1, said
    assert {name: outcome(case) for name, case in cases.items()} == FOUND


def test_workers_of_xdist_tell_the_same(project: Path) -> None:
    code, said, cases = run(project, "--edgeproof-target", "broken.toml", "-k", BESIDE_OWN, "-n", "2", *ONE_TARGET)

    assert code == 1, said
    assert {name: outcome(case) for name, case in cases.items()} == FOUND


def test_what_a_baseline_knows_is_expected_to_fail_and_what_is_new_fails(
    judged: tuple[Path, tuple[int, str, dict[str, ET.Element]]],
) -> None:
    folder, _ = judged
    chosen = ("--edgeproof-target", "broken.toml", "broken.toml", "-k", "cut-between-events or streaming.plain")
    knowing = (*chosen, "--edgeproof-options", "--jobs 1 --baseline known.toml")
    edgeproof = (sys.executable, "-m", "edgeproof", "baseline", "write", "first/results.json", "known.toml")
    subprocess.run(edgeproof, cwd=folder, check=True, capture_output=True)

    code, said, cases = run(folder, *knowing)

    assert code == 0, said
    assert outcome(cases["streaming.plain"]) == "passed"
    assert "the baseline knows it" in cases["endings.cut-between-events-by-fin"][-1].attrib["message"]

    known = folder / "known.toml"
    kept = [each for each in known.read_text().split("[[") if "by-fin" not in each]
    known.write_text("[[".join(kept))
    code, said, cases = run(folder, *knowing)

    assert code == 1, said
    assert outcome(cases["endings.cut-between-events-by-fin"]) == "failure"


@pytest.mark.acceptance
@pytest.mark.parametrize(("workers", "code"), [((), pytest.ExitCode.USAGE_ERROR), (("-n", "1"), 1)])
def test_a_proxy_that_does_not_start_is_an_error(workers: tuple[str, ...], code: int, project: Path) -> None:
    (project / "broken.toml").write_text(TARGET.replace(MUTANT, "no-such-defect"))

    found, said, _ = run(project, "--edgeproof-target", "broken.toml", "-k", "streaming.plain", *workers)

    assert found == code, said
    assert "no mutant is called 'no-such-defect'" in said


@pytest.mark.acceptance
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_session_that_is_interrupted_ends_the_run(workers: tuple[str, ...], project: Path) -> None:
    (project / "conftest.py").write_text(TELLING)
    os.mkfifo(project / "started")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--edgeproof-target", "broken.toml", *workers]
    with subprocess.Popen([*command, "-m", "edgeproof"], cwd=project, stdout=subprocess.PIPE, text=True) as session:
        judging = psutil.Process(int((project / "started").read_text()))

        session.send_signal(signal.SIGINT)
        said, _ = session.communicate(timeout=PATIENCE_S)

    assert session.returncode == pytest.ExitCode.INTERRUPTED, said
    assert not judging.is_running()
