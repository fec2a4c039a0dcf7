"""Every command, flag, key, id, field and control path has a place in the reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer

from fault_injection import plan_file
from fault_injection.registry import ALL as FAULTS
from harness.cli.app import VERBS, app
from harness.core.target import parser
from harness.reference_proxy.settings import Settings
from harness.shell.upstream.store_control import StoreControl
from reference_pages import cases, faults
from reference_pages.places import missing, places
from reports.invariants import GUIDES
from reports.schema import PUBLISHED
from scenarios.index import BY_ID

DOCS = Path(__file__).resolve().parents[2] / "docs"


def anchors_of(text: str) -> frozenset[str]:
    """The places of a page as it is read in a repository: those in HTML, and those that its headings make."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings}
    return frozenset(slugs).union(re.findall(r'id="([^"]+)"', text))


@pytest.fixture(scope="module")
def pages() -> dict[str, frozenset[str]]:
    """The places of every page of the reference: those that are written, and those that the site alone has."""
    found = {
        str(path.relative_to(DOCS)): anchors_of(path.read_text(encoding="utf-8"))
        for folder in ("reference", "invariants")
        for path in (DOCS / folder).glob("*.md")
    }
    found |= {f"reference/faults/{name}": anchors_of(make()) for name, make in faults.pages()}
    return found | {f"reference/cases/{name}": anchors_of(make()) for name, make in cases.pages()}


def test_everything_that_must_have_a_place_has_one(pages: dict[str, frozenset[str]]) -> None:
    assert missing(pages) == []


def test_what_is_taken_from_a_page_is_missed(pages: dict[str, frozenset[str]]) -> None:
    lacking = pages | {"reference/cli.md": pages["reference/cli.md"] - {"run--seed"}}

    (line,) = missing(lacking)

    assert line == "run--seed has no place: there is no 'run--seed' on reference/cli.md"


NAMES = frozenset(place.name for place in places())


def flags(command: Any, *words: str) -> Iterator[str]:  # noqa: ANN401 - typer keeps its commands' types to itself
    for name, inner in getattr(command, "commands", {}).items():
        yield from flags(inner, *words, name)
    shown = [each for each in command.params if not getattr(each, "hidden", False)] if words else []
    for parameter in shown:
        yield from (f"{'-'.join(words)}{each}" for each in parameter.opts if each.startswith("--") and each != "--help")


def test_every_verb_and_flag_of_the_parser_is_asked_for() -> None:
    found = {*flags(typer.main.get_command(app([])))}

    assert len(found) > len(VERBS)
    assert found - NAMES == set()
    assert {*VERBS} - NAMES == set()


def test_every_flag_of_the_embedded_proxy_is_asked_for() -> None:
    names = {f"proxy--{name.replace('_', '-')}" for name in ("port", "upstream", "retry_max_attempts", "cors_origins")}

    assert {name.removeprefix("proxy--").replace("-", "_") for name in names} <= {*Settings.__dataclass_fields__}
    assert names - NAMES == set()


def test_every_key_of_a_target_file_is_asked_for() -> None:
    found = {".".join((*table, key.name)) for table, kind in parser.TABLES.items() if table for key in fields(kind)}

    assert "capabilities.retry.max_attempts" in found
    assert found - NAMES == set()


def test_every_key_of_a_plan_is_asked_for() -> None:
    assert {f"{table or 'plan'}.{key}" for table, keys in plan_file.TABLES.items() for key in keys} - NAMES == set()


def test_every_fault_case_and_invariant_is_asked_for() -> None:
    parameters = {f"{name}.{each.name}" for name, fault in FAULTS.items() for each in fault.parameters()}

    assert {*FAULTS, *parameters, *BY_ID, *GUIDES} - NAMES == set()


def test_every_field_of_the_published_schema_is_asked_for() -> None:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    found = {f"RunRecord.{key}" for key in schema["properties"]}
    found |= {f"{name}.{key}" for name, each in schema["$defs"].items() for key in each.get("properties", {})}

    assert len(found) > len(schema["properties"])
    assert found - NAMES == set()


def test_every_control_path_of_the_mock_is_asked_for() -> None:
    server: Any = None  # nothing is asked of it here
    found = {f"mock.{method}.{name}" for name, methods in StoreControl(server).routes.items() for method in methods}

    assert {"mock.GET.health", "mock.PUT.kv"} <= found
    assert found - NAMES == set()
