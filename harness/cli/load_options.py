"""The options of `edgeproof load`: how much load, by whom, under which faults.

The one rule: an option that another verb has as well is in `options`; these are of a load alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenarios.load import MOST_RATE_PER_S, MOST_USERS, Arrivals, Shape

UsersOption = Annotated[
    int, typer.Option("--users", "-u", metavar="N", min=1, max=MOST_USERS, help="So many at once, at the most.")
]
DurationOption = Annotated[str, typer.Option("--duration", "-d", metavar="TIME", help="As in 90s, 5m, 1h.")]
ShapeOption = Annotated[Shape, typer.Option("--shape", help="How the load goes over its time.")]
ArrivalsOption = Annotated[
    Arrivals,
    typer.Option("--arrivals", help="closed: users wait for answers; else they come at a rate, come what may."),
]
RateOption = Annotated[
    float | None,
    typer.Option("--rate", metavar="PER_S", min=0.01, max=MOST_RATE_PER_S, help="Of open arrivals, in a second."),
]
ObjectivesOption = Annotated[
    Path | None,
    typer.Option(
        "--objectives", metavar="FILE", help="One a line, as in: ttft_p95_s < 1. One that is missed is exit code 4."
    ),
]
PlanOption = Annotated[
    Path | None, typer.Option("--plan", metavar="FILE", help="Faults of upstream while the load is on.")
]
TokensOption = Annotated[int, typer.Option("--tokens", metavar="N", min=1, max=10_000, help="In each answer.")]
PaceOption = Annotated[float, typer.Option("--pace-s", min=0, max=60, help="Upstream's time between two tokens.")]
FirstOption = Annotated[float, typer.Option("--first-s", min=0, max=60, help="Upstream's time to its first token.")]
ThinkOption = Annotated[float, typer.Option("--think-s", min=0, max=600, help="A closed user's pause, on average.")]
CancelOption = Annotated[float, typer.Option("--cancel", min=0, max=1, help="Share of clients that leave early.")]
RepeatsOption = Annotated[
    float, typer.Option("--repeats", min=0, max=1, help="Share of questions asked before, which a cache may answer.")
]
ProcessesOption = Annotated[
    int, typer.Option("--processes", metavar="N", min=1, max=64, help="Load generators on this machine.")
]
MasterOption = Annotated[bool, typer.Option("--master", help="Let workers elsewhere generate the load.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", metavar="N", min=1, max=1000, help="How many a master waits for.")
]
BindOption = Annotated[str, typer.Option("--master-bind-host", help="Where a master listens.")]
WorkerOption = Annotated[bool, typer.Option("--worker", help="Generate load for a master; it says which.")]
HostOption = Annotated[str | None, typer.Option("--master-host", metavar="HOST", help="Where a worker's master is.")]
PortOption = Annotated[int, typer.Option("--master-port", min=0, max=65535, help="Of both of them.")]
OverheadOption = Annotated[
    bool, typer.Option("--overhead", help="First measure what the target adds to an answer's time.")
]
WebOption = Annotated[bool, typer.Option("--web", help="Show Locust's own page while the load is on.")]
WebPortOption = Annotated[int, typer.Option("--web-port", min=0, max=65535, help="Where, on this machine.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the reports.")]
