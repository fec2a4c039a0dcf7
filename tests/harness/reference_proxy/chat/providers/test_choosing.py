"""Who answers, by the name of the model."""

from __future__ import annotations

from tests.harness.reference_proxy.chat.service import MODEL, service
from tests.harness.reference_proxy.stage import DONE, Upstream, piece, streams


async def test_the_model_can_change_inside_a_conversation(sqlite_url: str, upstream: Upstream) -> None:
    other = Upstream(streams(piece("from elsewhere"), piece("", finish="stop"), DONE))
    await other.start()
    async with service(
        sqlite_url, upstream.url, chat_openai_url=f"{other.url}/v1", chat_openai_key="other-secret"
    ) as on:
        first = await on.ann.ask("one")
        second = await on.ann.ask("two", conversationId=first.conversation_id, model="gpt-4o")
        kept = await on.kept(second)
    await other.stop()

    assert other.seen[0].line == "POST /v1/chat/completions HTTP/1.1"
    assert other.seen[0].headers["authorization"] == "Bearer other-secret"
    assert (other.seen[0].json["model"], len(other.seen[0].json["messages"])) == ("gpt-4o", 3)
    assert [message.get("model") for message in kept] == [None, MODEL, None, "gpt-4o"]
    assert second.text == "from elsewhere"
