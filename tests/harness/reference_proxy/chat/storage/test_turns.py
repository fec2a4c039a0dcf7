"""Turns as they are kept, on both databases: what happens twice happens once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.reference_proxy.chat.identity import Identity, hash_of
from harness.reference_proxy.chat.storage import accounts, conversations, turns
from harness.reference_proxy.chat.storage.accounts import Account
from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.chat.storage.engines import url_of
from harness.reference_proxy.chat.storage.page import Page
from harness.reference_proxy.chat.storage.said import Said
from harness.reference_proxy.chat.storage.tables import Conversation, Message
from harness.reference_proxy.chat.storage.turns import Begun, Outcome, Question
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import logs

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
QUESTION = Question(
    conversation_id=None, fresh_id="conv_1", message_id="msg_1", answer_id="msg_2", text="hi", parent_id=None,
    agent_id=None, model="m",
)  # fmt: skip
WHOLE = Outcome(
    status="complete", content="hello", tool_calls=None, error=None, finish_reason="stop", prompt_tokens=1,
    completion_tokens=2, total_tokens=3, tokens_estimated=False, cost_nanos=3,
)  # fmt: skip


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(url_of(database_url), log=logs.logger())
    people = [Account(tenant="acme", user="ann", token="a"), Account(tenant="acme", user="bob", token="b")]
    await opened.write(lambda session: accounts.ensure(session, people, now=NOW))
    yield opened
    await opened.aclose()


@pytest.fixture
async def ann(database: Database) -> Identity:
    found = await database.read(lambda session: accounts.identify(session, hash_of("a")))
    assert found is not None
    return found


async def _begin(database: Database, who: Identity, question: Question) -> Begun:
    return await database.write(lambda session: turns.begin(session, who, question, now=NOW, at_most=50))


async def _conversation(database: Database, who: Identity) -> tuple[Conversation, list[Message]]:
    conversation = await database.read(lambda session: conversations.one(session, who, "conv_1"))
    assert conversation is not None
    rows = await database.read(
        lambda session: conversations.messages(session, conversation, None, Page(newest_first=False))
    )
    return conversation, rows


async def test_a_question_that_is_saved_again_is_the_same_question(database: Database, ann: Identity) -> None:
    once = await _begin(database, ann, QUESTION)
    twice = await _begin(database, ann, QUESTION)
    conversation, rows = await _conversation(database, ann)

    assert once == twice
    assert once.history == (Said(role="user", content="hi"),)
    assert [(row.id, row.status) for row in rows] == [("msg_1", "complete"), ("msg_2", "streaming")]
    assert (conversation.message_count, conversation.head_message_id) == (2, "msg_2")


async def test_an_answer_that_is_settled_again_is_the_same_answer(database: Database, ann: Identity) -> None:
    begun = await _begin(database, ann, QUESTION)
    for _ in range(2):
        await database.write(lambda session: turns.settle(session, begun, WHOLE, now=NOW))
    conversation, rows = await _conversation(database, ann)

    assert (rows[1].status, rows[1].content, rows[1].total_tokens, rows[1].completed_at) == (
        "complete",
        "hello",
        3,
        NOW,
    )
    assert (conversation.message_count, conversation.last_assistant_message) == (2, "hello")


async def test_what_was_left_unsettled_is_swept_and_can_be_settled_yet(database: Database, ann: Identity) -> None:
    begun = await _begin(database, ann, QUESTION)
    await database.write(lambda session: turns.sweep(session, now=NOW))
    swept = (await _conversation(database, ann))[1][1]
    await database.write(lambda session: turns.settle(session, begun, WHOLE, now=NOW))
    settled = (await _conversation(database, ann))[1][1]

    assert (swept.status, swept.error) == ("interrupted", "process_ended")
    assert (settled.status, settled.error, settled.content) == ("complete", None, "hello")


async def test_another_answer_is_not_shown_when_the_conversation_has_gone_on(database: Database, ann: Identity) -> None:
    first = await _begin(database, ann, QUESTION)
    await database.write(lambda session: turns.settle(session, first, WHOLE, now=NOW))
    again = replace(QUESTION, conversation_id="conv_1", text=None, answer_id="msg_3")
    other = await _begin(database, ann, again)
    more = replace(QUESTION, conversation_id="conv_1", message_id="msg_4", answer_id="msg_5", text="more")
    await _begin(database, ann, more)
    await database.write(lambda session: turns.settle(session, other, WHOLE, now=NOW))
    conversation, rows = await _conversation(database, ann)

    assert conversation.head_message_id == "msg_5"
    assert {row.id: row.parent_message_id for row in rows} == {
        "msg_1": None, "msg_2": "msg_1", "msg_3": "msg_1", "msg_4": "msg_2", "msg_5": "msg_4",
    }  # fmt: skip


async def test_another_answer_needs_a_question(database: Database, ann: Identity) -> None:
    with pytest.raises(ProxyError, match="no such conversation"):
        await _begin(database, ann, replace(QUESTION, conversation_id="conv_9", text=None))
    with pytest.raises(ProxyError, match="no such conversation"):
        await _conversation_of_nobody(database, ann)


async def _conversation_of_nobody(database: Database, ann: Identity) -> None:
    await _begin(database, ann, QUESTION)
    bob = await database.read(lambda session: accounts.identify(session, hash_of("b")))
    assert bob is not None
    await _begin(database, bob, replace(QUESTION, conversation_id="conv_1", text=None, answer_id="msg_9"))
