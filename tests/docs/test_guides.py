from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.core.target.parser import parse
from harness.core.target.wiring import for_no_upstream

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
FILES = {
    (page.name, number): text
    for page in sorted(GUIDES.glob("*.md"))
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    if "[target]" in text and "[chat]" in text
}


def test_guides_show_whole_target_files() -> None:
    assert ("express-fastapi.md", 1) in FILES


@pytest.mark.parametrize("place", FILES, ids=lambda place: f"{place[0]}-{place[1]}")
def test_a_target_file_in_a_guide_can_be_read_and_leads_its_proxy_to_the_mock(place: tuple[str, int]) -> None:
    target = parse(FILES[place], file=place[0], here=str(GUIDES))

    assert for_no_upstream(target) == ""
