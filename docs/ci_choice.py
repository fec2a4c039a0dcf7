"""The cases of the profile `ci`, chosen by what is known to go wrong with proxies and which cases show it.

The one rule: what a known mistake was seen to break counts; what a mutant is said to break stands in until then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reports.invariants import GUIDES
from scenarios import catalogue
from scenarios.choosing import CI_CASES_S, chosen
from scenarios.expected import seconds
from scenarios.index import BY_ID, select
from scenarios.mutants import ALL as MUTANTS
from scenarios.profiles import PROFILES

SIGNATURES = Path(__file__).resolve().parent.parent / "reports/causes/signatures.json"


def text() -> str:
    """Return the file: the ids, sorted. Of what a quick run leaves out it has only what alone shows a mistake."""
    known = _known()
    quick = {case.id for case in BY_ID.values() if PROFILES["quick"].includes(case)}
    alone = {case_id for _, by_any in known.values() if not by_any & quick for case_id in by_any}
    shows: dict[str, set[str]] = {case_id: set() for case_id in BY_ID if case_id in quick | alone}
    needed: list[set[str]] = [set(catalogue.about(invariant)[0]) & shows.keys() for invariant in GUIDES]
    for mistake, (by_its_own, by_any) in known.items():
        needed.append(by_its_own & shows.keys() or by_any & shows.keys())
        for case_id in by_any & shows.keys():
            shows[case_id].add(mistake)
    found = chosen(shows, needed=needed, seconds={each: seconds(each) for each in shows}, budget_s=CI_CASES_S)
    return json.dumps(sorted(found), indent=1) + "\n"


def _known() -> dict[str, tuple[set[str], set[str]]]:
    """Return of each known mistake the cases that show it by the invariant that it is about, and by any."""
    own = {f"mutant:{mutant.id}": mutant.invariant for mutant in MUTANTS}
    said = {
        f"mutant:{mutant.id}": {case.id for case in select(",".join(mutant.cases))} & {*BY_ID} for mutant in MUTANTS
    }
    found = {mistake: (cases, cases) for mistake, cases in said.items()}
    rows: Mapping[str, Any] = json.loads(SIGNATURES.read_text(encoding="utf-8"))["wrong"]
    for mistake, row in rows.items():
        by_its_own: set[str] = set()
        by_any: set[str] = set()
        for shown in (row["must"], row["should"]):
            by_any |= {case_id for cases in shown.values() for case_id in cases if case_id in BY_ID}
            by_its_own |= {case_id for case_id in shown.get(own.get(mistake, ""), ()) if case_id in BY_ID}
        if by_any:
            found[mistake] = (by_its_own, by_any)
    return found
