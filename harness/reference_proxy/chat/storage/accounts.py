"""Tenants, their users, and the keys by which those are known.

The one rule: a key that was revoked stays revoked, also when the configuration that once made it is read again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.identity import Identity, hash_of
from harness.reference_proxy.chat.ids import new_id
from harness.reference_proxy.chat.storage.tables import Key, Tenant, User

# Every request begins with it, so that it is made once.
_WHOSE = select(Key.tenant_id, Key.user_id).where(Key.token_hash == bindparam("given"), Key.revoked_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user who is to exist: names of the tenant and of the user, and a token."""

    tenant: str
    user: str
    token: str


async def ensure(session: AsyncSession, accounts: Iterable[Account], *, now: datetime) -> None:
    """Make whatever of these does not exist yet."""
    for account in accounts:
        tenant = await session.scalar(select(Tenant).where(Tenant.name == account.tenant))
        if tenant is None:
            tenant = Tenant(id=new_id("tenant"), name=account.tenant, created_at=now)
            session.add(tenant)
            await session.flush()
        user = await session.scalar(select(User).where(User.tenant_id == tenant.id, User.name == account.user))
        if user is None:
            user = User(id=new_id("user"), tenant_id=tenant.id, name=account.user, created_at=now)
            session.add(user)
            await session.flush()
        token_hash = hash_of(account.token)
        if await session.scalar(select(Key.id).where(Key.token_hash == token_hash)) is None:
            who = Identity(tenant_id=tenant.id, user_id=user.id)
            await add_key(session, who, key_id=new_id("key"), name="configured", token_hash=token_hash, now=now)
            await session.flush()


async def identify(session: AsyncSession, token_hash: str) -> Identity | None:
    """Whose token this is; None for one that is unknown or revoked."""
    row = (await session.execute(_WHOSE, {"given": token_hash})).first()
    return None if row is None else Identity(tenant_id=row.tenant_id, user_id=row.user_id)


async def keys(session: AsyncSession, who: Identity) -> list[Key]:
    """The user's own keys that are in force, oldest first."""
    found = select(Key).where(_own(who), Key.revoked_at.is_(None)).order_by(Key.created_at, Key.id)
    return list(await session.scalars(found))


async def add_key(
    session: AsyncSession, who: Identity, *, key_id: str, name: str, token_hash: str, now: datetime
) -> Key:
    """One more key for the user; the same again when it is there already."""
    key = await session.get(Key, key_id)
    if key is None:
        key = Key(
            id=key_id,
            tenant_id=who.tenant_id,
            user_id=who.user_id,
            name=name,
            token_hash=token_hash,
            created_at=now,
            revoked_at=None,
        )
        session.add(key)
    return key


async def revoke_key(session: AsyncSession, who: Identity, key_id: str, *, now: datetime) -> Key | None:
    """End one of the user's keys, now; None when the user has no such key. Again, it changes nothing."""
    key = await session.scalar(select(Key).where(_own(who), Key.id == key_id).with_for_update())
    if key is not None and key.revoked_at is None:
        key.revoked_at = now
    return key


def _own(who: Identity) -> ColumnElement[bool]:
    return (Key.tenant_id == who.tenant_id) & (Key.user_id == who.user_id)
