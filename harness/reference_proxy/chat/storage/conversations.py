"""Conversations: found, listed, searched and changed.

The one rule: every question starts from what its asker may see: the own conversations, and to read only those that a
member of the same tenant shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, UnaryExpression, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.storage import branches
from harness.reference_proxy.chat.storage.page import Page
from harness.reference_proxy.chat.storage.tables import Conversation, Message

Whose = Literal["own", "team"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which conversations are wanted; None leaves a property open. `whose` "team": those that others share."""

    archived: bool | None = False
    whose: Whose = "own"
    agent_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """One page of conversations, and how many there are in all."""

    found: Sequence[Conversation]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A message that holds what was searched, or for its title a conversation (`message` None)."""

    conversation: Conversation
    message: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the answers in a conversation took, every branch included."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost_nanos: int


_SUMS = select(
    *(
        func.sum(each)
        for each in (Message.prompt_tokens, Message.completion_tokens, Message.total_tokens, Message.cost_nanos)
    )
).where(Message.conversation_id == bindparam("conversation"))


def own(who: Identity) -> ColumnElement[bool]:
    """What the user may change."""
    return (Conversation.tenant_id == who.tenant_id) & (Conversation.user_id == who.user_id)


def visible(who: Identity) -> ColumnElement[bool]:
    """What the user may read."""
    return (Conversation.tenant_id == who.tenant_id) & or_(
        Conversation.user_id == who.user_id, Conversation.shared.is_(True)
    )


async def listed(session: AsyncSession, who: Identity, wanted: Filter, page: Page) -> Conversations:
    """The conversations by their last message."""
    chosen = own(who) if wanted.whose == "own" else visible(who) & (Conversation.user_id != who.user_id)
    if wanted.archived is not None:
        chosen &= Conversation.archived.is_(wanted.archived)
    if wanted.agent_id is not None:
        chosen &= Conversation.agent_id == wanted.agent_id
    total = await session.scalar(select(func.count()).select_from(Conversation).where(chosen))
    order = by_time(Conversation.last_message_at, page), Conversation.id
    found = select(Conversation).where(chosen).order_by(*order).limit(page.limit).offset(page.offset)
    return Conversations(found=list(await session.scalars(found)), total=total or 0)


async def one(
    session: AsyncSession, who: Identity, conversation_id: str, *, to_change: bool = False
) -> Conversation | None:
    """A conversation that the user may read, or `to_change`, which keeps others from changing it meanwhile."""
    if not to_change:
        return await session.scalar(select(Conversation).where(visible(who), Conversation.id == conversation_id))
    mine = select(Conversation).where(own(who), Conversation.id == conversation_id)
    return await session.scalar(mine.with_for_update())


async def messages(session: AsyncSession, conversation: Conversation, leaf_id: str | None, page: Page) -> list[Message]:
    """A page of the branch that ends in this message; of all branches for None."""
    chosen = Message.conversation_id == conversation.id
    leaf = {} if leaf_id is None else {"leaf_id": leaf_id}
    if leaf:
        chosen &= Message.id.in_(branches.IDS)
    order = by_time(Message.created_at, page), by_time(Message.position, page), Message.id
    found = select(Message).where(chosen).order_by(*order).limit(page.limit).offset(page.offset)
    return list(await session.scalars(found, leaf))


async def message(session: AsyncSession, conversation: Conversation, message_id: str) -> Message | None:
    """One message of a conversation."""
    return await session.scalar(
        select(Message).where(Message.conversation_id == conversation.id, Message.id == message_id)
    )


async def totals(session: AsyncSession, conversation: Conversation) -> Totals:
    """What a conversation took so far."""
    found = [int(each or 0) for each in (await session.execute(_SUMS, {"conversation": conversation.id})).one()]
    return Totals(prompt_tokens=found[0], completion_tokens=found[1], total_tokens=found[2], cost_nanos=found[3])


async def change(
    session: AsyncSession, who: Identity, conversation_id: str, fields: dict[str, Any], *, now: datetime
) -> Conversation | None:
    """The user's own conversation with these fields set; None when there is none."""
    conversation = await one(session, who, conversation_id, to_change=True)
    if conversation is not None:
        for name, value in fields.items():
            setattr(conversation, name, value)
        conversation.updated_at = now
    return conversation


async def search(
    session: AsyncSession, who: Identity, text: str, page: Page, *, conversation_id: str | None = None
) -> list[Hit]:
    """Messages that hold `text`, and titles, upper and lower case alike; newest first."""
    chosen = visible(who) & Conversation.archived.is_(False)
    if conversation_id is not None:
        chosen &= Conversation.id == conversation_id
    holds = Message.content.icontains(text, autoescape=True)
    any_message = aliased(Message)
    said = exists().where(
        any_message.conversation_id == Conversation.id, any_message.content.icontains(text, autoescape=True)
    )
    found = (
        select(Conversation, Message)
        .outerjoin(Message, (Message.conversation_id == Conversation.id) & holds)
        .where(chosen, or_(holds, Conversation.title.icontains(text, autoescape=True) & ~said))
        .order_by(func.coalesce(Message.created_at, Conversation.last_message_at).desc(), Conversation.id, Message.id)
        .limit(page.limit)
        .offset(page.offset)
    )
    return [Hit(conversation=row[0], message=row[1]) for row in await session.execute(found)]


def by_time(column: InstrumentedAttribute[Any], page: Page) -> UnaryExpression[Any]:
    """The order that a page wants."""
    return column.desc() if page.newest_first else column.asc()
