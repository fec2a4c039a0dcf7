"""Everything that can be set, read once at the start.

The one rule: secrets come from the environment only, never from argv, and are never shown by `repr`.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

_PREFIX = "EDGEPROOF_PROXY_"
_SECRETS = {
    "api_token": "CLOUDFLARE_API_TOKEN",
    "account_id": "CLOUDFLARE_ACCOUNT_ID",
    "kv_namespace": "CLOUDFLARE_KV_NAMESPACE",
    "r2_access_key_id": "AWS_ACCESS_KEY_ID",
    "r2_secret_access_key": "AWS_SECRET_ACCESS_KEY",
}
_ENTRY_OVERHEAD = 2  # a sealed entry escapes its payload once more
_KV_MIN_TTL_S = 60  # Cloudflare docs, kv/api/write-key-value-pairs: expiration_ttl has a minimum of 60 seconds


class SettingsError(ValueError):
    """A setting is unusable: names the setting, its value and what is allowed."""


def _setting(default: Any, text: str) -> Any:  # noqa: ANN401 - dataclasses.field is typed this way as well
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The proxy's configuration: times in seconds, sizes in bytes, 0 means off where it says so."""

    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8787, "port to listen on; 0 lets the system choose")
    upstream: str = _setting("https://api.cloudflare.com", "base URL of the upstream, without a path")
    model: str = _setting("@cf/meta/llama-3.3-70b-instruct-fp8-fast", "model when the client names none")
    fallback_model: str = _setting("", "model to try once when the asked one fails; empty: off")
    upstream_fallbacks: str = _setting("", "further base URLs, with commas, each asked while those before it rest")
    region_rest_s: float = _setting(10.0, "how long a base URL rests that has failed, where there are several")
    connect_timeout_s: float = _setting(2.0, "to reach the upstream")
    first_byte_timeout_s: float = _setting(30.0, "from a request sent to its first event or its headers")
    upstream_idle_timeout_s: float = _setting(30.0, "between two pieces of a live answer")
    deadline_s: float = _setting(60.0, "until the first byte to the client, or the whole of a JSON answer")
    stream_limit_s: float = _setting(600.0, "upstream's time for the whole of a live answer")
    request_read_timeout_s: float = _setting(30.0, "to receive the client's request")
    client_stall_timeout_s: float = _setting(300.0, "for a client to take anything at all of an answer")
    kv_timeout_s: float = _setting(0.5, "for one Workers KV operation")
    retry_max_attempts: int = _setting(3, "attempts at one model, the first included")
    retry_base_s: float = _setting(0.1, "first backoff")
    retry_max_s: float = _setting(2.0, "longest backoff that is our own choice")
    breaker_failures: int = _setting(5, "consecutive failures that open a model's circuit breaker")
    breaker_open_s: float = _setting(10.0, "time for which an open breaker fails fast")
    cache_ttl_s: float = _setting(60.0, "life of an answer in memory; 0: no cache at all")
    cache_max_entries: int = _setting(500, "answers in memory")
    cache_max_bytes: int = _setting(32 * 1024 * 1024, "size of all answers in memory")
    cache_capture_max_bytes: int = _setting(1024 * 1024, "largest answer that is stored")
    cache_streams: str = _setting("capture", "capture: streams are kept once they are whole; skip: they pass")
    cache_beginning_max_bytes: int = _setting(0, "largest beginning kept of answers to one question; 0: none is")
    compress_min_bytes: int = _setting(1024, "smallest answer, no stream, that is compressed; 0: none is")
    kv_ttl_s: int = _setting(86400, "life of an answer in Workers KV, at least 60")
    kv_read_max_age_s: float = _setting(0.0, "oldest answer accepted from Workers KV or R2; 0: kv_ttl_s")
    kv_prefix: str = _setting("chat-", "how every key in Workers KV begins")
    r2_bucket: str = _setting("", "bucket of R2 that answers also live in; empty: none")
    r2_endpoint: str = _setting("", "S3 endpoint of R2, without a path; empty: the account's own")
    r2_prefix: str = _setting("chat/", "how every key in R2 begins")
    r2_timeout_s: float = _setting(1.0, "for one R2 operation")
    origin: str = _setting("", "base URL of an origin whose answers pass, and are kept, below /origin; empty: none")
    origin_stream_from_bytes: int = _setting(10 * 1024 * 1024, "an answer of the origin beyond this is a stream")
    origin_capture_max_bytes: int = _setting(16 * 1024 * 1024, "largest answer of the origin that is captured")
    origin_captures_max_bytes: int = _setting(64 * 1024 * 1024, "size of all captures that are under way")
    max_request_bytes: int = _setting(1024 * 1024, "largest request body")
    max_messages: int = _setting(200, "messages in one request")
    max_depth: int = _setting(32, "nesting of the request's JSON")
    rate_limit_per_minute: int = _setting(0, "requests of one client per minute; 0: no limit")
    rate_limit_database: str = _setting("", "SQLite file in which several processes count together; empty: each alone")
    reuse_port: int = _setting(0, "1: other processes may listen on the same port (SO_REUSEPORT)")
    sessions_database: str = _setting("", "SQLite file that keeps conversations; empty: there are none")
    session_idle_s: float = _setting(10.0, "after which an idle conversation leaves memory; its sockets stay")
    session_max_waiting: int = _setting(8, "questions that wait in one conversation; more are refused")
    session_max_messages: int = _setting(1000, "messages of a conversation that are kept, the latest")
    session_context_messages: int = _setting(80, "the latest messages of a conversation that a model gets")
    session_max_sockets: int = _setting(32768, "WebSockets of one conversation")
    session_ttl_s: float = _setting(30 * 86400.0, "after which a conversation that nobody used is forgotten")
    usage_url: str = _setting("", "where points of Analytics Engine are written, one a request; empty: nowhere")
    usage_dataset: str = _setting("chat_usage", "name of their dataset")
    usage_max_waiting: int = _setting(1000, "points that wait to be written; more are dropped and counted")
    usage_timeout_s: float = _setting(1.0, "for one point to be written")
    token_price: float = _setting(0.0, "cost of one token, sent in X-Cost with answers in JSON; 0: not sent")
    max_event_bytes: int = _setting(8 * 1024 * 1024, "largest single upstream event")
    max_answer_bytes: int = _setting(16 * 1024 * 1024, "largest upstream JSON answer")
    cors_origins: str = _setting("", "origins whose pages may call, with commas between them; *: any; empty: none")
    chat_database: str = field(
        default="",
        repr=False,
        metadata={"help": "URL of the chat service's database, sqlite:///FILE or postgresql://...; empty: no service"},
    )
    chat_timeout_s: float = _setting(30.0, "chat service: to the first piece of an answer, and between two of them")
    chat_resume_s: float = _setting(0.0, "chat service: how long an answer goes on that nobody reads; 0: it ends")
    chat_resume_answers: int = _setting(64, "chat service: answers that go on unread at once; more end the oldest")
    chat_resume_bytes: int = _setting(1024 * 1024, "chat service: events of an answer kept for who reads it anew")
    chat_context_messages: int = _setting(50, "chat service: latest messages of a conversation that a model gets")
    chat_user_daily_tokens: int = _setting(0, "chat service: tokens of one user in a day (UTC); 0: no limit")
    chat_tenant_monthly_tokens: int = _setting(0, "chat service: tokens of one tenant in a month (UTC); 0: no limit")
    chat_answer_tokens: int = _setting(1024, "chat service: longest answer where a limit holds and none is asked for")
    chat_prices: str = _setting("", "chat service: cost of one token, as MODEL=COST with commas; others: token_price")
    chat_pdf_font: str = _setting("", "chat service: TrueType font for PDF; empty: DejaVu Sans, where it is installed")
    chat_openai_url: str = _setting("", "chat service: base URL of an OpenAI-compatible provider, with its /v1")
    chat_openai_api: str = _setting("chat", "chat service: how that provider is asked, chat or responses")
    chat_anthropic_url: str = _setting("", "chat service: base URL of a provider of Anthropic Messages, with its /v1")
    usage_header: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    usage_token: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    chat_users: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    chat_openai_key: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    chat_anthropic_key: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    client_tokens: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    origin_token: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    r2_access_key_id: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    r2_secret_access_key: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    api_token: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    account_id: str = field(default="", repr=False, metadata={"help": "", "env_only": True})
    kv_namespace: str = field(default="", repr=False, metadata={"help": "", "env_only": True})

    def __post_init__(self) -> None:
        urls = ("upstream", "usage_url", "chat_openai_url", "chat_anthropic_url", "r2_endpoint", "origin")
        named = [(name, getattr(self, name)) for name in urls]
        for name, url in (*named, *(("upstream_fallbacks", url) for url in self.regions[1:])):
            if (url or name == "upstream") and not _is_url(url):
                raise SettingsError(f"{name}={url!r}: give a URL such as http://127.0.0.1:8080")
        if self.chat_openai_api not in ("chat", "responses"):
            raise SettingsError(f"chat_openai_api={self.chat_openai_api!r}: must be chat or responses")
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise SettingsError(f"{name}={getattr(self, name)!r}: must be greater than 0")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise SettingsError(f"{name}={getattr(self, name)!r}: must not be negative")
        if self.usage_header and not all(part.strip() for part in self.usage_header.partition(":")):
            raise SettingsError("usage_header: give it as 'Name: value'")
        if self.kv_ttl_s < _KV_MIN_TTL_S:
            raise SettingsError(f"kv_ttl_s={self.kv_ttl_s}: Workers KV accepts no less than {_KV_MIN_TTL_S}")
        if self.cache_streams not in _STREAM_MODES:
            raise SettingsError(f"cache_streams={self.cache_streams!r}: give one of {', '.join(_STREAM_MODES)}")
        if self.r2_bucket and not (self.r2_access_key_id and self.r2_secret_access_key):
            raise SettingsError(f"r2_bucket={self.r2_bucket!r}: set {_SECRETS['r2_access_key_id']} and its secret, too")

    @property
    def cache_on(self) -> bool:
        """Whether answers are stored and shared at all."""
        return self.cache_ttl_s > 0 and self.cache_max_entries > 0

    @property
    def regions(self) -> tuple[str, ...]:
        """The base URLs of the upstream, the preferred one first."""
        further = (url.strip().rstrip("/") for url in self.upstream_fallbacks.split(","))
        return (self.upstream, *(url for url in further if url))

    @property
    def kv_on(self) -> bool:
        """Whether answers also live in Workers KV."""
        return self.cache_on and bool(self.kv_namespace)

    @property
    def r2_on(self) -> bool:
        """Whether answers also live in R2."""
        return self.cache_on and bool(self.r2_bucket)

    @property
    def r2_url(self) -> str:
        """Where R2 is asked."""
        return self.r2_endpoint.rstrip("/") or f"https://{self.account_id}.r2.cloudflarestorage.com"

    @property
    def keeps_streams(self) -> bool:
        """Whether streams are kept, and answered from what was kept."""
        return self.cache_streams == "capture"

    @property
    def speaks_tls(self) -> bool:
        """Whether anything that is asked is asked over TLS."""
        asked = (*self.regions, self.origin, self.r2_url if self.r2_on else "")
        return any(url.startswith("https:") for url in asked)

    @property
    def largest_entry_bytes(self) -> int:
        """What an answer of a chat can come to in a store, with its seal."""
        return self.cache_capture_max_bytes * _ENTRY_OVERHEAD + 4096

    @property
    def kv_max_age_s(self) -> float:
        """Age at which a copy from Workers KV or R2 is no longer believed, however long it is kept there."""
        return self.kv_read_max_age_s or float(self.kv_ttl_s)

    @property
    def allowed_client_tokens(self) -> frozenset[str]:
        """Tokens of the clients let in; empty lets everybody in."""
        return _parts(self.client_tokens)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins whose pages may call."""
        return _parts(self.cors_origins)


def _parts(text: str) -> frozenset[str]:
    return frozenset(part for each in text.split(",") if (part := each.strip()))


_STREAM_MODES = ("capture", "skip")
_POSITIVE = (
    "connect_timeout_s",
    "first_byte_timeout_s",
    "upstream_idle_timeout_s",
    "deadline_s",
    "stream_limit_s",
    "chat_timeout_s",
    "chat_resume_answers",
    "chat_resume_bytes",
    "chat_context_messages",
    "chat_answer_tokens",
    "usage_max_waiting",
    "usage_timeout_s",
    "session_idle_s",
    "session_max_messages",
    "session_context_messages",
    "session_max_sockets",
    "session_ttl_s",
    "request_read_timeout_s",
    "client_stall_timeout_s",
    "kv_timeout_s",
    "r2_timeout_s",
    "retry_max_attempts",
    "breaker_failures",
    "max_request_bytes",
    "max_messages",
    "max_depth",
    "max_event_bytes",
    "max_answer_bytes",
)
_NOT_NEGATIVE = (
    "port",
    "region_rest_s",
    "retry_base_s",
    "retry_max_s",
    "breaker_open_s",
    "cache_ttl_s",
    "cache_max_entries",
    "cache_max_bytes",
    "cache_capture_max_bytes",
    "cache_beginning_max_bytes",
    "compress_min_bytes",
    "origin_stream_from_bytes",
    "origin_capture_max_bytes",
    "origin_captures_max_bytes",
    "kv_read_max_age_s",
    "rate_limit_per_minute",
    "session_max_waiting",
    "chat_resume_s",
    "token_price",
    "chat_user_daily_tokens",
    "chat_tenant_monthly_tokens",
)


def load(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Settings from flags over environment over defaults; raises SettingsError naming the bad one."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.reference_proxy",
        description="A streaming proxy in front of Cloudflare Workers AI.",
        epilog=f"Each flag can be given as {_PREFIX}<NAME> instead. Secrets: {', '.join(_SECRETS.values())}.",
    )
    for item in fields(Settings):
        if "env_only" not in item.metadata:
            flag = "--" + item.name.replace("_", "-")
            default = str(item.default) or "none"
            parser.add_argument(flag, dest=item.name, metavar="X", help=f"{item.metadata['help']} ({default})")
    given = vars(parser.parse_args(list(argv)))
    values: dict[str, Any] = {}
    for item in fields(Settings):
        raw = given.get(item.name)
        if raw is None:
            raw = environ.get(_SECRETS.get(item.name, _PREFIX + item.name.upper()))
        elif item.name == "chat_database" and _holds_password(raw):
            raise SettingsError(
                f"chat_database holds a password, and others can read flags: set {_PREFIX}CHAT_DATABASE instead"
            )
        if raw is not None:
            values[item.name] = _convert(item.name, type(item.default), raw)
    values["upstream"] = str(values.get("upstream", Settings.__dataclass_fields__["upstream"].default)).rstrip("/")
    return Settings(**values)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _holds_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return "@" in url  # whatever else is wrong with it is told when it is used


def _convert(name: str, to: type, raw: str) -> str | int | float:
    text = raw.strip()
    if to is str:
        return text
    try:
        return int(text) if to is int else float(text)
    except ValueError:
        wanted = "a whole number" if to is int else "a number"
        raise SettingsError(f"{name}={raw!r}: must be {wanted}") from None
