"""A turn, as it is kept: begun with its question before the model is asked, settled with its answer afterwards.

The one rule: an answer is `streaming` until it is settled, and `complete` only when its provider said so. What a
process leaves unsettled when it dies is found by the next one and called `interrupted`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, bindparam, case, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.identity import Identity
from harness.reference_proxy.chat.storage import branches, conversations, said
from harness.reference_proxy.chat.storage.said import Said
from harness.reference_proxy.chat.storage.tables import Conversation, Message
from harness.reference_proxy.errors import ProxyError, invalid_request

_TITLE_CHARS = 100
_PREVIEW_CHARS = 200

# Every answer is settled by these: they are made once, and their columns come with their parameters.
_ANSWERS, _CONVERSATIONS = Message.metadata.tables["messages"], Conversation.metadata.tables["conversations"]
_END = _ANSWERS.update().where(_ANSWERS.c.id == bindparam("answer_id"))
_MOVE = _CONVERSATIONS.update().where(_CONVERSATIONS.c.id == bindparam("conversation"))
_SHOW = _MOVE.values(
    head_message_id=case(
        (_CONVERSATIONS.c.head_message_id == bindparam("head"), bindparam("answer")),
        else_=_CONVERSATIONS.c.head_message_id,
    )
)

Status = Literal["complete", "interrupted", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a tool gave for one call of it, as text."""

    tool_call_id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a user asks: new text, results of tools that were called, or both; with neither, another answer to what was
    asked before.

    The ids are chosen beforehand, so that a question that is saved again is the same. `conversation_id` names a
    conversation to go on with, `fresh_id` is for a new one.
    """

    conversation_id: str | None
    fresh_id: str
    message_id: str
    answer_id: str
    text: str | None
    parent_id: str | None
    agent_id: str | None
    model: str
    results: tuple[Result, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether it says something that is to be kept."""
        return self.text is not None or bool(self.results)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A question that is on disk: where it is, and the branch down to it.

    `head_id` is the leaf that the conversation showed when the question was saved.
    """

    conversation_id: str
    head_id: str
    question_id: str
    answer_id: str
    history: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an answer ended, and what there is of it."""

    status: Status
    content: str
    tool_calls: list[dict[str, Any]] | None
    error: str | None
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    tokens_estimated: bool
    cost_nanos: int | None


def not_found(what: str) -> ProxyError:
    """There is no such thing, at least for who asks."""
    return invalid_request(f"There is no such {what}.", code="not_found", status=404)


async def begin(session: AsyncSession, who: Identity, question: Question, *, now: datetime, at_most: int) -> Begun:
    """Save the question, with a place for its answer; raises ProxyError when it cannot be asked there."""
    answer = await session.get(Message, question.answer_id)
    if answer is None:
        conversation = await _conversation(session, who, question, now)
        above = question.parent_id or conversation.head_message_id
        conversation.message_count += 1 + len(question.results) + (question.text is not None)
        if question.is_new:  # another answer takes the place of the former when it is whole, not before
            conversation.head_message_id = question.answer_id
        await session.flush()  # its messages refer to it
        asked = await _asked(session, who, conversation, above, question, now)
        answer = _message(who, conversation, now, id=question.answer_id, parent=asked)
        answer.role, answer.status, answer.content = "assistant", "streaming", ""
        answer.model, answer.agent_id = question.model, question.agent_id
        session.add(answer)
        await session.flush()
    question_id = str(answer.parent_message_id)
    history = await branches.context(session, question_id, at_most=at_most)
    conversation = await session.get_one(Conversation, answer.conversation_id)
    return Begun(
        conversation_id=conversation.id,
        head_id=conversation.head_message_id or "",
        question_id=question_id,
        answer_id=answer.id,
        history=said.of(history),
    )


async def settle(session: AsyncSession, begun: Begun, outcome: Outcome, *, now: datetime) -> None:
    """Save how an answer ended. A whole one is shown from now on, unless the conversation has gone on meanwhile."""
    kept = {name: getattr(outcome, name) for name in Outcome.__dataclass_fields__}
    ended = {"answer_id": begun.answer_id, **kept, "completed_at": now, "reserved_tokens": None}
    found = cast("CursorResult[Any]", await session.execute(_END, ended))
    if found.rowcount != 1:
        raise NoResultFound(f"no answer {begun.answer_id}")
    moved: dict[str, Any] = {"conversation": begun.conversation_id, "last_message_at": now, "updated_at": now}
    if outcome.status != "complete":
        await session.execute(_MOVE, moved)
        return
    moved |= {"answer": begun.answer_id, "head": begun.head_id}
    moved["last_assistant_message"] = outcome.content[:_PREVIEW_CHARS]
    await session.execute(_SHOW, moved)


async def sweep(session: AsyncSession, *, now: datetime) -> None:
    """Call `interrupted` what a process that is no more has left unsettled.

    Should it be alive after all, beside another one on the same database, it settles its answers yet.
    """
    await session.execute(
        update(Message)
        .where(Message.status == "streaming")
        .values(status="interrupted", error="process_ended", completed_at=now, reserved_tokens=None)
    )


async def _conversation(session: AsyncSession, who: Identity, question: Question, now: datetime) -> Conversation:
    conversation = None
    if question.conversation_id is not None:
        conversation = await conversations.one(session, who, question.conversation_id, to_change=True)
    if conversation is None and (question.text is None or question.results):
        raise not_found("conversation")
    if conversation is None:
        conversation = Conversation(
            id=question.fresh_id,
            tenant_id=who.tenant_id,
            user_id=who.user_id,
            title=(question.text or "")[:_TITLE_CHARS],
            message_count=0,
            created_at=now,
        )
        session.add(conversation)
    if conversation.archived:
        raise invalid_request("This conversation is archived: restore it first.", code="archived", status=409)
    if question.agent_id is not None:
        conversation.agent_id = question.agent_id
    conversation.last_message_at = conversation.updated_at = now
    return conversation


async def _asked(
    session: AsyncSession,
    who: Identity,
    conversation: Conversation,
    above: str | None,
    question: Question,
    now: datetime,
) -> Message:
    parent = await conversations.message(session, conversation, above) if above else None
    if question.parent_id is not None and parent is None:
        raise not_found("message")
    if question.results:
        _check_results(parent, question.results)
    new: list[tuple[str, str, str | None]] = [("tool", each.content, each.tool_call_id) for each in question.results]
    new += [("user", question.text, None)] if question.text is not None else []
    for number, (role, content, tool_call_id) in enumerate(new, start=1):
        last = number == len(new)
        message_id = question.message_id if last else f"{question.message_id}-{number}"
        parent = _message(who, conversation, now, id=message_id, parent=parent)
        parent.role, parent.status, parent.content, parent.completed_at = role, "complete", content, now
        parent.tool_call_id = tool_call_id
        session.add(parent)
    while parent is not None and parent.role == "assistant":
        parent = await conversations.message(session, conversation, parent.parent_message_id or "")
    if parent is None:
        raise not_found("message")
    return parent


def _check_results(parent: Message | None, results: tuple[Result, ...]) -> None:
    """Refuse results that are not just those of the calls above them."""
    calls = parent.tool_calls if parent is not None and parent.status == "complete" else None
    called = sorted(call["id"] or "" for call in calls or ())
    if not called or sorted(each.tool_call_id for each in results) != called:
        raise invalid_request(
            "'toolResults' must give one result for each call of a tool in the message before.",
            code="invalid_field",
            param="toolResults",
        )


def _message(who: Identity, conversation: Conversation, now: datetime, *, id: str, parent: Message | None) -> Message:  # noqa: A002 - the column's name
    return Message(
        id=id,
        conversation_id=conversation.id,
        tenant_id=who.tenant_id,
        user_id=who.user_id,
        parent_message_id=parent.id if parent else None,
        position=parent.position + 1 if parent else 0,
        day=f"{now:%Y-%m-%d}",
        created_at=now,
    )
