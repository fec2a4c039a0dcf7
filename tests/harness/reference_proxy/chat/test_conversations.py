"""Conversations over HTTP: lists, names, archives, branches, search, exports."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.harness.reference_proxy.chat.service import Service, cut, service
from tests.harness.reference_proxy.stage import DONE, USAGE, Connection, Upstream, piece


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """Answers with a number that counts up."""

    async def numbered(connection: Connection) -> None:
        number = len(scripted.seen)
        usage = {**piece(""), "choices": [], "usage": USAGE}
        await connection.stream(piece(f"answer {number}"), piece("", finish="stop"), usage, DONE)

    scripted = Upstream(numbered)
    await scripted.start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def on(sqlite_url: str, upstream: Upstream) -> AsyncIterator[Service]:
    async with service(sqlite_url, upstream.url, token_price=0.001) as running:
        yield running


async def test_a_title_is_the_first_hundred_characters_of_the_first_message(on: Service) -> None:
    told = await on.ann.ask("é" * 150)
    await on.ann.ask("another", conversationId=told.conversation_id)

    assert (await on.ann.get(f"/api/v1/chat/{told.conversation_id}"))["title"] == "é" * 100


async def test_an_unknown_conversation_is_a_new_one(on: Service) -> None:
    told = await on.ann.ask("hi", conversationId="conv_of_nobody")

    assert told.conversation_id.startswith("conv_")
    assert told.conversation_id != "conv_of_nobody"


async def test_a_list_is_in_the_order_of_the_last_messages_and_comes_in_pages(on: Service) -> None:
    first, second, third = [await on.ann.ask(text) for text in ("first", "second", "third")]
    await on.ann.ask("more", conversationId=first.conversation_id)

    page = await on.ann.get("/api/v1/chat", limit=2)
    rest = await on.ann.get("/api/v1/chat", limit=2, offset=2)
    upwards = await on.ann.get("/api/v1/chat", order="asc")

    order = [first.conversation_id, third.conversation_id, second.conversation_id]
    assert [each["id"] for each in page["conversations"]] == order[:2]
    assert [each["id"] for each in rest["conversations"]] == order[2:]
    assert [each["id"] for each in upwards["conversations"]] == order[::-1]
    assert (page["total"], page["limit"], page["offset"]) == (3, 2, 0)
    assert page["conversations"][0]["messageCount"] == 4
    assert page["conversations"][0]["lastMessage"] == "answer 4"


async def test_messages_come_in_pages_newest_first(on: Service) -> None:
    told = await on.ann.ask("one")
    await on.ann.ask("two", conversationId=told.conversation_id)
    path = f"/api/v1/chat/{told.conversation_id}"

    newest = await on.ann.get(path, limit=3)
    oldest = await on.ann.get(path, limit=3, offset=3)

    assert [each["content"] for each in newest["messages"]] == ["answer 2", "two", "answer 1"]
    assert [each["content"] for each in oldest["messages"]] == ["one"]
    assert newest["usage"] == {"promptTokens": 6, "completionTokens": 4, "totalTokens": 10, "cost": 0.01}


@pytest.mark.parametrize("how", ["DELETE", "archive"])
async def test_an_archived_conversation_leaves_the_list_and_comes_back(on: Service, how: str) -> None:
    told = await on.ann.ask("keep me")
    path = f"/api/v1/chat/{told.conversation_id}"
    gone = await (on.ann.call("DELETE", path) if how == "DELETE" else on.ann.call("POST", f"{path}/archive"))
    again = await on.ann.ask("more", conversationId=told.conversation_id)

    assert (gone.status_code, gone.json()) == (200, {"success": True, "id": told.conversation_id, "archived": True})
    assert (await on.ann.get("/api/v1/chat"))["total"] == 0
    assert (await on.ann.get("/api/v1/chat", archived="true"))["total"] == 1
    assert (await on.ann.get("/api/v1/chat", archived="all"))["total"] == 1
    assert (await on.ann.get(path))["archived"] is True
    assert (await on.ann.get("/api/v1/chat/search", q="keep"))["hits"] == []
    assert (again.status, again.body["error"]["code"]) == (409, "archived")

    await on.ann.call("PATCH", path, {"archived": False})

    assert (await on.ann.get("/api/v1/chat"))["total"] == 1
    assert (await on.ann.ask("more", conversationId=told.conversation_id)).done


async def test_a_conversation_is_renamed(on: Service) -> None:
    told = await on.ann.ask("what is the capital of Assyria?")
    path = f"/api/v1/chat/{told.conversation_id}"
    renamed = await on.ann.call("PATCH", path, {"title": "Assyria"})

    assert renamed.json()["title"] == "Assyria"
    assert (await on.ann.get(path))["title"] == "Assyria"
    refused: list[object] = [{"title": ""}, {"title": "x" * 201}, {"id": "x"}, {"title": 3}, []]
    for bad in refused:
        assert (await on.ann.call("PATCH", path, bad)).status_code == 400, bad


async def test_another_answer_takes_the_place_of_the_former_which_stays_a_branch(
    on: Service, upstream: Upstream
) -> None:
    told = await on.ann.ask("one")
    path = f"/api/v1/chat/{told.conversation_id}"
    again = await on.ann.ask(path=f"{path}/regenerate")
    shown = await on.ann.get(path, order="asc")
    former = await on.ann.get(path, order="asc", branch=told.message_id)
    every = await on.ann.get(path, branch="all")

    assert [message["content"] for message in upstream.seen[-1].json["messages"]] == ["one"]
    assert [each["content"] for each in shown["messages"]] == ["one", "answer 2"]
    assert [each["content"] for each in former["messages"]] == ["one", "answer 1"]
    assert {each["content"] for each in every["messages"]} == {"one", "answer 1", "answer 2"}
    assert len({each["parentMessageId"] for each in every["messages"] if each["role"] == "assistant"}) == 1
    assert (shown["headMessageId"], shown["messageCount"]) == (again.message_id, 3)


async def test_an_answer_that_breaks_off_does_not_take_the_place_of_a_whole_one(
    on: Service, upstream: Upstream
) -> None:
    told = await on.ann.ask("one")
    path = f"/api/v1/chat/{told.conversation_id}"
    upstream.then(cut)
    again = await on.ann.ask(path=f"{path}/regenerate")

    assert not again.done
    assert [each["content"] for each in (await on.ann.get(path))["messages"]] == ["answer 1", "one"]
    assert len((await on.ann.get(path, branch="all"))["messages"]) == 3


async def test_a_question_asked_anew_begins_a_branch_of_its_own(on: Service, upstream: Upstream) -> None:
    first = await on.ann.ask("one")
    path = f"/api/v1/chat/{first.conversation_id}"
    second = await on.ann.ask("two", conversationId=first.conversation_id)
    await on.ann.ask("two, but better", conversationId=first.conversation_id, parentMessageId=first.message_id)
    sent = [message["content"] for message in upstream.seen[-1].json["messages"]]
    shown = [each["content"] for each in (await on.ann.get(path, order="asc"))["messages"]]
    await on.ann.call("PATCH", path, {"headMessageId": second.message_id})
    back = [each["content"] for each in (await on.ann.get(path, order="asc"))["messages"]]

    assert sent == ["one", "answer 1", "two, but better"]
    assert shown == ["one", "answer 1", "two, but better", "answer 3"]
    assert back == ["one", "answer 1", "two", "answer 2"]


async def test_a_search_finds_messages_and_titles_whatever_their_case(database_url: str, upstream: Upstream) -> None:
    async with service(database_url, upstream.url) as on:
        await _search(on)


async def _search(on: Service) -> None:
    told = await on.ann.ask("Where is ZÜRICH? " + "x" * 200)
    other = await on.ann.ask("50% of what_ever")
    await on.ann.call("PATCH", f"/api/v1/chat/{other.conversation_id}", {"title": "Über Preise"})

    by_text = (await on.ann.get("/api/v1/chat/search", q="zürich"))["hits"]
    by_title = (await on.ann.get("/api/v1/chat/search", q="über"))["hits"]

    assert [hit["conversation"]["id"] for hit in by_text] == [told.conversation_id]
    assert by_text[0]["role"] == "user"
    assert "ZÜRICH" in by_text[0]["snippet"]
    assert len(by_text[0]["snippet"]) < 120
    assert [(hit["conversation"]["id"], hit["messageId"]) for hit in by_title] == [(other.conversation_id, None)]
    assert len((await on.ann.get("/api/v1/chat/search", q="0% of"))["hits"]) == 1
    assert (await on.ann.get("/api/v1/chat/search", q="0_ of"))["hits"] == []
    assert len((await on.ann.get("/api/v1/chat/search", q="ANSWER", limit=1))["hits"]) == 1
    inside = await on.ann.get("/api/v1/chat/search", q="answer", conversationId=told.conversation_id)
    assert len(inside["hits"]) == 1


async def test_a_conversation_is_exported_in_three_forms(on: Service, upstream: Upstream) -> None:
    told = await on.ann.ask("Grüße & *stars*")
    upstream.then(cut)
    await on.ann.ask("and then?", conversationId=told.conversation_id)
    path = f"/api/v1/chat/{told.conversation_id}/export"
    markdown, as_json, pdf = [await on.ann.call("GET", path, format=form) for form in ("markdown", "json", "pdf")]

    assert markdown.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert "Grüße & *stars*\n\n## Assistant (@cf/" in markdown.text
    assert "Incomplete" in markdown.text
    assert [message["complete"] for message in json.loads(as_json.content)["messages"]] == [True, True, True, False]
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="{told.conversation_id}.pdf"'


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"limit": "many"}, {"order": "up"}, {"x": 1}]
)
async def test_a_bad_query_is_refused_by_name(on: Service, query: dict[str, object]) -> None:
    answer = await on.ann.call("GET", "/api/v1/chat", **query)

    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["error"]["message"]
