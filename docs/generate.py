"""Write the files that are made from the code: `python docs/generate.py`, or `--check` to name the stale ones.

The one rule: a generated file is never edited by hand. What one should say is said in the code it comes from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fault_injection import catalogue
from reports import schema
from reports.invariants import FAMILIES, GUIDES, Family
from reports.invariants.telling import Shown, overview, page
from scenarios import catalogue as case_catalogue
from scenarios.choosing import CI_CASES_S, chosen
from scenarios.expected import seconds
from scenarios.globs import matching
from scenarios.index import ALL as CASES
from scenarios.mutants import ALL as MUTANTS

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


def ci_cases() -> str:
    """Return the cases of the profile `ci`: those that show most of what mutants are known to get wrong."""
    shows: dict[str, set[str]] = {case.id: set() for case in CASES}
    for mutant in MUTANTS:
        for case_id in matching(shows, mutant.cases):
            shows[case_id].add(mutant.id)
    by_mistake = {mutant.id: {case for case, shown in shows.items() if mutant.id in shown} for mutant in MUTANTS}
    by_invariant = {name: set(case_catalogue.about(name)[0]) for name in GUIDES}
    found = chosen(
        shows,
        needed=[*by_mistake.values(), *by_invariant.values()],
        seconds={name: seconds(name) for name in shows},
        budget_s=CI_CASES_S,
    )
    return json.dumps(sorted(found), indent=1) + "\n"


FILES: dict[Path, Callable[[], str]] = {
    schema.PUBLISHED: schema.text,
    ROOT / "fault_injection/README.md": fault_injection_readme,
    ROOT / "scenarios/README.md": scenarios_readme,
    ROOT / "scenarios/ci.json": ci_cases,
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
