"""The flags of the live page."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.running.session import WebPlan

WebOption = Annotated[
    bool, typer.Option("--web", envvar="EDGEPROOF_WEB", help="Show the run on a page of this machine while it plays.")
]
WebPortOption = Annotated[
    int | None,
    typer.Option(
        "--web-port",
        metavar="N",
        envvar="EDGEPROOF_WEB_PORT",
        min=0,
        max=65535,
        help="Where that page is; implies --web. A free port by default.",
    ),
]
StayOption = Annotated[bool, typer.Option("--stay", hidden=True, help="Keep the page after the run, until Ctrl-C.")]


def web_plan(*, web: bool, port: int | None, stays: bool) -> WebPlan | None:
    """Return the page that was asked for; None where none was."""
    return WebPlan(port=port or 0, stays=stays) if web or stays or port is not None else None
