"""The wheel, installed beside a project whose packages are named like those of edgeproof."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.edgeproof.test_judging import TARGET

pytestmark = pytest.mark.acceptance  # each starts processes, or whole environments

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("reports", "scenarios", "harness", "fault_injection", "tests")
SOME_CASES = ("--suite", "conformance", "--case", "streaming.plain,json.plain", "--seed", "7")
PATIENCE_S = 110

THEIR_TESTS = """
import importlib, pathlib, sys
import pytest

HERE = pathlib.Path(__file__).parents[1]

@pytest.mark.parametrize("name", ["reports", "scenarios", "harness", "fault_injection", "tests"])
def test_a_package_of_this_name_is_our_own(name):
    module = importlib.import_module(name)
    assert pathlib.Path(module.__file__).parent == HERE / name
    assert not [each for each in sys.modules if each.startswith(name + ".") and each != "tests.test_theirs"]

@pytest.mark.leak_check(rounds=6)
def test_nothing_leaks(): pass

def test_the_probe_is_there(leak_probe):
    leak_probe.check(lambda: None, rounds=6)

def test_the_mock_answers(mock_cloudflare):
    with mock_cloudflare.fault("http.status(code=503)"):
        assert mock_cloudflare.journal() == []
    assert not any("_site" in each for each in sys.path)
"""

STARTED = """
import json, os, pathlib, sys
told = {"path": sys.path, "found": []}
for name in ("reports", "scenarios", "harness", "fault_injection"):
    try:
        told["found"].append(__import__(name).__file__)
    except ModuleNotFoundError:
        pass
pathlib.Path(__file__).with_name("told.json").write_text(json.dumps(told))
os.execv(sys.executable, [sys.executable, "-m", "edgeproof", "proxy", *sys.argv[1:]])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this repository, built offline."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *quiet, "--wheel-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def beside(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it; what it depends on comes from the one that runs this."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *quiet, wheel], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return folder / "bin"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Somebody's project, with packages that have the names of ours."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "tests" / "test_theirs.py").write_text(THEIR_TESTS)
    return tmp_path


def started(
    *command: str | Path, cwd: Path, env: Mapping[str, str | Path] | None = None, code: int | None = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder that is on the path of Python's modules as well; see that it ends with this code."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("EDGEPROOF_", "COVERAGE_"))}
    own["PIP_NO_COMPILE"] = "1"  # half the time of installing, for modules that nobody imports here
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**own, "PYTHONPATH": str(cwd), **{name: str(value) for name, value in (env or {}).items()}},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert code is None or done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done


def test_the_wheel_installs_one_name_and_every_file_that_is_needed(wheel: Path) -> None:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    if listing.returncode:
        pytest.skip("this is no git checkout")
    tracked = {name for name in listing.stdout.split("\0") if (ROOT / name).is_file() and not name.endswith(".md")}
    needed = {name for name in tracked if name.startswith("edgeproof/")}
    needed |= {f"edgeproof/_site/{name}" for name in tracked if name.partition("/")[0] in {*NAMES} - {"tests"}}

    files = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert {name.partition("/")[0] for name in files} == {"edgeproof"}
    assert needed - files == set()
    assert "edgeproof/_site/reports/results.schema.json" in files


THEIR_PROGRAM = """
import edgeproof

def survives(mock: edgeproof.MockCloudflare) -> bool:
    with mock.fault("sse.truncate(after=3)"):
        return edgeproof.judge({target}, cases="streaming.*").ok
"""


def test_a_program_that_uses_it_is_type_checked_against_its_own_types(wheel: Path, tmp_path: Path) -> None:
    site_packages = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(site_packages)
    mypy = (sys.executable, "-m", "mypy", "--strict", "--num-workers", "0", "--cache-dir", tmp_path / "cache")
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\nPYTHONPATH='{site_packages}' exec '{sys.executable}' \"$@\"\n")
    interpreter.chmod(0o755)
    for name, target in (("right", '"my-proxy.toml"'), ("wrong", "7")):
        (tmp_path / f"{name}.py").write_text(THEIR_PROGRAM.format(target=target))

    assert "edgeproof/py.typed" in zipfile.ZipFile(wheel).namelist()
    for name, code in (("right", 0), ("wrong", 1)):
        words = (*mypy, "--python-executable", interpreter, f"{name}.py")
        told = started(*words, cwd=tmp_path, env={"PYTHONPATH": ""}, code=code)
    assert 'Argument 1 to "judge" has incompatible type "int"' in told.stdout


def test_their_tests_find_their_own_packages_with_our_plugin_loaded(beside: Path, project: Path) -> None:
    quiet = ("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")

    done = started(beside / "python", "-m", "pytest", *quiet, cwd=project)

    assert re.search(r"plugins: .*edgeproof-", done.stdout)
    assert "8 passed" in done.stdout


@pytest.mark.parametrize("command", [("edgeproof",), ("python", "-m", "edgeproof")], ids=["script", "module"])
def test_a_run_in_their_folder_judges_with_our_own_packages(
    command: tuple[str, ...], beside: Path, project: Path
) -> None:
    script, *words = command

    done = started(beside / script, *words, "run", "--json", *SOME_CASES, cwd=project)

    assert json.loads(done.stdout)["counts"]["pass"] == 2


def test_a_target_of_their_own_gets_nothing_of_ours(beside: Path, project: Path) -> None:
    (project / "proxy.py").write_text(STARTED)
    command = 'command = ["{python}", "{here}/proxy.py", "--port", "{port}", "--upstream", "{upstream}"]'
    target = re.sub(r"command = \[.*?\n\]", command, TARGET, flags=re.DOTALL)
    (project / "proxy.toml").write_text(target)

    done = started(beside / "edgeproof", "run", "-t", "proxy.toml", "--json", *SOME_CASES, cwd=project)
    told = json.loads((project / "told.json").read_text())

    assert json.loads(done.stdout)["verdict"] == "pass"
    assert told["found"] == [str(project / name / "__init__.py") for name in NAMES[:4]]
    assert [path for path in told["path"] if path.endswith(("_site", str(ROOT)))] == []


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "words",
    [
        ("run", *SOME_CASES, "--cov", "--cov-fail-under", "20"),
        ("load", "--users", "2", "--duration", "2s", "--processes", "2"),
        ("selfcheck", "--mutant", "done-whatever-happened"),
        ("leaks", "--only", "clean", "--rounds", "8", "--requests", "5"),
        ("cases", "explain", "streaming.plain"),
        ("proxy", "--help"),
        ("doctor",),
    ],
    ids=lambda words: words[0],
)
def test_every_verb_finds_its_own_packages(words: tuple[str, ...], beside: Path, project: Path) -> None:
    done = started(beside / "edgeproof", *words, cwd=project)

    assert "ModuleNotFoundError" not in done.stdout + done.stderr
    assert "this is a bug in edgeproof" not in done.stderr


@pytest.fixture
def fetched(project: Path) -> dict[str, str | Path]:
    """An environment in which uv, pipx and pip choose the versions that this project pins, and compile what is used."""
    pinned = re.findall(r"^[a-z0-9-]+==\S+(?: ; [^\\\n]+)?", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    file = project / "pinned.txt"
    file.write_text("\n".join(pinned) + "\n")
    pip: dict[str, str | Path] = {"PIP_CONSTRAINT": file, "PIP_NO_COMPILE": "1", "PIPX_HOME": project / "pipx"}
    return {"UV_CONSTRAINT": file, **pip, "PYTHONPATH": ""}


def fetching(*command: str | Path, cwd: Path, env: Mapping[str, str | Path]) -> str:
    """Run what fetches packages and then edgeproof; skip where no packages can be fetched, but never in CI."""
    done = started(*command, cwd=cwd, env=env, code=None)
    unreachable = re.search(
        r"dns error|error sending request|Failed to fetch|NewConnectionError|No matching", done.stderr
    )
    if done.returncode and unreachable and not os.environ.get("CI"):
        pytest.skip("packages cannot be fetched from here")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.acceptance
@pytest.mark.parametrize("named", ["the wheel itself", "a local index"])
def test_uvx_runs_it(named: str, wheel: Path, project: Path, fetched: dict[str, str | Path]) -> None:
    _, version, *_ = wheel.name.split("-")
    uvx = (Path(sys.executable).with_name("uv"), "tool", "run")
    words = ("--from", wheel, "edgeproof") if named == "the wheel itself" else (f"edgeproof=={version}",)

    # The cache knows a version by its number, and this one is built anew under the same.
    env = {**fetched, "UV_FIND_LINKS": wheel.parent}
    said = fetching(*uvx, "--refresh-package", "edgeproof", *words, "run", "--json", *SOME_CASES, cwd=project, env=env)

    assert json.loads(said)["counts"]["pass"] == 2


@pytest.mark.acceptance
def test_pipx_runs_it(wheel: Path, project: Path, fetched: dict[str, str | Path]) -> None:
    """It makes an environment, where pip installs the wheel and what it needs, as it does for who uses pip alone."""
    pipx = (Path(sys.executable).with_name("uv"), "tool", "run", "pipx", "run", "--spec", wheel)

    said = fetching(*pipx, "edgeproof", "run", "--json", *SOME_CASES, cwd=project, env=fetched)

    assert json.loads(said)["counts"]["pass"] == 2
