"""A target file: how to start or reach a proxy, how to talk to it, and what it claims.

The one rule: it is data, whole as its owner wrote it; what is filled in later is filled in a copy.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from pydantic import ConfigDict, with_config

from harness.core.target.claims import Capabilities, Limits
from harness.core.target.doors import Door
from harness.core.target.placeholders import fill, names_in
from harness.core.target.rewrites import Rewrites
from harness.core.target.values import (
    Command,
    Dialect,
    EnvName,
    EnvValue,
    HeaderName,
    HeaderValue,
    Path,
    Seconds,
    Url,
    Word,
)
from harness.errors import UsageError

_CLOSED: Final = ConfigDict(extra="forbid", allow_inf_nan=False)


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """How a client talks to the target: the dialect it speaks, where, and with which headers."""

    dialect: Dialect
    path: Path
    model: Word
    second_model: Word | None = None
    """A model that the target asks for in another way, as by Workers AI's native endpoint; None: there is none."""
    headers: dict[HeaderName, HeaderValue] = field(default_factory=dict)
    also: tuple[Door, ...] = ()
    """Further dialects that the same proxy speaks, each a table `[[chat.also]]`."""

    def at(self, dialect: str) -> Chat:
        """Return how a client talks to it in one of its dialects; in the first one where it has no such door."""
        door = next((each for each in self.also if each.dialect == dialect), None)
        if door is None:
            return self
        headers = self.headers if door.headers is None else door.headers
        return replace(self, dialect=door.dialect, path=door.path, model=door.model or self.model, headers=headers)


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """The table `[target]`: how the target is started and where it listens. Texts may hold placeholders."""

    name: Word
    command: Command | None = None
    """What starts it; None when it runs already."""
    url: Url = "http://127.0.0.1:{port}"
    worker: Word | None = None
    """A Cloudflare Worker's wrangler file, seen from the file's folder; edgeproof then starts workerd by itself."""
    worker_env: Word | None = None
    """The environment of that file that is meant; None for the top of it."""
    ready_path: Path | None = None
    """Polled until it answers below 500; None: ready once the port accepts."""
    ready_timeout_s: Seconds = 20.0
    env: dict[EnvName, EnvValue] = field(default_factory=dict)
    source: tuple[Word, ...] = ()
    """Its own code, for coverage: folders, seen from the file's, or Python packages. None: the file's folder; of a
    Worker that of its wrangler file."""
    version: Word | None = None
    """What its owner calls this state of it, for whoever reads its records later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFile(Process):
    """One target, as its file describes it."""

    chat: Chat
    capabilities: Capabilities = field(default_factory=Capabilities)
    limits: Limits = field(default_factory=Limits)
    rewrites: Rewrites = field(default_factory=Rewrites)
    here: str = ""
    """The folder of the file; empty for a target that comes with edgeproof."""
    file: str = ""
    """Where the file lies, seen from the root of its repository; empty for a target that comes with edgeproof."""
    lines: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    """The line on which the file says each of its keys, dotted."""
    laid_out: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """What is written beside its log before it starts: paths from there, and what they hold."""
    databases: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    """What its databases of D1 hold when it starts: the id of each, and its image as SQLite writes it."""
    counts_into: str = ""
    """The folder in which is kept what a Worker counts of its own code; empty when it counts nothing."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What it is given that is its owner's own and must never be shown."""

    def filled(self, values: Mapping[str, str]) -> TargetFile:
        """Return the target with its placeholders replaced, all but those of the chat's headers."""
        return replace(
            self,
            command=None if self.command is None else tuple(fill(each, values) for each in self.command),
            url=fill(self.url, values),
            ready_path=None if self.ready_path is None else fill(self.ready_path, values),
            env={name: fill(value, values) for name, value in self.env.items()},
            chat=replace(
                self.chat,
                path=fill(self.chat.path, values),
                also=tuple(replace(door, path=fill(door.path, values)) for door in self.chat.also),
            ),
        )

    def at(self, dialect: str) -> TargetFile:
        """Return the target as it is talked to in one of its dialects; as it is where that is its first one."""
        chat = self.chat.at(dialect)
        return self if chat is self.chat else replace(self, chat=chat)

    def headers_for(self, client_token: str, values: Mapping[str, str] | None = None) -> tuple[tuple[str, str], ...]:
        """Return the headers of a chat request from the identity that has this token.

        `values` are those of the other placeholders, for a target whose clients bring the upstream's own token.
        """
        known = {**(values or {}), "client_token": client_token}
        return tuple((name, fill(value, known)) for name, value in self.chat.headers.items())

    def without_credentials(self) -> TargetFile:
        """Return the target as a client calls it that brings no token at all."""
        tokens = {"client_token", "api_token"}
        bare = {name: value for name, value in self.chat.headers.items() if not tokens & set(names_in(value))}
        return replace(self, chat=replace(self.chat, headers=bare))

    @property
    def tells_callers_apart(self) -> bool:
        """Whether a header of a chat request holds `{client_token}`; without one, the two identities are the same."""
        return self._clients_bring("client_token")

    @property
    def clients_bring_the_api_token(self) -> bool:
        """Whether a client itself sends the upstream's token, so that it is no secret before that client."""
        return self._clients_bring("api_token")

    def _clients_bring(self, placeholder: str) -> bool:
        return any(placeholder in names_in(value) for value in self.chat.headers.values())

    @property
    def on_loopback(self) -> bool:
        """Whether traffic to the target stays on this machine."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")


def require_permission(target: TargetFile, *, owned: bool) -> None:
    """Refuse a target on another host unless its owner has said so.

    Raises:
        UsageError: naming the host and the flag.
    """
    if not (owned or target.on_loopback):
        raise UsageError(
            f"{target.name} is at {target.url}, which is not this machine",
            evidence="a run sends it broken, oversized and abusive requests",
            next_step="add --i-own-this-target if you may do that to it",
        )
