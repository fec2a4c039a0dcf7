"""The way from a message up to the root of its conversation.

The one rule: a branch is told by its leaf alone; who shares a way up to the root shares its messages.
"""

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.storage.tables import Message


def ids_to(leaf_id: str) -> Select[tuple[str]]:
    """The ids of the messages from this one up to the root."""
    way = select(Message.id, Message.parent_message_id).where(Message.id == leaf_id).cte("way", recursive=True)
    way = way.union_all(select(Message.id, Message.parent_message_id).where(Message.id == way.c.parent_message_id))
    return select(way.c.id)


async def context(session: AsyncSession, leaf_id: str, *, at_most: int) -> list[Message]:
    """What a model is told of a branch: its last whole messages up to this one, oldest first.

    Half an answer is none: the model would take its end for its own.
    """
    found = (
        select(Message)
        .where(Message.id.in_(ids_to(leaf_id)), Message.status == "complete", _says_something())
        .order_by(Message.position.desc())
        .limit(at_most)
    )
    return list(await session.scalars(found))[::-1]


def _says_something() -> ColumnElement[bool]:
    return or_(Message.content != "", Message.tool_calls.is_not(None), Message.role == "tool")
