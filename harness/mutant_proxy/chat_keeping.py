"""Mutants of the chat service that keep, show or list wrongly.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.chat_keeping`.
The service is imported by its own mutants alone, and when they are made: it takes long to load.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.mutant_proxy.seam import Original, mutant

_COLUMN_CHARS = 4000


@mutant
def half_an_answer_as_a_whole_one(outcome: Original) -> object:
    def whole(self: Any, status: str, prices: object, *, error: str | None = None) -> object:  # noqa: ANN401 - an answer
        made = outcome(self, "complete", prices, error=None)
        return replace(made, finish_reason=made.finish_reason or "stop")

    return whole


@mutant
def question_kept_with_its_answer_alone(settle: Original) -> object:
    from sqlalchemy import delete, update

    from harness.reference_proxy.chat.storage.tables import Conversation, Message

    async def forget(session: Any, begun: Any, outcome: Any, *, now: object) -> None:  # noqa: ANN401 - the service's own
        if outcome.status == "complete":
            await settle(session, begun, outcome, now=now)
            return
        question = await session.get_one(Message, begun.question_id)
        above = question.parent_message_id
        mine = Conversation.id == begun.conversation_id
        await session.execute(update(Conversation).where(mine).values(head_message_id=above))
        for gone in (begun.answer_id, begun.question_id):
            await session.execute(delete(Message).where(Message.id == gone))

    return forget


@mutant
def swept_away_at_the_start(sweep: Original) -> object:
    from sqlalchemy import delete, select, update

    from harness.reference_proxy.chat.storage.tables import Conversation, Message

    async def remove(session: Any, *, now: object) -> None:  # noqa: ANN401 - the service's own
        left = list(await session.scalars(select(Message).where(Message.status == "streaming")))
        for answer in left:
            question = await session.get_one(Message, answer.parent_message_id)
            mine = Conversation.id == answer.conversation_id
            above = question.parent_message_id
            await session.execute(update(Conversation).where(mine).values(head_message_id=above))
            for gone in (answer.id, question.id):
                await session.execute(delete(Message).where(Message.id == gone))
        await sweep(session, now=now)

    return remove


@mutant
def model_told_the_questions_alone(context: Original) -> object:
    async def questions(session: object, leaf_id: str, *, at_most: int) -> list[Any]:
        found = await context(session, leaf_id, at_most=at_most)
        return [message for message in found if message.role == "user"]

    return questions


@mutant
def answer_cut_to_its_column(storable: Original) -> object:
    def cut(text: str) -> str:
        kept: str = storable(text)
        return kept[:_COLUMN_CHARS]

    return cut


@mutant
def cut_answer_told_as_finished(fail: Original) -> object:
    async def finish(self: Any, error: object) -> None:  # noqa: ANN401 - a stream of the service
        await self._part({"type": "finish", "finishReason": "stop"})
        await self.response.write(b"data: [DONE]\n\n")
        await self.response.write_eof()
        self.whole = True

    return finish


@mutant
def page_skips_one(listed: Original) -> object:
    async def later(session: object, who: object, wanted: object, page: Any) -> object:  # noqa: ANN401 - a page
        return await listed(session, who, wanted, replace(page, offset=page.offset + bool(page.offset)))

    return later


@mutant
def page_begins_with_the_last_one(messages: Original) -> object:
    async def earlier(session: object, conversation: object, leaf_id: str | None, page: Any) -> object:  # noqa: ANN401 - a page
        offset = max(page.offset - 1, 0)
        return await messages(session, conversation, leaf_id, replace(page, offset=offset))

    return earlier


@mutant
def oldest_come_first(by_time: Original) -> object:
    def turned(column: object, page: Any) -> object:  # noqa: ANN401 - a page
        return by_time(column, replace(page, newest_first=not page.newest_first))

    return turned


@mutant
def archived_still_listed(listed: Original) -> object:
    async def everything(session: object, who: object, wanted: Any, page: object) -> object:  # noqa: ANN401 - a filter
        return await listed(session, who, replace(wanted, archived=None), page)

    return everything


@mutant
def deleted_still_found(search: Original) -> object:
    from sqlalchemy import select

    from harness.reference_proxy.chat.storage.conversations import Hit, visible
    from harness.reference_proxy.chat.storage.tables import Conversation, Message

    async def everything(session: Any, who: Any, text: str, page: Any, **_: object) -> list[Hit]:  # noqa: ANN401 - the service's own
        holds = Message.content.icontains(text, autoescape=True)
        joined = select(Conversation, Message).join(Message, Message.conversation_id == Conversation.id)
        rows = await session.execute(joined.where(visible(who), holds).limit(page.limit))
        return [Hit(conversation=row[0], message=row[1]) for row in rows]

    return everything


@mutant
def title_of_the_latest_message(conversation: Original) -> object:
    async def titled(session: object, who: object, question: Any, now: object) -> object:  # noqa: ANN401 - a question
        found = await conversation(session, who, question, now)
        found.title = (question.text or found.title)[:100]
        return found

    return titled


@mutant
def export_of_the_questions_alone(export: Original) -> object:
    def questions(document: dict[str, Any], form: str, *, pdf_font: str) -> object:
        said = [message for message in document["messages"] if message["role"] == "user"]
        return export({**document, "messages": said}, form, pdf_font=pdf_font)

    return questions


@mutant
def branch_overwrites_its_sibling(begin: Original) -> object:
    from sqlalchemy import delete, update

    from harness.reference_proxy.chat.storage.tables import Conversation, Message

    async def overwrite(session: Any, who: object, question: Any, *, now: object, at_most: int) -> object:  # noqa: ANN401 - the service's own
        begun = await begin(session, who, question, now=now, at_most=at_most)
        if question.text is not None:
            return begun
        mine = Conversation.id == begun.conversation_id
        await session.execute(update(Conversation).where(mine).values(head_message_id=begun.answer_id))
        siblings = (Message.parent_message_id == begun.question_id) & (Message.id != begun.answer_id)
        await session.execute(delete(Message).where(siblings))
        return replace(begun, head_id=begun.answer_id)

    return overwrite


@mutant
def both_answers_told_to_the_model(context: Original) -> object:
    from sqlalchemy import select

    from harness.reference_proxy.chat.storage.tables import Message

    async def everything(session: Any, leaf_id: str, *, at_most: int) -> list[Message]:  # noqa: ANN401 - a session
        leaf = await session.get_one(Message, leaf_id)
        said = (Message.conversation_id == leaf.conversation_id) & (Message.status == "complete")
        found = await session.scalars(select(Message).where(said).order_by(Message.position).limit(at_most))
        return list(found)

    return everything


@mutant
def broken_answer_takes_the_place(settle: Original) -> object:
    from harness.reference_proxy.chat.storage.tables import Conversation

    async def place(session: Any, begun: Any, outcome: object, *, now: object) -> None:  # noqa: ANN401 - the service's own
        await settle(session, begun, outcome, now=now)
        conversation = await session.get_one(Conversation, begun.conversation_id)
        conversation.head_message_id = begun.answer_id

    return place
