"""Requests as people send them: conversations, parts and parameters that have to reach upstream as they are.

The one rule: every value here is one that careless code loses: false, nought, null, a key order, a number that no
double holds. Source: OpenAI API, create chat completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from scenarios.case import Message

LARGE_ID: Final = 2512292042121000001
"""A number that no double holds, as databases and chat services give them to their rows."""
LARGER_ID: Final = LARGE_ID + 1
PIXEL: Final = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_SILENCE: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="
_PAGE: Final = "data:application/pdf;base64,JVBERi0xLjQKJSVFT0YK"

STRICT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "zebra": {"type": "integer", "default": 0, "minimum": 0},
        "apple": {"type": ["string", "null"], "default": None, "enum": ["", "red", None]},
        "mango": {"type": "boolean", "default": False, "const": False},
    },
    "required": ["zebra", "apple", "mango"],
    "additionalProperties": False,
}
"""A schema whose order, nulls and switches all say something."""
ORDER: Final[Mapping[str, Any]] = {
    "type": "function",
    "function": {"name": "order_fruit", "description": "Order fruit.", "strict": True, "parameters": STRICT},
}

RICH: Final[Mapping[str, Any]] = {
    "temperature": 0.4375,
    "tools": [ORDER],
    "tool_choice": "none",
    "response_format": {"type": "json_schema", "json_schema": {"name": "fruit", "strict": True, "schema": STRICT}},
}
"""What a second attempt has lost when the first one worked on the client's own document."""
RULES: Final[tuple[Message, ...]] = (
    ("system", "You sell fruit. Answer in one line."),
    ("user", "What is there?"),
    ("assistant", "Zebra melons."),
)

OFF: Final[Mapping[str, Any]] = {
    "temperature": 0,
    "top_p": 0,
    "seed": 0,
    "tools": [ORDER],
    "parallel_tool_calls": False,
    "tool_choice": "none",
    "logprobs": True,
    "top_logprobs": 0,
    "logit_bias": {"50256": 0},
    "reasoning_effort": "none",
    "prediction": {"type": "content", "content": "nought"},
}
"""Every parameter switched off, or set to nought, where that is not what it is without being set."""

PICTURE: Final[Mapping[str, Any]] = {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}
OTHER_PICTURE: Final[Mapping[str, Any]] = {
    "type": "image_url",
    "image_url": {"url": "https://example.org/a.png?b=c&d=%20"},
}
SOUND: Final[Mapping[str, Any]] = {"type": "input_audio", "input_audio": {"data": _SILENCE, "format": "wav"}}

IMAGES: Final[tuple[Message, ...]] = (
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Before the picture."},
            PICTURE,
            {"type": "text", "text": "Behind the picture."},
        ],
    },
    ("assistant", "One dot."),
    {"role": "user", "content": [OTHER_PICTURE]},
    ("assistant", "An address."),
)
ATTACHMENTS: Final[tuple[Message, ...]] = (
    {
        "role": "user",
        "content": [
            SOUND,
            {"type": "text", "text": "Hear this."},
        ],
    },
    ("assistant", "Silence."),
    {"role": "user", "content": [{"type": "file", "file": {"filename": "page.pdf", "file_data": _PAGE}}]},
    ("assistant", "A page."),
)

CALL: Final[Mapping[str, Any]] = {
    "id": "call_7f3a",
    "type": "function",
    "function": {
        "name": "get_weather",
        "arguments": f'{{"place":"Zürich","row":{LARGE_ID},"share":1.0,"tiny":1e-7,"none":null}}',
    },
}
SECOND_CALL: Final[Mapping[str, Any]] = {
    "id": "call_7f3b",
    "type": "function",
    "function": {"name": "get_time", "arguments": "{}"},
}
RESULTS: Final[tuple[Message, ...]] = (
    ("user", "What is the weather in Zürich?"),
    {"role": "assistant", "content": "I will look.", "tool_calls": [CALL, SECOND_CALL]},
    {"role": "tool", "tool_call_id": "call_7f3a", "content": f'{{"degrees": -0.0, "row": {LARGE_ID}, "sky": null}}'},
    {"role": "tool", "tool_call_id": "call_7f3b", "content": [{"type": "text", "text": "12:00"}]},
)
"""Two calls beside a text, and their results, one as text and one in parts."""

EXTRAS: Final[tuple[Message, ...]] = (
    {"role": "developer", "content": "Be brief.", "name": "house"},
    {"role": "user", "content": "Who am I?", "name": "ann"},
    {"role": "assistant", "content": "You are Ann.", "name": "guide", "reasoning_content": "Her name stands there."},
    {"role": "user", "content": "And I?", "name": "bob"},
    {"role": "assistant", "content": None, "refusal": "I will not say.", "tool_calls": [SECOND_CALL]},
    {"role": "tool", "tool_call_id": "call_7f3b", "content": ""},
)
"""What messages may have besides a role and a text."""

ODD_TEXTS: Final[tuple[Message, ...]] = (
    ("user", "".join(map(chr, range(0x01, 0x20))) + "\x7f\u0085\u200b\ufffe"),
    ("assistant", "null undefined NaN [DONE] data: {} \\u0000 %00 <|im_end|> </s> <b>&amp;</b>"),
    ("user", "half \ud83d of a character"),
)
"""Characters and words that are text like any other, and half of a character."""


def history(*, turns: int, turn_bytes: int) -> tuple[Message, ...]:
    """Return a long conversation with tool calls in it, each result behind its call."""
    messages: list[Message] = [("system", "You keep a diary.")]
    for number in range(turns):
        filler = (f"day {number}: " + "it rained, then it did not. " * (turn_bytes // 27 + 1))[:turn_bytes]
        call = {**CALL, "id": f"call_{number:04x}"}
        messages += [
            ("user", filler),
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": filler[::-1]},
            ("assistant", f"Noted, day {number}."),
        ]
    return tuple(messages)
