"""A chat request as every dialect understands it, and the answer before any dialect words it.

The one rule: reading and answering are apart from wording. A dialect module may only put an `Exchange` on the wire; it
decides nothing about what is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import NamedTuple

from harness.mock_cloudflare.ai import text, tools
from scenarios import prompt as prompts
from scenarios.prompt import Prompt

MOST_LIKELY = 20
"""`top_logprobs` at the most (OpenAI API reference)."""


class Choice(NamedTuple):
    """One of the answers to a request: text, tool calls or both, and the reason of its end."""

    tokens: tuple[str, ...]
    calls: tuple[tools.ToolCall, ...]
    finish: str

    @property
    def content(self) -> str:
        """The text, whole."""
        return "".join(self.tokens)

    @property
    def is_silent(self) -> bool:
        """Whether there are calls and no text at all."""
        return bool(self.calls) and not self.tokens

    @property
    def token_count(self) -> int:
        """How many tokens were spent: one a piece of text, of a call's arguments, and one a call."""
        return len(self.tokens) + sum(1 + len(call.pieces) for call in self.calls)


class Exchange(NamedTuple):
    """Everything a dialect needs to word an answer. `created_s` is whole Unix seconds."""

    id: str
    created_s: int
    model: str
    prompt: Prompt
    choices: tuple[Choice, ...]
    prompt_tokens: int
    stream: bool
    include_usage: bool
    top_logprobs: int | None = None
    """How many likely tokens come with the log probability of each; None for no such numbers at all."""

    @property
    def usage(self) -> dict[str, object]:
        """The tokens read and said, in the keys that both dialects use."""
        said = sum(choice.token_count for choice in self.choices)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": said,
            "total_tokens": self.prompt_tokens + said,
        }

    def wait_s(self, index: int) -> float:
        """The silence before the piece of that index: none before the first, which follows the opening event."""
        return self.prompt.pace_s if index else 0.0


def read_messages(body: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the messages of a valid request; a bare `prompt` counts as one user message."""
    messages = body.get("messages")
    if isinstance(messages, list):
        return [item for item in messages if isinstance(item, dict)]
    return [{"role": "user", "content": body.get("prompt")}]


def message_text(message: Mapping[str, object]) -> str:
    """Return a message's text: its string, or its text parts joined by a line feed."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def find_prompt(body: Mapping[str, object]) -> Prompt:
    """Find the case's prompt: in the last user message, else in the last message that holds a nonce.

    A `prompt` string is a whole conversation joined into one, so its last nonce counts.
    """
    messages = read_messages(body)
    if not isinstance(body.get("messages"), list):
        joined = message_text(messages[0])
        starts = [found.start() for found in prompts.NONCE.finditer(joined)]
        return prompts.parse(joined[starts[-1] :]) if starts else Prompt()
    users = (message for message in reversed(messages) if message.get("role") == "user")
    for message in chain(islice(users, 1), reversed(messages)):
        asked = prompts.parse(message_text(message))
        if asked.nonce:
            return asked
    return Prompt()


def compose(
    body: Mapping[str, object], *, model: str, identifier: str, now_s: float, default_max_tokens: int | None = None
) -> Exchange:
    """Decide the whole answer to a valid request."""
    messages = read_messages(body)
    prompt = find_prompt(body)
    digest = text.digest_of(model, body)
    called = tools.to_call(body, prompt)
    count = body.get("n")
    choices = count if isinstance(count, int) else 1
    limits = (body.get("max_completion_tokens"), body.get("max_tokens"), default_max_tokens)
    most = next((limit for limit in limits if isinstance(limit, int)), None)
    options = body.get("stream_options")
    return Exchange(
        id=identifier,
        created_s=int(now_s),
        model=model,
        prompt=prompt,
        choices=tuple(
            [_choice(prompt, digest, called, most, index=index, choices=choices) for index in range(choices)]
        ),
        prompt_tokens=sum([4 + len(message_text(item).encode("utf-8", "replace")) // 4 for item in messages]),
        stream=body.get("stream") is True,
        include_usage=isinstance(options, dict) and options.get("include_usage") is True,
        top_logprobs=_likely(body) if body.get("logprobs") is True else None,
    )


def _likely(body: Mapping[str, object]) -> int:
    told = body.get("top_logprobs")
    return min(max(told, 0), MOST_LIKELY) if isinstance(told, int) and not isinstance(told, bool) else 0


def _choice(
    prompt: Prompt, digest: bytes, called: tuple[tools.Tool, ...], most: int | None, *, index: int, choices: int
) -> Choice:
    if called:
        lead = text.tokens(replace(prompt, tokens=prompt.lead), digest, choice=index, choices=choices)
        return Choice(lead, tools.calls(called, prompt, digest, choice=index), "tool_calls")
    said = text.tokens(prompt, digest, choice=index, choices=choices)
    if most is not None and most < len(said):
        return Choice(said[:most], (), "length")
    reasons = prompt.finish.split("/")
    return Choice(said, (), reasons[index % len(reasons)])
