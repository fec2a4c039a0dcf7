"""The Dockerfile, as far as it can be checked without Docker."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.action.runner import ROOT

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [
    line.split(maxsplit=1)
    for line in re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
    if line.strip()
]


def copied() -> list[str]:
    """What is copied from the context of the build."""
    sources = [words.split() for name, words in LINES if name == "COPY" and "--from" not in words]
    return [source for words in sources for source in words[:-1]]


def is_ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path from the build: of all patterns that match, the last decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            plain = pattern.removeprefix("!").rstrip("/").removeprefix("**/")
            if fnmatchcase(path, plain) or fnmatchcase(Path(path).name, plain) or path.startswith(f"{plain}/"):
                ignored = not pattern.startswith("!")
    return ignored


def test_all_that_is_copied_is_there_and_reaches_the_build() -> None:
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    assert [source for source in copied() if is_ignored(source)] == []


@pytest.mark.parametrize("path", [".git", ".venv", "tests", "edgeproof-report", "harness/cli/__pycache__", "my.env"])
def test_nothing_else_reaches_the_build(path: str) -> None:
    assert is_ignored(path)


def test_what_a_stage_copies_from_another_was_made_there() -> None:
    stages = [words.partition(" AS ")[2] for name, words in LINES if name == "FROM"]
    sources = re.findall(r"--from=(\w+) (\S+)", TEXT)

    assert [stage for stage, _ in sources if stage not in stages] == []
    assert all(TEXT.count(place) > 1 for _, place in sources)


def test_the_image_runs_edgeproof_as_a_user_without_rights() -> None:
    last = LINES[max(at for at, (name, _) in enumerate(LINES) if name == "FROM") :]
    users = [words for name, words in last if name == "USER"]

    assert users == ["10001"]  # Kubernetes cannot tell by a name that it is not root
    assert f"useradd --create-home --uid {users[0]} edgeproof" in TEXT
    assert ["ENTRYPOINT", '["edgeproof"]'] in last


def test_the_image_and_the_action_install_the_same_versions() -> None:
    (recipe,) = re.findall(r"sed -n '[^']+'", TEXT)
    script = (ROOT / ".github/action/install.sh").read_text(encoding="utf-8")
    name, *hashes = subprocess.run(
        ["/bin/sh", "-c", f"{recipe} constraints.txt"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert recipe in script
    assert re.fullmatch(r"uv==[\d.]+ \\", name)
    assert hashes
    assert [each for each in hashes if not re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", each)] == []


@pytest.mark.parametrize("text", [TEXT, (ROOT / ".github/action/install.sh").read_text(encoding="utf-8")])
def test_whatever_is_installed_is_held_to_a_hash(text: str) -> None:
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    installs = [each for each in re.split(r"&&|\|\||\n", joined) if re.search(r"pip install|\$\{pip", each)]

    others = [each for each in installs if "pip=(" not in each]
    assert others
    assert [each for each in others if not re.search(r"--require-hashes|--constraint|--no-deps", each)] == []


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = str(Path(sys.executable).parent / "hadolint")

    done = subprocess.run([hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.acceptance
def test_the_wheel_is_made_of_what_reaches_the_build(tmp_path: Path) -> None:
    for source in copied():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    (command,) = (words for name, words in LINES if name == "RUN" and words.startswith("pip wheel"))

    done = subprocess.run(
        [
            "/bin/sh",
            "-c",
            command.replace("/dist", str(tmp_path / "dist")).replace("pip", f"{sys.executable} -m pip", 1),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in (tmp_path / "dist").iterdir()] == [".whl"]
