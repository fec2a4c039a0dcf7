"""`edgeproof run --shard 1/4` and `edgeproof merge`: a run shared out among machines, and put together again.

The one rule: a shard says which part it is, so that none is forgotten, and a merged record says which part it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli.baseline import read_baseline
from harness.cli.options import BaselineOption, FailOnOption, ResilienceOption, TimingsOption, VerboseOption, pairs_gate
from harness.cli.outlets.formats import FormatOption, wanted
from harness.cli.output import print_json, results
from harness.core.judging.merge import merge as merged
from harness.core.run.gate import HeldTo, exit_code, gated
from harness.errors import UsageError
from harness.shell.playing.report_folder import write_reports
from reports import terminal
from reports.causes import explained
from reports.record import Shard, read
from scenarios.case import Case
from scenarios.expected import seconds
from scenarios.index import EVERY
from scenarios.profiles import Profile
from scenarios.shards import split

_SUITE: Final = "suite "
_SUITE_S: Final = 60.0
"""How long a suite takes of which the profile does not say so."""

ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        metavar="N/M",
        envvar="EDGEPROOF_SHARD",
        help="Play part N of M, each about as long; `edgeproof merge` joins the results.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("merge", rich_help_panel="Read results")(merge)


def parsed(text: str | None) -> Shard | None:
    """Return the part that a text such as `1/4` names.

    Raises:
        UsageError: it names none.
    """
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"{text!r} is not a shard", next_step="it should look like 1/4: part 1 of 4")
    return Shard(numbers=(int(found[1]),), of=int(found[2]))


def part_of(
    shard: Shard, suites: Sequence[str], cases: Sequence[Case], *, profile: Profile
) -> tuple[Shard, tuple[str, ...], tuple[Case, ...]]:
    """Return the part with what it is a part of, and its suites and cases; every suite but conformance stays whole.

    Raises:
        UsageError: there is less to play than there are parts.
    """
    expected = {case.id: seconds(case.id) / profile.lanes for case in cases} if "conformance" in suites else {}
    for suite in suites:
        if suite != "conformance":
            expected[_SUITE + suite] = profile.least_s.get(suite, _SUITE_S)
    if len(expected) < shard.of:
        raise UsageError(
            f"{len(expected)} cases and suites cannot be split into {shard.of} shards", next_step="split it into fewer"
        )
    mine = {*split({name: round(1000 * each_s) for name, each_s in expected.items()}, shard.of)[shard.numbers[0] - 1]}
    chosen = tuple(case for case in cases if case.id in mine)
    played = (suite for suite in suites if (chosen if suite == "conformance" else _SUITE + suite in mine))
    plan = sha256("\n".join(sorted(expected)).encode()).hexdigest()[:16]
    return shard.model_copy(update={"plan": plan}), tuple(played), chosen


def merge(
    records: Annotated[list[Path], typer.Argument(metavar="RESULTS.JSON...", help="One of each shard.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the reports.")] = Path(
        "edgeproof-report"
    ),
    fail_on: FailOnOption = "must",
    baseline: BaselineOption = None,
    resilience_fail_under: ResilienceOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
    verbose: VerboseOption = False,
    timings: TimingsOption = False,
    format: FormatOption = "",  # noqa: A002 - a parameter is named as its flag is
) -> None:
    """Join the records of shards into one, with its problems, causes and reports.

    Two machines share a run, a third one joins what they found. All need
    the same seed:

      edgeproof run my-proxy.toml --seed 7 --shard 1/2 --out one
      edgeproof run my-proxy.toml --seed 7 --shard 2/2 --out two
      edgeproof merge one/results.json two/results.json --out all

    Exit code: that of the whole run; 3 when a shard is missing.
    """
    forms = wanted(format)
    held_to = HeldTo(fail_on=fail_on, baseline=read_baseline(baseline) if baseline else None)
    if twice := next((path for path in records if records.count(path) > 1), None):
        raise UsageError(f"{twice} is named twice", next_step="name one results.json of each shard")
    known = {str(path): read(path) for path in records}
    gate = pairs_gate(resilience_fail_under, next(iter(known.values())).profile)
    whole = explained(merged(known, order=tuple(EVERY), resilience_fail_under=gate or None))
    stopped = next((each.gate.stopped for each in known.values() if each.gate and each.gate.stopped), "")
    whole = gated(whole, held_to, stopped=stopped)
    write_reports(whole, out, also=forms)
    if json:
        print_json(whole.to_json())
    else:
        with results() as console:
            terminal.render(whole, console, verbose=verbose, page=out / "index.html")
            if timings:
                terminal.render_timings(whole, console)
    raise typer.Exit(exit_code(whole))
