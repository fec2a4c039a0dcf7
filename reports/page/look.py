"""How verdicts are written and drawn on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reports.record import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a verdict is written and drawn; colour never stands alone."""

    name: str
    glyph: str
    heading: str


LOOKS: Final = {
    Verdict.FAIL: Look(name="Fail", glyph="✕", heading="Broken promises"),
    Verdict.HARNESS_ERROR: Look(name="Error", glyph="E", heading="Harness errors"),
    Verdict.INCONCLUSIVE: Look(name="Inconclusive", glyph="?", heading="Inconclusive"),
    Verdict.NON_STRICT: Look(name="Non-strict", glyph="!", heading="Non-strict"),
    Verdict.INFO: Look(name="Info", glyph="i", heading="Observed"),
    Verdict.PASS: Look(name="Pass", glyph="✓", heading="Promises kept"),
    Verdict.NOT_APPLICABLE: Look(name="N/A", glyph="–", heading="Not applicable"),
}
"""In the order of the page: what needs a reader comes first."""
