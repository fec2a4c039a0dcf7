"""The table of requirements names nothing that is not there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from scenarios import index

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/requirements.md"
OPEN = "open"
SHORT = {
    "chat/": "harness/reference_proxy/chat/",
    "proxy/": "harness/reference_proxy/",
    "t/": "tests/harness/reference_proxy/chat/",
    "p/": "tests/harness/reference_proxy/",
}
_CODE = re.compile(r"`([^`]+)`")
_LISTS = (
    "## AI chat service",
    "## CopilotEdge: next",
    "## CopilotEdge: the plan",
    "## CopilotEdge: s",
    "## Streaming c",
)


def rows() -> list[tuple[str, str, str]]:
    """Every row: a requirement, where it lives, what proves it."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells[0] != "requirement" and set(line) - set("|- "):
            assert len(cells) == 3, line
            found.append((cells[0], cells[1], cells[2]))
    return found


def spelled_out(name: str) -> str:
    """A path or a test as it is called from the root."""
    return next((long + name.removeprefix(short) for short, long in SHORT.items() if name.startswith(short)), name)


@cache
def names_of_tests(path: Path) -> frozenset[str]:
    """The tests of a file, by name."""
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def proves(name: str) -> bool:
    """Whether there is such a case or test."""
    if name.startswith("case:"):
        return name.removeprefix("case:") in index.BY_ID
    path, _, test = spelled_out(name).partition("::")
    return test in names_of_tests(ROOT / path)


@pytest.mark.parametrize(("requirement", "where", "proof"), rows(), ids=[row[0][:60] for row in rows()])
def test_a_requirement_lives_and_is_proved_where_it_says_or_is_open(requirement: str, where: str, proof: str) -> None:
    places, proofs = _CODE.findall(where), _CODE.findall(proof)
    if proof == OPEN:
        assert not places, f"{requirement}: what is there is not open; split the row"
        return

    assert places, requirement
    assert proofs, requirement
    assert [place for place in places if not (ROOT / spelled_out(place)).exists()] == []
    assert [each for each in proofs if not proves(each)] == []


def test_each_of_the_five_documents_has_its_rows() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [start for start in _LISTS if f"\n{start}" not in text] == []
    assert len(rows()) > 80
