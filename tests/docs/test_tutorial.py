"""The tutorial does what it says, word for word."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(480)]  # runs as a reader makes them, on any machine

PAGE = (Path(__file__).resolve().parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
PROXY, FIX = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(TARGET,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
(REPLAY,) = re.findall(r"```sh\nedgeproof (replay .*)\n```", PAGE)


def edgeproof(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("EDGEPROOF_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), own.get("PATH", "")])
    return subprocess.run(
        [sys.executable, "-P", "-m", "edgeproof", *words],
        cwd=cwd,
        env={**own, "PATH": path, "COLUMNS": "90"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reader's folder after the third step."""
    (tmp_path / "proxy.py").write_text(PROXY, encoding="utf-8")
    (tmp_path / "my-proxy.toml").write_text(TARGET, encoding="utf-8")
    return tmp_path


def test_the_proxy_is_blamed_as_told_and_passes_once_it_is_fixed(folder: Path) -> None:
    first = edgeproof("run", "my-proxy.toml", "--case", "endings.cut-between-*", "--seed", "7", cwd=folder)

    assert first.returncode == 1, first.stderr
    assert "clearest  endings.cut-between-events-by-reset" in first.stdout
    assert f"replay    edgeproof {REPLAY}" in first.stdout
    assert "break-visible: ask: upstream visibly broke" in first.stdout

    start = PROXY.index("        try:\n            for line in answer")
    fixed = PROXY[:start] + FIX + PROXY[PROXY.index("\n\nThreadingHTTPServer") :]
    (folder / "proxy.py").write_text(f"from http.client import HTTPException\n{fixed}", encoding="utf-8")

    assert edgeproof(*REPLAY.split(), cwd=folder).returncode == 0
    again = edgeproof("run", "my-proxy.toml", "--case", "endings.cut-*", "--seed", "7", cwd=folder)
    assert re.findall(r"^clearest  (.*)$", again.stdout, re.MULTILINE) == ["endings.cut-inside-the-head"]


def test_the_rule_is_explained(folder: Path) -> None:
    told = edgeproof("invariants", "explain", "break-visible", cwd=folder)

    assert told.returncode == 0
    assert "leave the chunked body without its last chunk" in " ".join(told.stdout.split())
