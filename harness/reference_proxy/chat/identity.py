"""Who asks: a user of a tenant, known by a bearer token of which only a hash is kept.

The one rule: a token is shown once, when it is made, and cannot be had again.
"""

import hashlib
import secrets
from dataclasses import dataclass

_PREFIX = "ep_"  # for people who find one somewhere
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One user of one tenant, by ids."""

    tenant_id: str
    user_id: str


def new_token() -> str:
    """A token that nobody can guess: 256 random bits."""
    return _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token. It needs no salt and no slow hash: there is nothing in it to be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
