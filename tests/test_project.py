"""What must stay true of the project's own files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import entry_points
from pathlib import Path

import grimp
import pytest

import edgeproof
import harness
from harness.core.target.parser import parse
from harness.core.target.wiring import USUAL, for_no_upstream

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")

FILES_AT_MOST = 24
"""In a folder."""

ARROWS_AT_MOST = 12
"""Between the rooms of the core."""

_REGISTRY = re.compile(r"pypi[.]org|pythonhosted|/simple/|--(extra-)?index-url|--find-links")
_MACHINE = re.compile(r"(?<![\w.}])/(root|home|work|Users)/\w")


def _tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if listing.returncode:
        pytest.skip("this is no git checkout")
    names = listing.stdout.decode().rstrip("\0").split("\0")
    return [ROOT / name for name in names if (ROOT / name).is_file() and ROOT / name != Path(__file__)]


def _imports(package: str) -> Iterator[tuple[Path, str]]:
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    yield from ((path, alias.name.partition(".")[0]) for alias in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield path, module.partition(".")[0]


def test_no_file_names_a_registry_or_somebodys_machine() -> None:
    lines = [
        f"{path.relative_to(ROOT)}: {line.strip()[:120]}"
        for path in _tracked()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if _REGISTRY.search(line) or _MACHINE.search(line)
    ]

    assert lines == []


def test_every_dependency_is_pinned_by_version_and_hash() -> None:
    project = PYPROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=;\s\[]", each)[0].replace("_", "-").lower() for each in wanted}

    entries = re.findall(
        r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==[^\s;]+(?: ; [^\\\n]+)? \\\n((?:    --hash=sha256:\w{64}.*\n)+)",
        CONSTRAINTS,
        re.MULTILINE,
    )

    assert names <= {name for name, _ in entries}
    assert len(entries) == len(re.findall(r"^[^#\s]", CONSTRAINTS, re.MULTILINE))
    assert "://" not in CONSTRAINTS


@pytest.mark.parametrize(("package", "besides"), [("fault_injection", set()), ("edgeproof", {"pytest"})])
def test_some_packages_import_the_standard_library_alone(package: str, besides: set[str]) -> None:
    allowed = sys.stdlib_module_names | {package} | besides

    strangers = [(path.name, name) for path, name in _imports(package) if name not in allowed]

    assert strangers == []


def test_a_record_can_be_rendered_without_the_harness() -> None:
    ours = {"harness", "scenarios", "fault_injection"}

    assert [(path.name, name) for path, name in _imports("reports") if name in ours] == []


def test_no_folder_holds_more_files_than_one_look_takes_in() -> None:
    files = Counter(path.relative_to(ROOT).parent for path in _tracked())

    assert {str(folder): number for folder, number in files.items() if number > FILES_AT_MOST} == {}


def test_the_rooms_of_the_core_know_few_others_and_none_that_knows_them() -> None:
    graph = grimp.build_graph("harness")
    core = graph.find_descendants("harness.core")
    arrows = {
        (_room(module), _room(other))
        for module in core
        for other in graph.find_modules_directly_imported_by(module) & core
        if _room(module) != _room(other)
    }

    assert 0 < len(arrows) <= ARROWS_AT_MOST
    TopologicalSorter({room: {b for a, b in arrows if a == room} for room, _ in arrows}).prepare()  # no way back


def _room(module: str) -> str:
    return module.split(".")[2]


def test_every_package_on_disk_is_installed() -> None:
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]

    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}

    assert packages == {*wheel["only-include"]}
    assert packages == {*wheel["sources"], "edgeproof"}


def test_the_console_script_runs() -> None:
    (script,) = (each for each in entry_points(group="console_scripts") if each.dist and each.dist.name == "edgeproof")

    assert callable(script.load())
    assert script.value == PYPROJECT["project"]["scripts"][script.name]


def test_the_version_is_the_same_everywhere() -> None:
    assert harness.__version__ == edgeproof.__version__ == PYPROJECT["project"]["version"]


@pytest.mark.parametrize("verb", ["run", "test", "check", "fix", "docs", "docs-site", "bench", "wheel", "clean"])
def test_make_help_lists_the_verb(verb: str) -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607

    assert re.search(rf"^  make {verb} +\w", told.stdout, re.MULTILINE)


@pytest.mark.usefixtures("one_untraced")
def test_generated_files_are_fresh() -> None:
    """They follow from the code and from what was measured: run `make docs`."""
    told = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")


def test_the_target_file_in_the_readme_is_one_that_leads_a_proxy_to_the_mock() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)

    target = parse(text, file="README.md", here=str(ROOT))

    assert target.env == {name: USUAL[name] for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY")}
    assert for_no_upstream(target) == ""
