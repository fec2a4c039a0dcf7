"""The answers of the mock on which the page of kinds is made: one of each form, clean."""

from __future__ import annotations

import json

from fault_injection.reply import Reply
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from scenarios import kinds
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

_TEXT = Prompt(nonce="ep-0123456789ab", tokens=60, pace_s=0.01)
_CALLS = Prompt(nonce="ep-0123456789ab", tools=2, pace_s=0.01)
_MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
_NOW_S = 1_764_000_000.0


def text() -> str:
    """Return the page."""
    return kinds.page(samples())


def samples() -> kinds.Samples:
    """Return the mock's answers in each form."""
    return {
        "stream": [_openai(_TEXT, stream=True)],
        "stream of calls": [_openai(_CALLS, stream=True)],
        "JSON": [_openai(_TEXT, stream=False), _openai(_CALLS, stream=False)],
        "native stream": [_native(_TEXT, stream=True), _native(_CALLS, stream=True)],
        "native JSON": [_native(_TEXT, stream=False), _native(_CALLS, stream=False)],
    }


def _openai(prompt: Prompt, *, stream: bool) -> Reply:
    more = {"stream_options": {"include_usage": True}} if stream else {}
    return _asked("ai/v1/chat/completions", prompt, stream=stream, model=_MODEL, **more)


def _native(prompt: Prompt, *, stream: bool) -> Reply:
    return _asked(f"ai/run/{_MODEL}", prompt, stream=stream)


def _asked(path: str, prompt: Prompt, **more: object) -> Reply:
    settings = MockSettings()
    body = {"messages": [{"role": "user", "content": str(prompt)}], "tools": [WEATHER, CLOCK], **more}
    request = Request(
        method="POST",
        path=f"/client/v4/accounts/{settings.account_id}/{path}",
        query="",
        headers=(("Authorization", f"Bearer {settings.api_token}"),),
        body=json.dumps(body).encode(),
    )
    return MockCloudflare(settings).answer(request, now_s=_NOW_S).reply
