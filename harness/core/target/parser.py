"""The text of a target file made into a `TargetFile`, or refused with the line and the nearest valid name.

The one rule: a file is refused as a whole, with everything that is wrong with it, before anything starts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from pydantic_core import ErrorDetails

from harness.core.observed.redact import shown_url
from harness.core.target.analytics import Analytics
from harness.core.target.chat_api import ChatAgents, ChatApi, ChatBranches, ChatNames, ChatResume, ChatUsage
from harness.core.target.claims import Breaker, Cache, Capabilities, Limits, RateLimit, Retry
from harness.core.target.doors import TABLE, Door, twice, unnumbered
from harness.core.target.file import Chat, Process, TargetFile
from harness.core.target.placeholders import names_in
from harness.core.target.rewrites import Rewrites
from harness.core.target.sessions import Sessions
from harness.core.target.toml_lines import Key, line_of, lines_of
from harness.errors import UsageError
from reports.record.amiss import amiss


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    target: Process
    chat: Chat
    capabilities: Capabilities = field(default_factory=Capabilities)
    limits: Limits = field(default_factory=Limits)
    rewrites: Rewrites = field(default_factory=Rewrites)


TABLES: Final[dict[Key, type]] = {
    (): _Document,
    ("target",): Process,
    ("chat",): Chat,
    ("chat", "also"): Door,
    ("capabilities",): Capabilities,
    ("capabilities", "retry"): Retry,
    ("capabilities", "circuit_breaker"): Breaker,
    ("capabilities", "cache"): Cache,
    ("capabilities", "rate_limit"): RateLimit,
    ("capabilities", "analytics"): Analytics,
    ("capabilities", "sessions"): Sessions,
    ("capabilities", "chat_api"): ChatApi,
    ("capabilities", "chat_api", "names"): ChatNames,
    ("capabilities", "agents"): ChatAgents,
    ("capabilities", "usage"): ChatUsage,
    ("capabilities", "branches"): ChatBranches,
    ("capabilities", "resume"): ChatResume,
    ("limits",): Limits,
    ("rewrites",): Rewrites,
}
"""Every table of a target file, and the class that its keys are the fields of."""
_NAMES: Final = {key: tuple(item.name for item in fields(table)) for key, table in TABLES.items()}
_USUAL: Final = {
    "target.url": '"http://127.0.0.1:{port}"',
    "chat.dialect": '"openai"',
    "chat.path": '"/v1/chat/completions"',
    "chat.model": '"@cf/meta/llama-3.3-70b-instruct-fp8-fast"',
}
"""What keys hold as a rule that a file cannot be without."""
_LONGEST: Final = 80
_AT_THE_END: Final = " (at end of document)"
_READER: Final = TypeAdapter(_Document)


def parse(text: str, *, file: str, here: str = "") -> TargetFile:
    """Return the target that a file's text describes. `file` is its name in messages, `here` the folder it lies in.

    Raises:
        UsageError: naming the file and, for each thing wrong, the line, the key and the nearest valid name.
    """
    try:
        data = tomllib.loads(text)
    except ValueError as error:  # among them that of a number with thousands of digits
        raise _refused(file, [_syntax(str(error), text)]) from error
    except RecursionError:
        raise _refused(file, ["it nests too deeply to be read"]) from None
    try:
        document = _READER.validate_python(data)
    except ValidationError as error:
        problems = [_located(text, *_problem(each)) for each in error.errors(include_url=False)]
        raise _refused(file, problems) from error
    told = (*_contradictions(document.target, data["target"]), *twice(document.chat.dialect, document.chat.also))
    contradictions = [_located(text, key, saying) for key, saying in told]
    if contradictions:
        raise _refused(file, contradictions)
    own = {item.name: getattr(document.target, item.name) for item in fields(Process)}
    return TargetFile(
        **own,
        chat=document.chat,
        capabilities=document.capabilities,
        limits=document.limits,
        rewrites=document.rewrites,
        here=here,
        lines=tuple(lines_of(text).items()),
    )


def _contradictions(process: Process, given: Mapping[str, object]) -> Iterator[tuple[Key, str]]:
    if process.worker is not None:
        for name in ("command", "url"):
            if name in given:
                yield ("target", name), "a Worker is started by edgeproof itself; leave this out, or target.worker"
        return
    if "url" not in given:
        yield ("target", "url"), _missing("target.url")
        return
    if process.worker_env is not None:
        yield ("target", "worker_env"), "it chooses an environment of target.worker, which is not set"
    told = {name for each in (*(process.command or ()), *process.env.values()) for name in names_in(each)}
    if "port" in names_in(process.url):
        if process.command is None:
            yield (
                ("target", "url"),
                "{port} is picked for a target that is started; write the port, or add target.command",
            )
        elif "port" not in told:
            yield (
                ("target", "command"),
                'the target does not get its port; pass "{port}" on in command or in target.env',
            )
    if process.command is None and process.env:
        yield ("target", "env"), "the environment of a target that runs already cannot be set; add target.command"


def _refused(file: str, problems: list[str]) -> UsageError:
    return UsageError(
        f"{file} cannot be used as a target file",
        evidence=problems[0] if len(problems) == 1 else "\n".join(f"  {each}" for each in problems),
        next_step="`edgeproof init` writes a target file with every key explained",
    )


def _located(text: str, key: Key, saying: str) -> str:
    line = line_of(text, key)
    where = f"line {line}: " if line else ""
    return f"{where}{'.'.join(unnumbered(key))}: {saying}"


def _syntax(message: str, text: str) -> str:
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message)
    if found:
        return f"line {found[2]}, column {found[3]}: {found[1]}"
    if message.endswith(_AT_THE_END):
        return f"line {text.count(chr(10)) + 1}: {message.removesuffix(_AT_THE_END)}, and the file ends"
    return message


def _problem(error: ErrorDetails) -> tuple[Key, str]:
    key = tuple(str(part) for part in error["loc"] if part != "[key]")
    value = error["input"]
    match error["type"]:
        case "unexpected_keyword_argument":
            saying = f"there is no such key{_advice(key)}"
        case "missing":
            saying = _missing(".".join(unnumbered(key)))
        case "dataclass_type":
            saying = (
                f"it should be a table with {', '.join(_NAMES[unnumbered(key)])}; leave it out if it does not apply"
            )
        case "tuple_type" if key == TABLE:
            saying = "it should be written [[chat.also]], a table for each further dialect"
        case "literal_error":
            choices = re.findall(r"'([^']+)'", error["ctx"]["expected"])
            saying = f"it should be {' | '.join(choices)}, not {_shown(key, value)}{_nearest(str(value), choices)}"
        case "string_pattern_mismatch":
            saying = f"{value!r} cannot be a name here"
        case "value_error":
            saying = f"{_shown(key, value)}: {error['ctx']['error']}"
        case _:
            saying = f"{amiss(error, table='a table')}, not {_shown(key, value)}"
    return key, saying


def _missing(name: str) -> str:
    return f"it is missing; usually: {name.partition('.')[2]} = {_USUAL[name]}" if name in _USUAL else "it is missing"


def _shown(key: Key, value: object) -> str:
    if "headers" in key or key[:2] == ("target", "env"):
        return "(not shown)"  # somebody's real token may stand here
    text = repr(shown_url(value) if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _advice(key: Key) -> str:
    *table, name = unnumbered(key)
    for other, names in _NAMES.items():
        if name in names and other:
            return f"; it belongs in [{'.'.join(other)}]"
    return _nearest(name, _NAMES.get(tuple(table), ()))


def _nearest(name: str, names: Sequence[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(names)}" if names else ""
