"""What a target claims, and the limits that it was started with.

The one rule: what is not claimed is not claimed. A default here would turn into a verdict nobody asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from pydantic import ConfigDict, with_config

from harness.core.target.analytics import Analytics
from harness.core.target.chat_api import ChatAgents, ChatApi, ChatBranches, ChatResume, ChatUsage
from harness.core.target.sessions import Sessions
from harness.core.target.values import Count, FailedStatus, Flag, HeaderName, Seconds, Word

PATIENCE_S: Final = 15.0
"""How long the harness watches an exchange of a target that claims no deadline."""
INDEFENSIBLE_S: Final = 60.0
"""An exchange that goes on this long behind a silent upstream is wrong whatever a target claims."""
RESIDENT_SHARE: Final = 4
"""How many times `cache.max_bytes` memory may grow: text can take two bytes a character, and lie there in two forms."""
_CLOSED: Final = ConfigDict(extra="forbid", allow_inf_nan=False)


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
