"""A figure in prose is that of the source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fault_injection.registry import ALL as FAULTS
from scenarios import mutants
from tests.acceptance.rounds import TARGETS

ROOT = Path(__file__).resolve().parents[2]
_STEP = 50


def said(path: str, pattern: str) -> list[int]:
    text = " ".join((ROOT / path).read_text(encoding="utf-8").split())
    return [int(each) for each in re.findall(pattern, text)]


@pytest.mark.parametrize("path", ["README.md", "CHANGELOG.md", "docs/explanation/blame.md"])
def test_every_page_names_the_same_number_of_planted_defects(path: str) -> None:
    (number,) = said(path, r"more than (\d+) (?:planted )?defects")

    assert number < len(mutants.ALL) <= number + _STEP


def test_there_are_as_many_faults_as_is_said() -> None:
    assert 100 < len(FAULTS) < 200  # "more than a hundred", on several pages


def test_as_many_correct_proxies_are_played_as_the_readme_says() -> None:
    assert "seven correct proxies" in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert len(TARGETS) == 7
