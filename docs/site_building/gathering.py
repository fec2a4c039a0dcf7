"""The pages of the site, gathered from where they lie: the text of each by its address on the site."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from fault_injection import catalogue as fault_catalogue
from fault_injection import marks
from reference_pages import cases, faults
from reference_pages.places import identified
from scenarios import catalogue as case_catalogue
from site_building.links import linked_ids, relinked
from site_building.navigation import with_navigation

ROOT: Final = Path(__file__).resolve().parents[2]
MOVED: Final = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "explanation/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "examples/worker/README.md": "guides/example-worker.md",
    "fault_injection/README.md": "reference/faults/index.md",
    "scenarios/README.md": "reference/cases/index.md",
    "harness/mock_cloudflare/README.md": "reference/mock.md",
}
"""Pages that lie beside what they are about, and where the site has them."""


class Gathered(NamedTuple):
    """The pages' texts, and the files that they refer to, by their addresses on the site."""

    pages: dict[str, str]
    files: dict[str, Path]


def address_of(path: str) -> str | None:
    """Return where the site has what lies at a path of the repository; None where it has no place for it."""
    if path in MOVED:
        return MOVED[path]
    pure = PurePosixPath(path)
    if pure.parts[:1] == ("docs",) and pure.suffix == ".md":
        inside = pure.relative_to("docs")
        return str(inside.with_name("index.md") if inside.name == "README.md" else inside)
    return f"files/{path}" if pure.suffix and pure.suffix != ".md" and (ROOT / path).is_file() else None


def gathered() -> Gathered:
    """Return all that the site is made of.

    Raises:
        DeadLinkError: a page refers to what has no place on the site.
    """
    files: dict[str, Path] = {}

    def noted(path: str) -> str | None:
        address = address_of(path)
        if address and address.startswith("files/"):
            files[address] = ROOT / path
        return address

    places = {each.name: f"{each.page}#{each.anchor}" for each in identified() if each.name == each.anchor}
    pages = {}
    for path, text in _texts().items():
        at = address_of(path) or path
        led = relinked(text, path=path, at=at, address_of=noted)
        pages[at] = linked_ids(led, at=at, places=places)
    return Gathered(with_navigation(pages), files)


def _texts() -> dict[str, str]:
    """Return what is to be read, by its path: what people have written, and what the site alone has."""
    written = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in [*MOVED, *written] if path != "README.md"}
    texts["fault_injection/README.md"] = marks.renewed(texts["fault_injection/README.md"], _faults())
    texts["scenarios/README.md"] = marks.renewed(
        texts["scenarios/README.md"],
        "\n".join([case_catalogue.START, cases.index("../docs/reference/cases"), case_catalogue.END]),
    )
    made = {f"docs/reference/faults/{name}": make() for name, make in faults.pages()}
    return texts | made | {f"docs/reference/cases/{name}": make() for name, make in cases.pages()}


def _faults() -> str:
    """Return the catalogue of faults, with links to their pages in place of its tables."""
    head, *sections = fault_catalogue.catalogue().split("\n### ")
    kept = [f"\n### {each}" for each in sections if not each.startswith("`")]
    return "\n".join([head, faults.index("../docs/reference/faults"), *kept])
