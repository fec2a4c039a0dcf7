"""The command line: every command with every argument and flag, as the parser itself knows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from inspect import cleandoc
from typing import Any, NamedTuple

import typer

from harness.cli.app import app
from harness.reference_proxy.settings import Settings
from reference_pages.markdown import MADE, anchor, code, escaped, prose, table
from reference_pages.meanings import checked

_HEAD = """# Command line

{made}

Every command, argument and flag. `edgeproof COMMAND --help` says the same. Where a flag names an environment variable,
the variable stands in for the flag; the flag wins.

Exit codes: **0** all held, **1** a promise was broken, **2** wrong usage, **3** inconclusive, **4** a gate was missed,
**130** interrupted (Ctrl-C) before there was a result. A run that is interrupted later reports what it has.
"""
_PROXY = "proxy"
"""The command whose flags belong to another program, which is handed whatever follows it."""


class Command(NamedTuple):
    """A command by the words that call it, with what its parser knows."""

    words: tuple[str, ...]
    about: str
    parameters: tuple[Any, ...]

    @property
    def place(self) -> str:
        """The command's own place on the page, which its heading makes."""
        return "-".join(("edgeproof", *self.words))


class Flag(NamedTuple):
    """A flag or an argument: its place, how it is written, and what it means."""

    place: str
    written: str
    meaning: str


def commands() -> tuple[Command, ...]:
    """Return all commands, those of groups behind their group."""
    return tuple(_walk((), typer.main.get_command(app([]))))


def flags(command: Command) -> Iterator[Flag]:
    """Yield the arguments and flags of a command; each has a place, whether or not it is spelled in a second way."""
    if command.words == (_PROXY,):
        yield from _of_the_proxy()
        return
    for each in command.parameters:
        names = [*each.opts, *each.secondary_opts]
        if each.param_type_name == "argument":
            written = code((each.metavar or each.name).strip("[]") + ("..." if each.nargs == -1 else ""))
            yield Flag(f"{'-'.join(command.words)}-{each.name}", written, _meaning(each))
        elif not getattr(each, "hidden", False):
            value = "" if each.is_flag else f" {each.metavar or _kind(each)}"
            written = ", ".join(code(name) for name in names) + (f" {code(value.strip())}" if value else "")
            yield Flag(f"{'-'.join(command.words)}{_longest(names)}", written, _meaning(each))


def page() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD.format(made=MADE)]
    told = commands()
    lines += table(("command", "does"), [(f"[`{_call(each)}`](#{each.place})", _first(each.about)) for each in told])
    for command in told:
        lines += [f"## {_call(command)}", "", prose(command.about), ""]
        rows = [(anchor(each.place) + each.written, each.meaning) for each in flags(command)]
        lines += table(("flag", "meaning"), rows) if rows else []
    return "\n".join(lines).rstrip() + "\n"


def _walk(words: tuple[str, ...], command: Any) -> Iterator[Command]:  # noqa: ANN401 - typer keeps its commands' types to itself
    about = cleandoc((command.help or "").replace("\b", ""))
    shown = [each for each in command.params if each.name not in {"help", "install_completion", "show_completion"}]
    if words:
        yield Command(words, about, tuple(shown))
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _walk((*words, name), inner)


def _of_the_proxy() -> Iterator[Flag]:
    for item in fields(Settings):
        if "env_only" not in item.metadata:
            name = f"--{item.name.replace('_', '-')}"
            default = f" Default: {code(str(item.default))}." if item.default != "" else ""
            variable = f" Environment: `EDGEPROOF_PROXY_{item.name.upper()}`."
            yield Flag(f"{_PROXY}{name}", code(name), f"{_sentence(item.metadata['help'])}{default}{variable}")


def _meaning(parameter: Any) -> str:  # noqa: ANN401 - see above
    said = [checked(parameter.opts[0], _sentence(parameter.help or ""))]
    default = parameter.default
    if getattr(parameter, "is_flag", False):
        default = None
    if parameter.required:
        said.append("Required.")
    elif default not in (None, "", ()) and not callable(default):
        said.append(f"Default: {code(str(default))}.")
    variables = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or []
    said += [f"Environment: {', '.join(map(code, variables))}."] if variables else []
    return " ".join(said)


def _kind(parameter: Any) -> str:  # noqa: ANN401 - see above
    descriptor = parameter.type_descriptor
    if descriptor.is_choice:
        return "|".join(str(each) for each in descriptor.choices)
    return {int: "N", float: "NUMBER", bool: "true|false"}.get(descriptor.annotation, "TEXT")


def _sentence(text: str) -> str:
    told = escaped(" ".join(text.split()))
    told = told[:1].upper() + told[1:]
    return told if not told or told.endswith((".", "?", "!")) else f"{told}."


def _longest(names: list[str]) -> str:
    return max(names, key=lambda name: name.startswith("--"))


def _call(command: Command) -> str:
    return " ".join(("edgeproof", *command.words))


def _first(about: str) -> str:
    return escaped(" ".join(about.split("\n\n")[0].split()))
