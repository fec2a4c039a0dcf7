"""The changelog is for users: short lines, each under its area."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

TEXT = (Path(__file__).resolve().parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
WORDS_AT_MOST = 20

BULLETS = re.findall(r"^- (.+(?:\n  .+)*)", TEXT, re.MULTILINE)


def test_every_line_is_one_that_a_user_reads_to_its_end() -> None:
    assert BULLETS
    assert [each for each in BULLETS if len(each.split()) > WORDS_AT_MOST] == []
    assert [each for each in BULLETS if not each.endswith(".")] == []


def test_nothing_is_told_twice() -> None:
    assert [each for each, number in Counter(BULLETS).items() if number > 1] == []


def test_every_line_stands_under_an_area_of_its_release() -> None:
    release = area = ""
    homeless = []
    for line in TEXT.splitlines():
        if found := re.fullmatch(r"(#{2,3}) (.+)", line):
            release, area = (found[2], "") if found[1] == "##" else (release, found[2])
        elif line.startswith("- ") and not (release and area):
            homeless.append(line)

    assert homeless == []


def test_every_area_has_something_to_tell() -> None:
    assert re.findall(r"^### .+\n\n(?!- )", TEXT, re.MULTILINE) == []
