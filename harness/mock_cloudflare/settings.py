"""What a mock is started with: its account, its token, its namespaces, and a switch for each open question.

The one rule: whatever nobody has confirmed about Cloudflare is a switch here with the likelier answer for a default,
so that a later correction changes a value and no code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")

DEFAULT_NAMESPACE = "0f2ac74b498b48028cb68387c421e279"


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How the mock answers where the documents are silent or observers disagree."""

    unknown_token_status: int = 401
    """A well-formed token that is not known: 401 seen on AI and KV, 403 elsewhere."""
    foreign_account_status: int = 403
    """A good token for another account: seen as 401 and as 403."""
    error_uuid: bool = True
    """Whether the message of a Workers AI error ends in the request's uuid."""
    null_content_on_v1: bool = True
    """Whether `/ai/v1` takes `content: null` from an assistant's tool call message."""
    null_content_on_run: bool = False
    """The same for `/ai/run`."""
    default_max_tokens: int | None = None
    """Where an answer ends that nobody limited. Cloudflare documents 256; None says all that the prompt asked for."""
    native_finish_reason: Literal["never", "unless-stop", "always"] = "unless-stop"
    """When the native dialect names its finish reason."""
    numeric_tokens: bool = False
    """Whether the native stream sends a numeric token as a JSON number, as some models do."""
    run_trailing_usage: bool = True
    """Whether `/ai/run` ends the stream of a newer model with the native usage event."""
    v1_trailing_usage: bool = False
    """The same for `/ai/v1/chat/completions`."""
    bare_done: bool = False
    """Whether the stream of a newer model ends in `[DONE]` without `data: `, as one recording has it."""
    usage_neurons: bool = False
    """Whether usage on `/ai/run` also counts neurons."""
    search_per_page: int = 50
    """How many models a page of `models/search` has when nobody says."""
    search_max_per_page: int = 1000
    """Where `per_page` of `models/search` is cut off; one observer saw 100."""
    gateway_falls_back: Literal["any-error", "server-error"] = "any-error"
    """Which answers of a provider make AI Gateway ask the next one: every error, or 429 and those from 500 on."""
    gateway_route_model: str = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
    """The model of Workers AI that a dynamic route leads to when nobody has defined it."""
    kv_write_result: Literal["null", "object"] = "null"
    """What `result` is after a put or a delete: null, or an empty object."""
    kv_expiration_header: str = "expiration"
    """The header that tells when a value expires."""
    kv_min_expiry_s: int = 60
    """The nearest expiry a write may ask for, in seconds."""
    kv_one_write_a_second: bool = False
    """Whether a second write to the same key within a second is refused with 429."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MockSettings:
    """Who the mock is. `account_id` and the namespace ids have 32 lowercase hexadecimal digits.

    `kv_read_cache_s` makes reads of a key, hits and misses, last that many seconds in their colo whatever is written
    in the meantime; None reads through. `id_seed` sets apart the ids of two mocks. `databases` are those of D1 that are
    not empty at the start, as SQLite writes them into a file.
    """

    account_id: str = "4a1e5b9c0d2f48e7a6b3c8d9e0f11223"
    api_token: str = field(default="edgeproof_mock_token_0123456789abcdefghi", repr=False)
    kv_namespaces: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({DEFAULT_NAMESPACE: "edgeproof"}))
    switches: Switches = field(default_factory=Switches)
    colo: str = "FRA"
    kv_read_cache_s: float | None = None
    id_seed: int = 0
    r2_buckets: frozenset[str] | None = None
    """The buckets that are there at the start; None: every one that is asked for is."""
    databases: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def r2_access_key_id(self) -> str:
        """The key that S3 clients sign with: on Cloudflare the id of the token."""
        return hashlib.sha256(f"{self.account_id}|{self.api_token}".encode()).hexdigest()[:32]

    @property
    def r2_secret_access_key(self) -> str:
        """Its secret: the token's SHA-256 (Cloudflare docs: R2, authentication)."""
        return hashlib.sha256(self.api_token.encode()).hexdigest()

    def __post_init__(self) -> None:
        for identifier in (self.account_id, *self.kv_namespaces):
            if not ACCOUNT_ID.fullmatch(identifier):
                message = f"{identifier!r} is no Cloudflare id; give 32 lowercase hexadecimal digits"
                raise ValueError(message)
        if not self.api_token or not self.api_token.isascii() or not self.api_token.isprintable():
            raise ValueError("the API token must be printable ASCII; set another one")


def environment(settings: MockSettings, upstream_url: str) -> dict[str, str]:
    """Return the environment that points a proxy at the mock at `upstream_url` (no path, no trailing slash).

    The names are those that the official `cloudflare` and `openai` clients, Wrangler and the AWS SDKs read. It is for
    a shell or a test that asks for it; a target in a run has what its file says, and nothing of AWS's by default.

    The endpoint is S3's alone, so an AWS SDK looks for every other service where it always does. Keys and region have
    no such form: a proxy that asks another service of AWS as well gives its client both in its own code or profile.
    That is on purpose: a test that reaches AWS by mistake finds no host in the region `auto`, and no key that is
    taken. S3 at AWS is meant, too: what a proxy keeps there is neither read nor overwritten while it is tested.
    """
    return {
        "CLOUDFLARE_ACCOUNT_ID": settings.account_id,
        "CLOUDFLARE_API_TOKEN": settings.api_token,
        "CLOUDFLARE_KV_NAMESPACE": next(iter(settings.kv_namespaces), ""),
        "CLOUDFLARE_BASE_URL": f"{upstream_url}/client/v4",
        "OPENAI_BASE_URL": f"{upstream_url}/v1",
        "OPENAI_API_KEY": settings.api_token,
        "AWS_ENDPOINT_URL_S3": upstream_url,
        "AWS_ACCESS_KEY_ID": settings.r2_access_key_id,
        "AWS_SECRET_ACCESS_KEY": settings.r2_secret_access_key,
        "AWS_DEFAULT_REGION": "auto",
        "AWS_REGION": "auto",
    }
