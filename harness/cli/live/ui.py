"""`edgeproof ui`: a run on a page that stays, or earlier results on one.

The one rule: with words of a run it is that run; without any it starts nothing, and shows what there is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.errors import UsageError

_RECORD: Final = "results.json"
_USUAL: Final = Path("edgeproof-report") / _RECORD
_OWN: Final = frozenset({"--web", "--web-port", "--stay", "--json"})
"""What means nothing here, or would mean two things."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command(
        "ui",
        rich_help_panel="Judge a proxy",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(ui)


def ui(
    context: typer.Context,
    port: Annotated[
        int, typer.Option("--port", metavar="N", envvar="EDGEPROOF_WEB_PORT", min=0, max=65535, help="0: a free one.")
    ] = 0,
) -> None:
    """Serve a live page of a run on this machine, until Ctrl-C.

    It takes what edgeproof run takes (edgeproof run --help):

      edgeproof ui my-proxy.toml
      edgeproof ui reference --case 'streaming.*' --seed 7

    Without any of it, what the latest run in this folder has found, or
    any other; reload the page after a new run:

      edgeproof ui
      edgeproof ui elsewhere/results.json

    The page listens on loopback alone. Exit code: that of the run.
    """
    words = context.args
    if len(words) == 1 and (record := _record_in(words[0])):
        return _view(record, port)
    if not words and "EDGEPROOF_TARGET" not in os.environ:
        if not _USUAL.is_file():
            raise UsageError(
                "there is nothing to show yet",
                evidence=f"{_USUAL} is not there",
                next_step="name what to run, as in: edgeproof ui my-proxy.toml, or: edgeproof ui reference",
            )
        return _view(_USUAL, port)
    for word in words:
        if word.partition("=")[0] in _OWN:
            raise UsageError(f"edgeproof ui takes no {word}", next_step="edgeproof run does; leave it out here")
    raise typer.Exit(_run([*words, "--web-port", str(port), "--stay"]))


def _record_in(word: str) -> Path | None:
    """Return the record that a word names, by itself or by its folder."""
    path = Path(word)
    if path.suffix == ".json":
        return path
    return path / _RECORD if path.is_dir() else None


def _view(record: Path, port: int) -> None:
    from harness.cli.live.viewing import view  # a server's library would hold up every other verb

    view(record, port=port)


def _run(words: list[str]) -> int:
    """Run with these words as `edgeproof run` would."""
    from harness.cli.running import run  # it needs all that a run needs

    made = typer.Typer(pretty_exceptions_enable=False)
    made.callback()(lambda: None)
    run.register(made)
    code = typer.main.get_command(made).main(["run", *words], prog_name="edgeproof", standalone_mode=False)
    return code if isinstance(code, int) else 0
