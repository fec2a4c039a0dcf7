"""`edgeproof run`: from flags to a session.

The one rule: everything a user can get wrong is refused here, before anything starts.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import typer

from harness.cli.baseline import read_baseline
from harness.cli.beginning import first_run
from harness.cli.beginning.first_look import (
    USUAL_PORT,
    DialectOption,
    ModelOption,
    PathOption,
    StreamingOption,
    UrlOption,
    announce,
    described,
    file_in,
    look,
)
from harness.cli.live.options import StayOption, WebOption, WebPortOption, web_plan
from harness.cli.options import (
    BaselineOption,
    CaseOption,
    CovFailUnderOption,
    CovOption,
    FailOnOption,
    FileArgument,
    JobsOption,
    JsonOption,
    OutOption,
    OwnedOption,
    ProfileOption,
    RepeatOption,
    ResilienceOption,
    SeedOption,
    SuiteOption,
    TargetOption,
    TimingsOption,
    UpstreamPortOption,
    VerboseOption,
    loaded,
    named,
    options_of,
    pairs_gate,
)
from harness.cli.outlets.events import EventsOption, require_room
from harness.cli.outlets.formats import FormatOption, wanted
from harness.cli.output import tell
from harness.cli.running.choice import (
    cases_for,
    left_to_longer,
    meets_all_pairs,
    require_measured,
    require_repeatable,
    suites_for,
)
from harness.cli.running.finish import finish
from harness.cli.running.perform import make_folder
from harness.cli.running.session import REGRESSIONS, Session
from harness.cli.shards import ShardOption, parsed, part_of
from harness.core.run.gate import HeldTo
from harness.core.target.file import require_permission
from harness.errors import UsageError
from harness.shell.playing.kept_files import kept_in
from harness.shell.target.targets import in_repository
from harness.shell.target.worker.coverage.counted import counted
from scenarios.index import EVERY
from scenarios.profiles import PROFILES


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("run", rich_help_panel="Judge a proxy")(run)


def run(
    context: typer.Context,
    file: FileArgument = None,
    target: TargetOption = "reference",
    suite: SuiteOption = "all",
    case: CaseOption = "*",
    profile: ProfileOption = "quick",
    seed: SeedOption = None,
    jobs: JobsOption = None,
    out: OutOption = Path("edgeproof-report"),
    fail_on: FailOnOption = "must",
    baseline: BaselineOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = False,
    timings: TimingsOption = False,
    format: FormatOption = "",  # noqa: A002 - a parameter is named as its flag is
    events: EventsOption = None,
    web: WebOption = False,
    web_port: WebPortOption = None,
    stay: StayOption = False,
    cov: CovOption = False,
    cov_fail_under: CovFailUnderOption = None,
    resilience_fail_under: ResilienceOption = None,
    repeat: RepeatOption = 1,
    shard: ShardOption = None,
    upstream_port: UpstreamPortOption = 0,
    i_own_this_target: OwnedOption = False,
    url: UrlOption = None,
    model: ModelOption = None,
    dialect: DialectOption = None,
    path: PathOption = None,
    streaming: StreamingOption = None,
) -> None:
    """Judge a proxy and report: results on standard output, files in --out.

    The reference proxy that comes with edgeproof:

      edgeproof run

    Your own, started by edgeproof as its target file says:

      edgeproof init my-proxy.toml
      edgeproof run my-proxy.toml

    That takes two to four minutes. One suite of it, conformance, takes
    a minute or less and finds most of what a run finds:

      edgeproof run my-proxy.toml --suite conformance

    FAIL means that the proxy broke a promise (a "must"), NON-STRICT that it
    broke a recommendation (a "should"), which fails no run unless you say
    --fail-on should. INCONCLUSIVE means not judged: it is never a pass.

    One that is already running, for a first look without a file; its
    upstream must be http://127.0.0.1:8787, where the mock will be:

      edgeproof run --url http://127.0.0.1:8080 --upstream-port 8787

    The same with a target file (without command), which says what the
    proxy claims. Start it with the environment that the mock prints:

      edgeproof mock --port 8787        shows the environment; then Ctrl-C
      edgeproof run running.toml --upstream-port 8787

    Only some cases. The seed decides every random choice, so that the same
    seed asks exactly the same again; every report names its seed:

      edgeproof run my-proxy.toml --case 'cache.*' --seed 7

    With code coverage of the proxy, which must reach 80 %:

      edgeproof run my-proxy.toml --cov-fail-under 80

    Check that the target gets the same verdict each time (see --repeat):

      edgeproof run my-proxy.toml --repeat 5

    A case whose verdict differs from round to round is inconclusive.

    With a baseline of known failures, so that only new ones fail the run:

      edgeproof baseline write edgeproof-report/results.json
      edgeproof run my-proxy.toml --seed 7 --baseline edgeproof-baseline.toml

    Output for CI and other tools, beside the reports; see --format:

      edgeproof run my-proxy.toml --format sarif,har --events events.ndjson

    On a live page in a browser (edgeproof ui keeps it up afterwards):

      edgeproof run my-proxy.toml --web

    One part of a run that several machines share (then: edgeproof merge):

      edgeproof run my-proxy.toml --seed 7 --shard 1/4

    Exit code: 0 all promises held, 1 one was broken, 2 wrong usage,
    3 inconclusive or nothing judged, 4 a gate was missed, 130 interrupted
    before there was a result.
    """
    if profile not in PROFILES:
        raise UsageError(f"there is no profile called {profile!r}", next_step=f"there are: {', '.join(PROFILES)}")
    forms = wanted(format)
    require_room(events, json=json)
    held_to = HeldTo(fail_on=fail_on, baseline=read_baseline(baseline) if baseline else None)
    first = look(context, url, file=file, model=model, dialect=dialect, path=path, streaming=streaming)
    spec = named(context, file=file, target=target, url=url if first else None)
    if first:
        proxy, spec = replace(described(first), file=in_repository(file_in(out))), str(file_in(out))
        upstream_port = upstream_port or USUAL_PORT
        require_permission(proxy, owned=i_own_this_target)
    else:
        proxy = loaded(spec, owned=i_own_this_target, upstream_port=upstream_port)
    cov = cov or cov_fail_under is not None
    if cov and proxy.command is None:
        raise UsageError(
            f"the coverage of {proxy.name} cannot be measured: it is already running",
            next_step="add target.command, so that edgeproof starts it, or omit --cov",
        )
    suites = suites_for(suite, profile, some_cases=case != "*" or repeat > 1)
    if repeat > 1:
        require_repeatable(suites)
    if cov:
        require_measured(suites, is_worker=proxy.worker is not None)
    cases, whole, part = cases_for(case, profile, proxy), meets_all_pairs(suites), parsed(shard)
    for_longer = left_to_longer(cases, proxy) if case == "*" and "conformance" in suites else 0
    if part:
        if seed is None:
            raise UsageError("--shard needs --seed", next_step="give all shards the same one, as in --seed 7")
        if cov_fail_under is not None:
            raise UsageError(
                "a shard reaches only a part of the target's code", next_step="omit --cov-fail-under or --shard"
            )
        part, suites, cases = part_of(part, suites, cases, profile=PROFILES[profile])
    session = Session(
        target_spec=spec,
        target_options=options_of(upstream_port=upstream_port, owned=i_own_this_target),
        target=proxy,
        suites=suites,
        cases=cases,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        profile=profile,
        whole=case in EVERY,
        for_longer=for_longer,
        jobs=jobs,
        out=out,
        repeat=repeat,
        upstream_port=upstream_port,
        shard=part,
        held_to=held_to,
        cov=cov,
        cov_fail_under=cov_fail_under,
        counted=counted(proxy, say=tell) if cov and proxy.worker else None,
        kept=kept_in(out / REGRESSIONS) if "properties" in suites else (),
        web=web_plan(web=web, port=web_port, stays=stay),
        resilience_fail_under=pairs_gate(resilience_fail_under, profile) if case == "*" and whole else None,
        formats=forms,
        events=events,
    )
    if first:
        make_folder(out)
        file_in(out).write_text(first.text, encoding="utf-8")
        announce(first, upstream_port=upstream_port, file=file_in(out))
    then = first_run.introduced(session, quiet=json)
    finish(session, json=json, verbose=verbose, timings=timings, tables=("coverage",) if cov else (), then=then)
