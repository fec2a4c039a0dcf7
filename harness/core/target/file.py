"""A target file: how to start or reach a proxy, how to talk to it, and what it claims.

The one rule: what a file does not claim is not claimed. A default here would turn into a verdict nobody asked for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from pydantic import ConfigDict, with_config

from harness.core.target.analytics import Analytics
from harness.core.target.chat_api import ChatAgents, ChatApi, ChatBranches, ChatResume, ChatUsage
from harness.core.target.doors import Door
from harness.core.target.placeholders import fill, names_in
from harness.core.target.rewrites import Rewrites
from harness.core.target.sessions import Sessions
from harness.core.target.values import (
    Command,
    Count,
    Dialect,
    EnvName,
    EnvValue,
    FailedStatus,
    Flag,
    HeaderName,
    HeaderValue,
    Path,
    Seconds,
    Url,
    Word,
)
from harness.errors import UsageError

PATIENCE_S: Final = 15.0
"""How long the harness watches an exchange of a target that claims no deadline."""
INDEFENSIBLE_S: Final = 60.0
"""An exchange that goes on this long behind a silent upstream is wrong whatever a target claims."""

RESIDENT_SHARE: Final = 4
"""How many times `cache.max_bytes` memory may grow: text can take two bytes a character, and lie there in two forms."""
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
class Retry:
    """The target tries again; `max_attempts` counts the first attempt.

    `statuses` are the answers behind which it does so, and no others are. None: not told, and so those that every
    claim of retries means. A lost connection is always among them.
    """

    max_attempts: Count
    statuses: frozenset[FailedStatus] | None = None


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """After that many failures in a row the target stops asking upstream for `open_s` seconds."""

    failures: Count
    open_s: Seconds


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """The target answers again from memory.

    `ttl_s` is the life of an answer, `streams` whether streams are stored as well, `header` the answer's header that
    tells a hit, `per_identity` whether two identities never share an answer, `ndjson` whether a client whose Accept
    names NDJSON alone gets its stream so, from the cache as well. `max_bytes` bounds what is kept; None: not told.
    """

    ttl_s: Seconds
    streams: Flag = False
    header: HeaderName | None = None
    per_identity: Flag = False
    ndjson: Flag = False
    max_bytes: Count | None = None


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """The target refuses an identity's requests beyond `per_minute`."""

    per_minute: Count


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the target claims. None or False: not claimed, so not held against it."""

    streaming: Flag = False
    retry: Retry | None = None
    circuit_breaker: Breaker | None = None
    fallback_model: Word | None = None
    cache: Cache | None = None
    kv: Flag = False
    """The cache also lives in Workers KV."""
    r2: Flag = False
    """The cache also lives in R2, by its S3 API."""
    rate_limit: RateLimit | None = None
    cost_header: HeaderName | None = None
    """The header of an answer that holds its cost, as a plain number."""
    cors: Flag = False
    """Pages of any origin may call the target and read its answers, errors too (Fetch: CORS protocol)."""
    sessions: Sessions | None = None
    """The target keeps conversations."""
    chat_api: ChatApi | None = None
    """The target is a chat service, which gives conversations their ids and keeps them."""
    tenants: Flag = False
    """Its callers are users of tenants: `a` and `colleague` of one, `b` of another. They see only their own."""
    agents: ChatAgents | None = None
    """A question can be asked of an agent of the tenant."""
    usage: ChatUsage | None = None
    """The service reports what a caller's answers took."""
    branches: ChatBranches | None = None
    """A question can be answered again."""
    resume: ChatResume | None = None
    """An answer can be read on by a client that was cut off."""
    analytics: Analytics | None = None
    """The target counts what its callers use."""

    def __post_init__(self) -> None:
        """Refuse what rests on a claim that is missing."""
        resting = ("tenants", "agents", "usage", "branches", "resume")
        claimed = [name for name in resting if getattr(self, name)]
        if claimed and self.chat_api is None:
            raise ValueError(f"{claimed[0]} rests on chat_api, which is not claimed; add [capabilities.chat_api]")

    def may_decline(self, status: int | None) -> bool:
        """Whether a target with these claims may turn a clean request away like that: by a limit, and so alive."""
        return self.rate_limit is not None and status == HTTPStatus.TOO_MANY_REQUESTS


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the target was started with. None: not told. Times in seconds, sizes in bytes."""

    max_request_bytes: Count | None = None
    max_messages: Count | None = None
    max_depth: Count | None = None
    upstream_idle_timeout_s: Seconds | None = None
    first_byte_timeout_s: Seconds | None = None
    deadline_s: Seconds | None = None
    """Whatever upstream does, a client's exchange ends within this time. None: no deadline is claimed."""
    client_stall_timeout_s: Seconds | None = None
    """A client that takes nothing of its stream for so long is given up."""

    @property
    def patience_s(self) -> float:
        """How long an exchange is waited for: the claimed deadline, or as long as the harness cares to watch."""
        return PATIENCE_S if self.deadline_s is None else self.deadline_s

    @property
    def lets_go_within_s(self) -> float | None:
        """How long a client that takes nothing may keep its upstream call: what is claimed of it, or what the claims
        about upstream come to. None: nothing of the kind is claimed."""
        if self.client_stall_timeout_s is not None:
            return self.client_stall_timeout_s
        return None if self.deadline_s is None else self.deadline_s + (self.upstream_idle_timeout_s or 0.0)


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
