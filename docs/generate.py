"""Write the files that are made from the code: `python docs/generate.py`, or `--check` to name the stale ones.

The one rule: a generated file is never edited by hand. What one should say is said in the code it comes from.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import ci_choice
import kinds
from fault_injection import catalogue
from reference_pages import cli, control, plan_file, record, target_file
from reports import events, schema
from reports.invariants import FAMILIES, Family
from reports.invariants.telling import Shown, overview, page
from scenarios import catalogue as case_catalogue

ROOT = Path(__file__).resolve().parent.parent


def fault_injection_readme() -> str:
    """Return the README of the faults with its catalogue made anew."""
    return catalogue.renewed((ROOT / "fault_injection/README.md").read_text(encoding="utf-8"))


def scenarios_readme() -> str:
    """Return the README of the cases with its tables made anew."""
    return case_catalogue.renewed((ROOT / "scenarios/README.md").read_text(encoding="utf-8"))


def invariants_page(family: Family) -> str:
    """Return the page of a family of invariants, with the cases and faults that show each."""
    return page(family, {guide.id: Shown(*case_catalogue.about(guide.id)) for guide in family.guides})


FILES: dict[Path, Callable[[], str]] = {
    schema.PUBLISHED: schema.text,
    events.PUBLISHED: events.text,
    ROOT / "fault_injection/README.md": fault_injection_readme,
    ROOT / "scenarios/README.md": scenarios_readme,
    ROOT / "scenarios/ci.json": ci_choice.text,
    ROOT / "docs/upstream.md": kinds.text,
    ROOT / "docs/reference/cli.md": cli.page,
    ROOT / "docs/reference/target-file.md": target_file.page,
    ROOT / "docs/reference/plan-file.md": plan_file.page,
    ROOT / "docs/reference/results.md": record.page,
    ROOT / "docs/reference/control-api.md": control.page,
    ROOT / "docs/invariants/README.md": partial(overview, FAMILIES),
    **{ROOT / f"docs/invariants/{family.name}.md": partial(invariants_page, family) for family in FAMILIES},
}
"""Every generated file and the text it should have."""


def stale() -> list[Path]:
    """Return the generated files that do not say what the code says now."""
    return [path for path, text in FILES.items() if not path.exists() or path.read_text(encoding="utf-8") != text()]


def main(arguments: list[str]) -> int:
    """Write what is stale, or with `--check` only name it; the exit code is then 1 when there was any."""
    found = stale()
    for path in found:
        name = path.relative_to(ROOT)
        if arguments == ["--check"]:
            print(f"{name} is stale: run `make docs`", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(FILES[path](), encoding="utf-8")
            print(f"wrote {name}")
    return 1 if found and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
