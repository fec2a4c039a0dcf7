"""What the guides and the pages at the root print can be typed, pasted and found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fault_injection.plan_file import read_plan
from harness.core.target.parser import parse
from harness.core.target.wiring import for_no_upstream
from reference_pages import cli

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ROOT / "docs" / "guides"
PAGES = (
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/README.md", "docs/tutorial.md")
    ),
    *sorted(GUIDES.glob("*.md")),
)
TABLES = {
    (page.name, number): text
    for page in PAGES
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
}
FILES = {place: text for place, text in TABLES.items() if "[target]" in text and "[chat]" in text}
PLANS = {place: text for place, text in TABLES.items() if "[[rule]]" in text}

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_CALL = re.compile(r"^edgeproof +([^#|>&;)]+)")
_FLAG = re.compile(r"(?<!\S)--?[a-z][\w-]*")
_PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")
_MAKE = re.compile(r"\bmake ((?:[a-z][a-z-]*)|\.venv/\.ready)")


def calls(page: Path) -> Iterator[list[str]]:
    """The calls of edgeproof that a page prints, in a block or in a sentence, each as its words behind the name."""
    text = page.read_text(encoding="utf-8")
    lines = [line.strip() for block in _BLOCK.findall(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in (*lines, *re.findall(r"`(edgeproof [^`]+)`", text)):
        if call := _CALL.match(line):
            yield call[1].split()


def test_guides_show_whole_target_files_and_plans() -> None:
    assert ("express-fastapi.md", 1) in FILES
    assert {page for page, _ in PLANS} == {"chaos.md", "workers.md"}


@pytest.mark.parametrize("place", FILES, ids=lambda place: f"{place[0]}-{place[1]}")
def test_a_target_file_in_a_guide_can_be_read_and_leads_its_proxy_to_the_mock(place: tuple[str, int]) -> None:
    target = parse(FILES[place], file=place[0], here=str(GUIDES))

    assert for_no_upstream(target) == ""


@pytest.mark.parametrize("place", PLANS, ids=lambda place: f"{place[0]}-{place[1]}")
def test_a_plan_in_a_guide_can_be_read(place: tuple[str, int]) -> None:
    assert read_plan(PLANS[place]).rules


def test_every_command_that_a_page_prints_is_there_and_takes_its_flags() -> None:
    known = {
        command.words: {name for flag in cli.flags(command) for name in re.findall(r"--?[a-z][\w-]*", flag.written)}
        for command in cli.commands()
    }
    strangers = []
    for page in PAGES:
        for words in calls(page):
            command = next((one for one in (tuple(words[:2]), tuple(words[:1])) if one in known), None)
            if command is None:
                strangers.append((page.name, "edgeproof", words[0]))
                continue
            flags = set(_FLAG.findall(" ".join(words))) - known[command] - {"--help"}
            strangers += [(page.name, " ".join(command), flag) for flag in sorted(flags)]

    assert strangers == []


def test_every_target_of_make_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (page.name, target)
        for page in PAGES
        for quoted in re.findall(r"`([^`\n]+)`|^(make .+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        for target in _MAKE.findall("".join(quoted))
    }

    assert ("CONTRIBUTING.md", "steady") in named
    assert [each for each in sorted(named) if each[1] not in targets | {".venv/.ready"}] == []


@pytest.mark.parametrize(
    ("page", "rooms", "example"),
    [
        ("CONTRIBUTING.md", ["."], "tests/targets/"),
        ("ARCHITECTURE.md", [".", "docs", "harness", "harness/reference_proxy"], "core/judging/chat"),
    ],
)
def test_every_path_that_contributors_are_sent_to_is_there(page: str, rooms: list[str], example: str) -> None:
    paths = _PATH.findall((ROOT / page).read_text(encoding="utf-8"))

    assert example in paths
    assert [path for path in paths if not any((ROOT / room / path).exists() for room in rooms)] == []
