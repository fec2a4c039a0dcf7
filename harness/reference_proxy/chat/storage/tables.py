"""The tables, as SQLAlchemy maps them; `migrations/` makes them.

The one rule: a column added here is added by a migration, too; a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_ID_CHARS = 48
_NAME_CHARS = 200
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A time in UTC, on SQLite as well, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As the database keeps it."""
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """As we use it."""
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Table(DeclarativeBase):
    """What all tables have in common."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: JSON(),
        list[dict[str, Any]]: JSON(),
    }


def _id_of(table: str, *, optional: bool = False, index: bool = False) -> Mapped[Any]:
    gone = "SET NULL" if optional else None
    return mapped_column(String(_ID_CHARS), ForeignKey(f"{table}.id", ondelete=gone), nullable=optional, index=index)


class Tenant(Table):
    """An organization."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(String(_ID_CHARS), primary_key=True)
    name: Mapped[str] = mapped_column(String(_NAME_CHARS), unique=True)
    created_at: Mapped[datetime]


class User(Table):
    """One of its members."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(String(_ID_CHARS), primary_key=True)
    tenant_id: Mapped[str] = _id_of("tenants")
    name: Mapped[str] = mapped_column(String(_NAME_CHARS))
    created_at: Mapped[datetime]


class Key(Table):
    """A bearer token of a user: its hash."""

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(_ID_CHARS), primary_key=True)
    tenant_id: Mapped[str] = _id_of("tenants")
    user_id: Mapped[str] = _id_of("users", index=True)
    name: Mapped[str] = mapped_column(String(_NAME_CHARS))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Agent(Table):
    """A configured assistant of a tenant."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(String(_ID_CHARS), primary_key=True)
    tenant_id: Mapped[str] = _id_of("tenants", index=True)
    name: Mapped[str] = mapped_column(String(_NAME_CHARS))
    description: Mapped[str] = mapped_column(Text)
    system_prompt: Mapped[str] = mapped_column(Text)
    tools: Mapped[list[dict[str, Any]]]
    model: Mapped[str | None] = mapped_column(String(_NAME_CHARS))
    parameters: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Conversation(Table):
    """A tree of messages; `head_message_id` is the leaf of the branch that is shown.

    `message_count` counts every message of every branch.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "tenant_id", "user_id", "last_message_at"),
        Index(None, "tenant_id", "shared", "last_message_at"),
    )

    id: Mapped[str] = mapped_column(String(_ID_CHARS), primary_key=True)
    tenant_id: Mapped[str] = _id_of("tenants")
    user_id: Mapped[str] = _id_of("users")
    agent_id: Mapped[str | None] = _id_of("agents", optional=True)
    title: Mapped[str] = mapped_column(String(_NAME_CHARS))
    message_count: Mapped[int] = mapped_column(default=0)
    head_message_id: Mapped[str | None] = mapped_column(String(_ID_CHARS))
    last_message_at: Mapped[datetime]
    last_assistant_message: Mapped[str | None] = mapped_column(Text)
    archived: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Message(Table):
    """One message. `status`: `complete`, `streaming`, or for what never will be whole `interrupted`, `failed`.

    `position` counts from the root of the tree. `cost_nanos` is in billionths of whatever the prices are in, `day` is
    `YYYY-MM-DD` in UTC. Tokens are unknown (None) until the provider tells them, or we had to estimate them;
    `reserved_tokens` is what an answer under way may take at the most, where there is a limit. A message of the role
    `tool` is the result of the call `tool_call_id`, which is one of its parent's or of a message above that.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index(None, "conversation_id", "position"),
        Index(None, "tenant_id", "user_id", "day"),
        Index(None, "status"),
    )

    id: Mapped[str] = mapped_column(String(_ID_CHARS), primary_key=True)
    conversation_id: Mapped[str] = _id_of("conversations")
    tenant_id: Mapped[str] = _id_of("tenants")
    user_id: Mapped[str] = _id_of("users")
    parent_message_id: Mapped[str | None] = mapped_column(String(_ID_CHARS), ForeignKey("messages.id"))
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    tool_calls: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    tool_call_id: Mapped[str | None] = mapped_column(String(_NAME_CHARS))
    status: Mapped[str] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(String(_NAME_CHARS))
    agent_id: Mapped[str | None] = _id_of("agents", optional=True)
    model: Mapped[str | None] = mapped_column(String(_NAME_CHARS))
    finish_reason: Mapped[str | None] = mapped_column(String(64))
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    total_tokens: Mapped[int | None]
    tokens_estimated: Mapped[bool] = mapped_column(default=False)
    reserved_tokens: Mapped[int | None]
    cost_nanos: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
