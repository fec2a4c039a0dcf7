"""What to write into a target file so that a proxy and its mock find one another: cures for the usual first mistakes.

The one rule: a cure is a line to copy, told where what was seen points at it. Where nothing does, it is told what to
check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from harness.core.observed.history import UpstreamExchange
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.core.target.placeholders import names_in

USUAL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "OPENAI_API_KEY": "{api_token}",
        "OPENAI_BASE_URL": "{upstream}/v1",
        "CLOUDFLARE_ACCOUNT_ID": "{account_id}",
        "CLOUDFLARE_API_TOKEN": "{api_token}",
        "CLOUDFLARE_BASE_URL": "{upstream}/client/v4",
    }
)
"""The variables that clients of OpenAI and Cloudflare read, and what they hold where the mock is upstream."""

_ANY_RUNNING: Final = "start it with the environment that `edgeproof mock` prints"
_NEXT: Final = "\n  "
_NOT_FOUND: Final = re.compile(r"can't open file|Cannot find module|No such file or directory|cannot open")
"""How Python, Node.js and shells say that they have nothing to run."""

_UNSET: Final = re.compile(r"^KeyError: '([A-Z][A-Z0-9_]*)'", re.MULTILINE)
"""How Python says that the environment lacks a variable."""
_PLACEHOLDERS: Final = 'the mock is at "{upstream}/v1" and takes the key "{api_token}"'


def for_last_words(said: str, target: TargetFile) -> str:
    """Return the cure for a target that ends as it starts and names what it lacks, a variable or its program."""
    names = {word.rpartition("/")[2] for word in target.command or () if "/" in word or "." in word}
    # The name must stand in the complaint itself: Node.js also names the file that asks for a module it lacks.
    complaints = [line for line in said.splitlines() if _NOT_FOUND.search(line)]
    if any(name in line for line in complaints for name in names if name):
        words = Redactor().text(" ".join(target.command or ()))
        return f"set target.command to what starts the proxy; it is now: {words}"
    lacking = [name for name in USUAL if re.search(rf"\b{name}\b", said) and name not in target.env]
    if lacking and not any("upstream" in names_in(value) for value in target.env.values()):
        lacking += [name for name in ("OPENAI_BASE_URL",) if lacking[0].startswith("OPENAI") and name not in lacking]
    if lacking:
        return _lines(lacking, target)
    own = [name for name in _UNSET.findall(said) if name not in target.env]
    return f"set {own[-1]} under [target.env]; {_PLACEHOLDERS}" if own else ""


def for_refusal(call: UpstreamExchange, target: TargetFile) -> str:
    """Return the cure for a target whose call the mock refused with a 4xx."""
    status = _status(call)
    path = call.path
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        native = path.startswith("/client/")
        names = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"] if native else ["OPENAI_API_KEY"]
        wrong = "the mock takes one token only" if call.header("authorization") else "the call carried no token"
        return f"{wrong}. {_lines(names, target, known=True)}"
    cure = _base_url(path, target)
    if cure or status == HTTPStatus.NOT_FOUND:
        return f"the mock has nothing at {path}. {cure or _served(target)}"
    return "check the path, token and account it uses; `edgeproof mock` prints those the mock takes"


def for_silence(target: TargetFile, upstream: str, status: int | None, *, table: str = "chat") -> str:
    """Return what to mend in a target that answers nothing useful and asks nothing of the mock.

    `table` says which table of its file is about the door that was asked.
    """
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return f'set {table}.path to the path of its chat route; it is "{target.chat.path}" now'
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"it declines the client: set {table}.headers to what its clients send"
    if target.command is None:
        return f"its upstream must be {upstream}; {_ANY_RUNNING}"
    if cure := for_no_upstream(target):
        return cure
    return f"check {table}.path and {table}.headers, and that it uses {upstream} as its upstream"


def for_no_upstream(target: TargetFile) -> str:
    """Return the cure for a target that its file leads to no mock; nothing where it may."""
    told = [*target.env.values(), *(target.command or ())]
    led = any({"upstream", "upstream_address", "workdir"} & names_in(each) for each in told)
    if led or target.command is None or target.worker is not None:
        return ""
    names = [name for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY") if name not in target.env]
    return f"nothing in its file tells it the upstream. {_lines(names, target, known=True)}"


def _base_url(path: str, target: TargetFile) -> str:
    """Return the cure for a base URL that leads to a path which the mock does not serve; nothing for another path."""
    if path.startswith("/v1/v1/"):
        return f'Its base URL has /v1 once too often: write "{{upstream}}" without it{_under(target)}'
    if path in {"/chat/completions", "/embeddings", "/models", "/completions"}:
        return f"Its base URL lacks /v1. {_lines(['OPENAI_BASE_URL'], target, known=True)}"
    if path.startswith(("/accounts/", "/v4/")):
        return f"Its base URL lacks /client/v4. {_lines(['CLOUDFLARE_BASE_URL'], target, known=True)}"
    return ""


def _served(target: TargetFile) -> str:
    return (
        "The mock serves OpenAI's API under {upstream}/v1, and Cloudflare's under {upstream}/client/v4"
        f"{_under(target)}"
    )


def _under(target: TargetFile) -> str:
    return "" if target.command is None else ", in [target.env] or target.command"


def _lines(names: list[str], target: TargetFile, *, known: bool = False) -> str:
    """Return lines of a target file; `known` says that they may stand there already, under this name or another."""
    if target.command is None:
        return _ANY_RUNNING.capitalize()
    own = [_own(name, target) for name in names]
    lines = [f'{mine or name} = "{USUAL[name]}"' for mine, name in zip(own, names, strict=True)]
    other = " (or the names that your proxy reads)" if known and not all(own) else ""
    return f"Write into the target file{other}:{_NEXT}" + _NEXT.join(["[target.env]", *lines])


def _own(name: str, target: TargetFile) -> str:
    """Return the target's own variable that leads it to the mock, where `name` would; nothing if there is not one."""
    leading = [each for each, value in target.env.items() if "upstream" in names_in(value)]
    return leading[0] if len(leading) == 1 and "{upstream}" in USUAL[name] else ""


def _status(call: UpstreamExchange) -> int:
    first = call.wire.partition(b"\r\n")[0].split(b" ")
    return int(first[1]) if len(first) > 1 and first[1].isdigit() else 0
