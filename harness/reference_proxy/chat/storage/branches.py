"""The way from a message up to the root of its conversation.

The one rule: a branch is told by its leaf alone; who shares a way up to the root shares its messages.
"""

from sqlalchemy import ColumnElement, Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.storage.tables import Message


def _upwards() -> Select[tuple[str]]:
    columns = select(Message.id, Message.parent_message_id)
    way = columns.where(Message.id == bindparam("leaf_id")).cte("way", recursive=True)
    way = way.union_all(columns.where(Message.id == way.c.parent_message_id))
    return select(way.c.id)


def _says_something() -> ColumnElement[bool]:
    return or_(Message.content != "", Message.tool_calls.is_not(None), Message.role == "tool")


# Every question and every read goes this way, so that the statements are made once.
IDS = _upwards()
"""The ids of the messages from the one that is the parameter `leaf_id` up to the root."""
_CONTEXT = (
    select(Message)
    .where(Message.id.in_(IDS), Message.status == "complete", _says_something())
    .order_by(Message.position.desc())
    .limit(bindparam("at_most"))
)


async def context(session: AsyncSession, leaf_id: str, *, at_most: int) -> list[Message]:
    """What a model is told of a branch: its last whole messages up to this one, oldest first.

    Half an answer is none: the model would take its end for its own.
    """
    return list(await session.scalars(_CONTEXT, {"leaf_id": leaf_id, "at_most": at_most}))[::-1]
