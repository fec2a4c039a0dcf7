"""Tool definitions that cases hand to a model."""

from __future__ import annotations

from typing import Any

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look up the weather of a place.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}, "days": {"type": "integer"}},
            "required": ["place"],
        },
    },
}
CLOCK: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "Tell the time at a place.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}
RECORD: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "find_record",
        "description": "Find the record of a number.",
        "parameters": {
            "type": "object",
            "properties": {
                "id": {"const": 2512292042121000001},
                "below": {"const": -9007199254740993},
                "share": {"const": 1.0},
                "least": {"const": 1.5e-07},
                "most": {"const": 1e22},
                "note": {"type": "string"},
            },
            "required": ["id"],
        },
    },
}
"""A tool whose arguments hold numbers that a double cannot, or that one writes in another way (RFC 8259 §6)."""
