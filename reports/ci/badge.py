"""A record as the JSON that a shields.io endpoint badge shows. Source: shields.io, endpoint badge."""

from __future__ import annotations

import json
from typing import Final

from reports import outcome
from reports.overview import amount, told
from reports.record import RunRecord, Verdict

_COLOURS: Final = {
    outcome.HELD: "brightgreen",
    outcome.BROKEN: "red",
    outcome.INCONCLUSIVE: "lightgrey",
    outcome.MISSED: "orange",
}


def render(record: RunRecord) -> str:
    """Return the badge: the outcome of the run, and how much is behind it."""
    code = outcome.exit_code(record)
    count = amount(len(told(record)), "problem")
    if code == outcome.HELD:
        count = amount(record.counts[Verdict.PASS], "case")
    badge = {
        "schemaVersion": 1,
        "label": "edgeproof",
        "message": f"{outcome.word(record).lower()}, {count}",
        "color": _COLOURS[code],
    }
    return json.dumps(badge) + "\n"
