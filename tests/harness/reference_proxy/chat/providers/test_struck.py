"""What the providers that are no chats make of a stream that goes wrong in their own dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from edgeproof import MockCloudflare
from tests.harness.reference_proxy.chat.service import Service, Told, service

MODELS = {"ai.messages": "anthropic/model-{}", "ai.responses": "model-{}"}
EARLY = "The upstream's stream ended early."
FAILED = "The upstream failed."
WHOLE = ""
OUTCOMES = {
    "sse.no_done": (EARLY, EARLY),
    "sse.finish_without_done": (EARLY, WHOLE),
    "sse.done_without_finish": (EARLY, WHOLE),
    "sse.done_twice": (WHOLE, WHOLE),
    "sse.data_after_done": (WHOLE, WHOLE),
    "sse.usage_missing": (WHOLE, WHOLE),
    "chat.fields": (WHOLE, WHOLE),
    "sse.inband_error(after=9)": (FAILED, FAILED),
    "sse.inband_error(after=9, shape=event)": (FAILED, FAILED),
    "sse.inband_error(after=9, shape=error-then-done)": (FAILED, FAILED),
    "sse.inband_error(after=9, shape=error-then-continue)": (FAILED, FAILED),
}
"""By what upstream does, what a user is told of it who had asked by Messages, and by Responses."""
NOT_STRUCK = {"ai.messages": set[str](), "ai.responses": {"sse.finish_without_done", "sse.done_without_finish"}}


@pytest.fixture
async def on(sqlite_url: str, mock: MockCloudflare) -> AsyncIterator[Service]:
    env = mock.env()
    told = {"chat_openai_url": env["OPENAI_BASE_URL"], "chat_openai_key": env["OPENAI_API_KEY"]}
    theirs = {"chat_anthropic_url": f"{mock.url}/v1", "chat_anthropic_key": env["CLOUDFLARE_API_TOKEN"]}
    async with service(sqlite_url, mock, chat_openai_api="responses", **told, **theirs) as running:
        yield running
    mock.reset()


def outcome(told: Told) -> str:
    """What went wrong by what a user was told; nothing where the answer was whole."""
    if told.done:
        return WHOLE
    message: str = told.part("error")["errorText"]
    return message


@pytest.mark.parametrize(("place", "surface"), list(enumerate(MODELS)))
async def test_a_provider_takes_an_answer_for_whole_when_its_dialect_says_so(
    on: Service, mock: MockCloudflare, place: int, surface: str
) -> None:
    seen, struck = {}, set()
    for number, spec in enumerate(OUTCOMES):
        with mock.fault(spec, surface=surface):  # a model each, so that no breaker opens
            told = await on.ann.ask("ep-0123456789ab tokens=9 ascii=true", model=MODELS[surface].format(number))
        seen[spec] = outcome(told)
        struck |= {*mock.journal(surface=surface)[-1].faults}

    assert seen == {spec: outcomes[place] for spec, outcomes in OUTCOMES.items()}
    assert {*OUTCOMES} - struck == NOT_STRUCK[surface]
