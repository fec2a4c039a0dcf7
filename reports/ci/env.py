"""A record as variables, one a line: what GitHub's `GITHUB_OUTPUT` and a dotenv report of GitLab take.

The one rule: a value is a number or a word of ours, never a text that a target chose, so that none needs quoting; what
is not known has no line.
"""

from __future__ import annotations

from reports import outcome
from reports.overview import told
from reports.record import RunRecord


def render(record: RunRecord) -> str:
    """Return verdict, exit code, seed and problems; coverage in percent and new breaches where they are known."""
    target = record.coverage.get("target")
    percent = target.get("percent") if isinstance(target, dict) else None
    baseline = record.gate.baseline if record.gate else None
    values: dict[str, object] = {
        "verdict": outcome.word(record).lower().replace(" ", "-"),
        "exit_code": outcome.exit_code(record),
        "seed": record.seed,
        "problems": len(told(record)),
    }
    if baseline is not None:
        values["new_breaches"] = len(baseline.new) + len(baseline.expired)
    if isinstance(percent, int | float):
        values["coverage"] = f"{percent:.1f}"
    return "".join(f"{name}={value}\n" for name, value in values.items())
