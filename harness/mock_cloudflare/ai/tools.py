"""The tools that a request offers, and the calls that a model makes of them.

The one rule: the arguments of a call are valid by the tool's own schema, and the same request gets the same calls.
Source: OpenAI API reference, chat completions: `tools`, `tool_choice`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai.arguments import Filler
from harness.mock_cloudflare.ai.text import dice
from scenarios.prompt import Prompt

MOST_CALLS = 64
_PIECES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool by its name. `parameters` is the JSON Schema of its arguments; empty when it says none."""

    name: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool: its arguments are JSON text in pieces, as a stream delivers them."""

    id: str
    name: str
    pieces: tuple[str, ...]

    @property
    def arguments(self) -> str:
        """The arguments, whole."""
        return "".join(self.pieces)


DEFAULT = Tool(name="get_weather")
"""What is called when the prompt asks for calls and the request offers no tool."""


def offered(body: Mapping[str, object]) -> tuple[Tool, ...]:
    """Return the tools that a request offers, flat or in OpenAI's shape."""
    tools = body.get("tools")
    return tuple(tool for each in (tools if isinstance(tools, list) else []) if (tool := _tool(each)))


def _tool(told: object) -> Tool | None:
    if not isinstance(told, Mapping):
        return None
    inner = told.get("function")
    said = inner if isinstance(inner, Mapping) else told
    name, parameters = said.get("name"), said.get("parameters")
    if not isinstance(name, str):
        return None
    return Tool(name=name, parameters=parameters if isinstance(parameters, Mapping) else {})


def to_call(body: Mapping[str, object], prompt: Prompt) -> tuple[Tool, ...]:
    """Return the tools to call, one for each call: as many as the prompt asks for, one where the request demands it.

    None once the results are in, so that an agent comes to an end, and none where the request forbids it.
    """
    if not prompt.tools and not body.get("tools"):
        return ()
    messages = body.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    choice = body.get("tool_choice")
    if choice == "none" or (isinstance(last, Mapping) and last.get("role") == "tool"):
        return ()
    tools = offered(body)
    named = choice.get("function") if isinstance(choice, Mapping) else None
    if isinstance(named, Mapping):
        tools = tuple(tool for tool in tools if tool.name == named.get("name"))
    demanded = int(bool(tools) and (choice == "required" or named is not None))
    count = min(max(prompt.tools, demanded), MOST_CALLS)
    tools = tools or (DEFAULT,)
    return tuple(tools[index % len(tools)] for index in range(count))


def calls(tools: tuple[Tool, ...], prompt: Prompt, digest: bytes, *, choice: int = 0) -> tuple[ToolCall, ...]:
    """Return a call of each tool."""
    made = []
    for index, tool in enumerate(tools):
        rng = dice(prompt.nonce, digest, f"tool {choice} {index}")
        identifier = hashlib.sha256(f"{prompt.nonce} {choice} {index}".encode()).hexdigest()[:24]
        arguments = _rich(prompt, rng.getrandbits(32), rng.randint(1, 9))
        if tool.parameters.get("properties"):
            arguments = Filler(root=tool.parameters, rng=rng, ascii=prompt.ascii).value(tool.parameters)
        text = json_text.dump(arguments, ascii_only=prompt.ascii).decode()
        cuts = sorted(rng.sample(range(1, len(text)), min(_PIECES, len(text)) - 1))
        pieces = tuple(text[start:end] for start, end in zip((0, *cuts), (*cuts, len(text)), strict=True))
        made.append(ToolCall(f"call_{identifier}", tool.name, pieces))
    return tuple(made)


def _rich(prompt: Prompt, mark: int, days: int) -> object:
    return {
        "city": "Zurich" if prompt.ascii else "Zürich 東京 \U0001f469\u200d\U0001f467",
        "note": f'{mark:08x} said "now" \\ then\n',
        "when": {"day": "2026-11-21", "hours": [6, 12, 18], "exact": None},
        "days": days,
    }
