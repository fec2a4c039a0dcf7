"""What is asked of both sides: a small set of requests by dialect, of a few tokens each.

The one rule: a question costs no more than `tokens` says, and leaves nothing behind that the last ones do not remove.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from fault_injection.reply import Headers

Api: TypeAlias = Literal["cloudflare", "openai"]
"""Whose doors: Cloudflare's below an account, or those below the base URL of an OpenAI-compatible API."""
Caller: TypeAlias = Literal["known", "unknown", "nameless"]
"""Who asks: somebody with the right token, with one that nobody knows, or with none."""

SAID: Final = "Say hello in one word."
MOST_TOKENS: Final = 16
KEY: Final = "edgeproof-drift"
"""The key that is written to Workers KV, and deleted again."""
_TOOL: Final = {
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
_CALL_TOKENS: Final = 48
"""How long a model may be when it is to call a tool."""
_JSON: Final = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request. `path` follows the root of the API; `tokens` is the most that a model may say,
    also where the mock refuses the question: an upstream may not."""

    id: str
    method: str = "POST"
    path: str
    query: str = ""
    headers: Headers = (_JSON,)
    body: bytes = b""
    caller: Caller = "known"
    tokens: int = 0


def questions(
    dialects: Sequence[str], *, api: Api, model: str, namespace: str, only: str = "*"
) -> tuple[Question, ...]:
    """Return what is asked in these dialects; of `only`, globs with commas, one has to fit a question's id.

    What is plainly right comes first. Of Workers KV all is asked or nothing, for one question builds on another.
    """
    asked = [each for dialect in dialects for each in _ASKED[dialect](api, model, namespace)]
    globs = [glob.strip() for glob in only.split(",") if glob.strip()]
    return tuple(
        each for each in asked if any(fnmatchcase(each.id, glob) or _is_kept(each.id, glob, asked) for glob in globs)
    )


def _is_kept(name: str, glob: str, asked: Sequence[Question]) -> bool:
    return name.startswith("kv.") and any(fnmatchcase(each.id, glob) for each in asked if each.id.startswith("kv."))


def _chat(api: Api, model: str, _: str) -> list[Question]:
    path = ("/ai/v1" if api == "cloudflare" else "") + "/chat/completions"
    plain = {"model": model, "messages": [{"role": "user", "content": SAID}], "max_tokens": MOST_TOKENS}
    call = {
        **plain,
        "max_tokens": _CALL_TOKENS,
        "tools": [{"type": "function", "function": _TOOL}],
        "tool_choice": {"type": "function", "function": {"name": _TOOL["name"]}},
    }
    stream = {"stream": True}
    return [
        _asked("chat.plain", path, plain, MOST_TOKENS),
        _asked("chat.stream", path, {**plain, **stream}, MOST_TOKENS),
        _asked("chat.usage", path, {**plain, **stream, "stream_options": {"include_usage": True}}, MOST_TOKENS),
        _asked("chat.call", path, call, _CALL_TOKENS),
        _asked("chat.call-stream", path, {**call, **stream}, _CALL_TOKENS),
        *_refused("chat", path, plain),
        _asked("chat.too-hot", path, {**plain, "temperature": 99}, MOST_TOKENS),
        _asked("chat.no-messages", path, {"model": model}),
    ]


def _run(_: Api, model: str, __: str) -> list[Question]:
    path = run_path(model)
    plain = {"messages": [{"role": "user", "content": SAID}], "max_tokens": MOST_TOKENS}
    return [
        _asked("run.plain", path, plain, MOST_TOKENS),
        _asked("run.stream", path, {**plain, "stream": True}, MOST_TOKENS),
        _asked("run.bad-model", "/ai/run/@cf/edgeproof/no-such-model", plain, MOST_TOKENS),
        _bad_json("run.bad-json", path),
        _asked("run.no-input", path, {}),
        _asked("run.too-hot", path, {**plain, "temperature": 99}, MOST_TOKENS),
        Question(id="run.wrong-method", method="GET", path="/ai/v1/models", headers=()),
    ]


def run_path(model: str) -> str:
    """Return the path of Workers AI's own call of a model."""
    return f"/ai/run/{quote(model, safe='@/:')}"


def _responses(api: Api, model: str, _: str) -> list[Question]:
    path = ("/ai/v1" if api == "cloudflare" else "") + "/responses"
    plain = {"model": model, "input": SAID, "max_output_tokens": MOST_TOKENS}
    return [
        _asked("responses.plain", path, plain, MOST_TOKENS),
        _asked("responses.stream", path, {**plain, "stream": True}, MOST_TOKENS),
        *_refused("responses", path, plain),
        _asked("responses.no-input", path, {"model": model}),
    ]


def _messages(api: Api, model: str, _: str) -> list[Question]:
    path = ("/ai/v1" if api == "cloudflare" else "") + "/messages"
    version = ("anthropic-version", "2023-06-01")
    plain = {"model": model, "messages": [{"role": "user", "content": SAID}], "max_tokens": MOST_TOKENS}
    return [
        _asked("messages.plain", path, plain, MOST_TOKENS, version),
        _asked("messages.stream", path, {**plain, "stream": True}, MOST_TOKENS, version),
        *_refused("messages", path, plain, version),
        _asked("messages.no-length", path, {"model": model, "messages": plain["messages"]}, MOST_TOKENS, version),
    ]


def _kv(_: Api, __: str, namespace: str) -> list[Question]:
    root = f"/storage/kv/namespaces/{namespace}"
    value = f"{root}/values/{KEY}"
    raw = (("Content-Type", "text/plain"),)
    return [
        Question(id="kv.put", method="PUT", path=value, query="expiration_ttl=600", headers=raw, body=b"drift"),
        Question(id="kv.get", method="GET", path=value, headers=()),
        Question(id="kv.list", method="GET", path=f"{root}/keys", query=f"prefix={KEY}&limit=10", headers=()),
        Question(id="kv.short-life", method="PUT", path=value, query="expiration_ttl=1", headers=raw, body=b"drift"),
        Question(id="kv.missing", method="GET", path=f"{value}-missing", headers=()),
        Question(id="kv.delete", method="DELETE", path=value, headers=()),
    ]


_ASKED: Final = {"chat": _chat, "run": _run, "responses": _responses, "messages": _messages, "kv": _kv}
DIALECTS: Final = tuple(_ASKED)
OF_CLOUDFLARE: Final = ("run", "kv")
"""The dialects that only Cloudflare's own API speaks."""


def _asked(name: str, path: str, body: Mapping[str, object], tokens: int = 0, *headers: tuple[str, str]) -> Question:
    return Question(id=name, path=path, headers=(_JSON, *headers), body=json.dumps(body).encode(), tokens=tokens)


def _bad_json(name: str, path: str, *headers: tuple[str, str]) -> Question:
    return Question(id=name, path=path, headers=(_JSON, *headers), body=b'{"messages": [')


def _refused(dialect: str, path: str, plain: Mapping[str, object], *headers: tuple[str, str]) -> list[Question]:
    """Return what every dialect refuses: another model, a body that breaks off, a caller without the right token."""
    body = json.dumps(plain).encode()
    told = (_JSON, *headers)
    return [
        _asked(f"{dialect}.bad-model", path, {**plain, "model": "@cf/edgeproof/no-such-model"}, MOST_TOKENS, *headers),
        _bad_json(f"{dialect}.bad-json", path, *headers),
        Question(id=f"{dialect}.no-token", path=path, headers=told, body=body, caller="nameless", tokens=MOST_TOKENS),
        Question(
            id=f"{dialect}.unknown-token", path=path, headers=told, body=body, caller="unknown", tokens=MOST_TOKENS
        ),
    ]
