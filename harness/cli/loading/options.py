"""The options of `edgeproof load`: how much load, by whom, under which faults.

The one rule: an option that another verb has as well is in `options`; these are of a load alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from scenarios.load import MOST_RATE_PER_S, MOST_USERS, Arrivals, Shape

ProfileOption = Annotated[
    Literal["proxy", "chat"],
    typer.Option("--profile", help="proxy: chats through any proxy; chat: a whole chat service, by its own targets."),
]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database", metavar="NAMES", help="With --profile chat: what the embedded service keeps chats in, in turn."
    ),
]
UsersOption = Annotated[
    int, typer.Option("--users", "-u", metavar="N", min=1, max=MOST_USERS, help="Concurrent users at the most.")
]
DurationOption = Annotated[str, typer.Option("--duration", "-d", metavar="TIME", help="As in 90s, 5m, 1h.")]
ShapeOption = Annotated[Shape, typer.Option("--shape", help="How the load changes over time.")]
ArrivalsOption = Annotated[
    Arrivals,
    typer.Option("--arrivals", help="closed: users wait for their answers; otherwise requests arrive at a fixed rate."),
]
RateOption = Annotated[
    float | None,
    typer.Option("--rate", metavar="PER_S", min=0.01, max=MOST_RATE_PER_S, help="Open arrivals per second."),
]
ObjectivesOption = Annotated[
    Path | None,
    typer.Option(
        "--objectives", metavar="FILE", help="One per line, as in: ttft_p95_s < 1. Missing one gives exit code 4."
    ),
]
PlanOption = Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Upstream faults during the load.")]
TokensOption = Annotated[int, typer.Option("--tokens", metavar="N", min=1, max=10_000, help="Tokens in each answer.")]
PaceOption = Annotated[float, typer.Option("--pace-s", min=0, max=60, help="Upstream's time between two tokens.")]
FirstOption = Annotated[float, typer.Option("--first-s", min=0, max=60, help="Upstream's time to its first token.")]
ThinkOption = Annotated[float, typer.Option("--think-s", min=0, max=600, help="A closed user's pause, on average.")]
CancelOption = Annotated[float, typer.Option("--cancel", min=0, max=1, help="Share of clients that leave early.")]
RepeatsOption = Annotated[
    float, typer.Option("--repeats", min=0, max=1, help="Share of repeated questions, which a cache may answer.")
]
ProcessesOption = Annotated[
    int, typer.Option("--processes", metavar="N", min=1, max=64, help="Load generators on this machine.")
]
MasterOption = Annotated[bool, typer.Option("--master", help="Let workers on other machines generate the load.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", metavar="N", min=1, max=1000, help="How many a master waits for.")
]
BindOption = Annotated[str, typer.Option("--master-bind-host", help="Where a master listens.")]
WorkerOption = Annotated[
    bool, typer.Option("--worker", help="Generate load for a master (the master prints the command).")
]
HostOption = Annotated[
    str | None, typer.Option("--master-host", metavar="HOST", help="The address of a worker's master.")
]
PortOption = Annotated[int, typer.Option("--master-port", min=0, max=65535, help="The port of the master.")]
OverheadOption = Annotated[bool, typer.Option("--overhead", help="First measure the latency that the target adds.")]
WebOption = Annotated[bool, typer.Option("--web", help="Show Locust's own page during the load.")]
WebPortOption = Annotated[
    int, typer.Option("--web-port", min=0, max=65535, help="The port of that page, on this machine.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the reports.")]
