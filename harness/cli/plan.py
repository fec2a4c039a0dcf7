"""`edgeproof plan`: what a plan of faults would do, before it does it.

The one rule: nothing is sent and nothing is started; a plan that cannot be used is refused as everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fault_injection.plan import Plan
from fault_injection.plans.presets import PRESETS, about
from fault_injection.plans.words import idle, picture, words
from harness.cli.catalogue.printing import Entry, listing
from harness.cli.output import results
from harness.cli.plan_option import plan_in, text_of

_PANEL = "Look things up"

FileArgument = Annotated[Path, typer.Argument(metavar="FILE|PRESET", help="A plan in TOML, or the name of a preset.")]

app = typer.Typer(no_args_is_help=True, help="Explain what a plan of faults would do, and list the built-in plans.")


def register(root: typer.Typer) -> None:
    """Add the verbs to the command line."""
    root.add_typer(app, name="plan", rich_help_panel=_PANEL)


@app.command("check")
def check(file: FileArgument) -> None:
    """Explain in words and as a timeline what a plan would do.

    A file of your own, or a preset by its name:

      edgeproof plan check faults.toml
      edgeproof plan check brownout

    The height of a bar is a rule's chance at that moment.
    """
    plan = plan_in(text_of(file), source=file)
    with results() as console:
        for line in told(plan):
            console.print(line, markup=False, soft_wrap=True)


@app.command("presets")
def presets() -> None:
    """List the built-in plans by name.

    Wherever a plan file is wanted, such a name will do:

      edgeproof mock --plan brownout
    """
    footer = ("See also: edgeproof plan check brownout; edgeproof plan show brownout > mine.toml",)
    with results() as console:
        listing(console, [Entry(name, "", about(name)) for name in PRESETS], footer=footer)


@app.command("show")
def show(file: FileArgument) -> None:
    """Print a plan, to be edited and saved.

    For example:

      edgeproof plan show brownout > mine.toml
    """
    with results() as console:
        console.print(text_of(file), markup=False, soft_wrap=True, end="")


def told(plan: Plan) -> list[str]:
    """Return what is said of a plan: its words, what in it is idle, and its picture."""
    warnings = [f"warning: {each}" for each in idle(plan)]
    warnings += ["note: it has no ttl_s; the gateway takes no plan without a lifetime"] if plan.ttl_s is None else []
    return [*words(plan), *warnings, "", *picture(plan)]
