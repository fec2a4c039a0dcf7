"""`edgeproof drift`: is the mock still true?

The one rule: before anything is sent to somebody else's machine, its user has said that it may be, and is told how
much that will be.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from harness.cli.drifting.performing import perform
from harness.cli.drifting.telling import render
from harness.cli.drifting.upstream import upstream_of
from harness.cli.file_out import try_to_write, write_file
from harness.cli.options import JsonOption
from harness.cli.output import print_json, results, tell
from harness.core.drift.outcome import FailOn, Sides, forms_of
from harness.core.drift.questions import DIALECTS, OF_CLOUDFLARE, Question, questions
from harness.drivers.drift import Settings
from harness.errors import UsageError
from harness.mock_cloudflare.settings import ACCOUNT_ID

_MODEL: Final = "@cf/meta/llama-3.1-8b-instruct-fast"
_BYTES_A_TOKEN: Final = 4

UpstreamOption = Annotated[
    str,
    typer.Option(
        "--upstream",
        metavar="URL",
        help="Cloudflare's API without a path, or the base URL of an OpenAI-compatible API, such as https://HOST/v1.",
    ),
]
ModelOption = Annotated[str, typer.Option("--model", metavar="NAME", help="The model to ask; a small one is enough.")]
DialectOption = Annotated[
    str,
    typer.Option(
        "--dialect",
        metavar="A,B",
        help=f"What to compare: {', '.join(DIALECTS)}. By default chat, and run if the upstream is Cloudflare's API.",
    ),
]
AccountOption = Annotated[
    str, typer.Option("--account", metavar="ID", envvar="CLOUDFLARE_ACCOUNT_ID", help="Account of Cloudflare's API.")
]
NamespaceOption = Annotated[
    str,
    typer.Option(
        "--namespace",
        metavar="ID",
        envvar="CLOUDFLARE_KV_NAMESPACE",
        help="Workers KV namespace for --dialect kv, where one key is written and deleted.",
    ),
]
TokenOption = Annotated[
    str,
    typer.Option(
        "--token-variable",
        metavar="NAME",
        help="Environment variable that holds the token. By default CLOUDFLARE_API_TOKEN or OPENAI_API_KEY.",
    ),
]
OnlyOption = Annotated[
    str, typer.Option("--only", metavar="GLOB", help="Only these questions, as in 'chat.*,run.stream'.")
]
SamplesOption = Annotated[
    int, typer.Option("--samples", metavar="N", min=1, max=5, help="How often to ask each question.")
]
TimeoutOption = Annotated[
    float, typer.Option("--timeout", metavar="S", min=0.1, max=300, help="Seconds to wait for each answer.")
]
SinceOption = Annotated[
    Path | None,
    typer.Option("--since", metavar="FILE", help="A file from an earlier --out, to see which side has changed."),
]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Also write the record to this file.")]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="Which differences give exit code 1.")]
OwnedOption = Annotated[
    bool,
    typer.Option(
        "--i-own-this-target", help="Allow an upstream on another machine; its account pays for the requests."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("drift", rich_help_panel="Set up")(drift)


def drift(
    upstream: UpstreamOption,
    model: ModelOption = _MODEL,
    dialect: DialectOption = "",
    account: AccountOption = "",
    namespace: NamespaceOption = "",
    only: OnlyOption = "*",
    samples: SamplesOption = 1,
    timeout: TimeoutOption = 30.0,
    token_variable: TokenOption = "",
    since: SinceOption = None,
    out: OutOption = None,
    json: JsonOption = False,
    fail_on: FailOnOption = "breaking",
    i_own_this_target: OwnedOption = False,
) -> None:
    """Compare the mock with a real upstream: is what the tests rest on still true?

    Both get the same few requests. Only the form of the answers is compared:
    status, headers, fields and their types, the grammar of streams, errors.
    What the mock can do as well, by a switch or a fault that keeps the
    meaning, is a known variation and no drift.

    Workers AI, with CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID set:

      edgeproof drift --upstream https://api.cloudflare.com --i-own-this-target

    Any OpenAI-compatible API, with OPENAI_API_KEY set:

      edgeproof drift --upstream http://127.0.0.1:11434/v1 --model llama3.2

    Who has moved since the last time:

      edgeproof drift --upstream URL --since last.json --out drift.json

    It says beforehand how many requests it sends and how many tokens they
    may cost.

    Exit code: 0 no drift, 1 drift, 2 usage, 3 something was not compared.
    """
    place = upstream_of(upstream, account=account, owned=i_own_this_target)
    dialects = _dialects(dialect, api=place.api, namespace=namespace)
    if not model:
        raise UsageError("no model is named", next_step="give --model NAME")
    asked = questions(dialects, api=place.api, model=model, namespace=namespace, only=only)
    if not asked:
        every = questions(dialects, api=place.api, model=model, namespace=namespace)
        raise UsageError(f"no question fits {only!r}", next_step=f"there are: {', '.join(each.id for each in every)}")
    before = _earlier(since) if since else {}
    if out is not None:
        try_to_write(out)
    settings = Settings(
        questions=asked,
        api=place.api,
        root=place.root,
        token=place.token(token_variable),
        model=model,
        namespace=namespace if "kv" in dialects else "",
        headers=place.headers,
        behind=place.behind,
        samples=samples,
        patience_s=timeout,
        uses_proxy=not place.is_here,
    )
    tell(announced(settings))
    found = perform(settings, fail_on=fail_on, before=before)
    if json:
        print_json(found.to_json())
    else:
        with results() as console:
            render(found, console, kept=out)
    if out is not None:  # last: what was paid for is told, whatever has become of the file's place meanwhile
        write_file(out, found.to_json())
    raise typer.Exit(found.exit_code)


def announced(settings: Settings) -> str:
    """Say what is about to be sent, and what it may cost."""
    answered = [each for each in settings.questions if each.tokens]
    said = sum(each.tokens for each in answered) * settings.samples
    read = sum(_read(each) for each in answered) * settings.samples
    count = len(settings.questions) * settings.samples
    cost = (
        f"{len(answered) * settings.samples} of them may reach a model: "
        f"about {read} input tokens, at most {said} output tokens"
    )
    writes = f"; writes one key to the namespace {settings.namespace} and deletes it" if settings.namespace else ""
    requests = f"{count} request{'s' * (count > 1)}"
    return f"asking {settings.root}: {requests}, {cost if answered else 'none of them for a model'}{writes}"


def _read(question: Question) -> int:
    return len(question.body) // _BYTES_A_TOKEN


def _dialects(told: str, *, api: str, namespace: str) -> tuple[str, ...]:
    """Return the dialects that are asked for, each once."""
    usual = "chat,run" if api == "cloudflare" else "chat"
    words = [word.strip() for word in told.split(",") if word.strip()]
    wanted = tuple(dict.fromkeys(words or usual.split(",")))
    for word in wanted:
        if word not in DIALECTS:
            raise UsageError(f"no dialect is called {word!r}", next_step=f"there are: {', '.join(DIALECTS)}")
        if word in OF_CLOUDFLARE and api != "cloudflare":
            raise UsageError(
                f"only Cloudflare's own API speaks {word}", next_step="give --upstream without a path, and --account"
            )
    if "kv" in wanted and not ACCOUNT_ID.fullmatch(namespace):
        raise UsageError(
            "kv needs a namespace to write to",
            evidence=f"--namespace is {namespace!r}, not 32 hexadecimal digits" if namespace else "",
            next_step="add --namespace ID; one key is written and deleted",
        )
    return wanted


def _earlier(path: Path) -> dict[str, Sides]:
    try:
        return forms_of(path.read_text(encoding="utf-8"))
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{path} is no record of edgeproof drift", evidence=str(error), next_step="give a file that --out wrote"
        ) from error
