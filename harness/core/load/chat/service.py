"""The embedded proxy as a chat service: which database it keeps, and who its users are.

The one rule: users and tokens follow from the seed, and no token is ever shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fault_injection.reply import Headers
from harness.core.run.seeds import digest
from harness.core.target.file import TargetFile
from scenarios.load import ChatLoad

_OWN = "EDGEPROOF_PROXY_"
_READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of a tenant, and the token that says so."""

    tenant: str
    user: str
    token: str

    @property
    def headers(self) -> Headers:
        """What the user's requests bring."""
        return (("content-type", "application/json"), ("authorization", f"Bearer {self.token}"))


def accounts(load: ChatLoad, *, seed: int) -> tuple[Account, ...]:
    """Return the users of a load, spread evenly over its tenants."""
    return tuple(
        Account(
            tenant=f"tenant-{number % load.tenants}",
            user=f"user-{number}",
            token=f"chat-{number}-{digest(seed, 'chat load', 'token', str(number))[:24]}",
        )
        for number in range(load.users)
    )


def with_chat(target: TargetFile, database_url: str, known: tuple[Account, ...]) -> TargetFile:
    """Return the embedded proxy as it keeps chats in that database, with its usual patience.

    Its target file shortens every wait, so that a run is quick; a service that is measured is not set up like that.
    """
    env = {name: value for name, value in target.env.items() if not name.startswith(_OWN)}
    users = ",".join(f"{each.tenant}/{each.user}={each.token}" for each in known)
    added: Mapping[str, str] = {f"{_OWN}CHAT_DATABASE": database_url, f"{_OWN}CHAT_USERS": users}
    # A busy machine needs a while to load what keeps chats.
    return replace(target, env={**env, **added}, ready_timeout_s=_READY_WITHIN_S)
