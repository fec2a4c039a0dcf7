"""A model's reasoning in a chat's chunk, under either name that upstreams give it.

The one rule: who sends both names says the same twice, so that one is enough.
Source: vLLM and DeepSeek (`reasoning_content`), OpenRouter and newer Workers AI models (`reasoning`).
"""

from collections.abc import Mapping
from typing import Any, Final

NAMES: Final = ("reasoning_content", "reasoning")


def reasoning_of(delta: Mapping[str, Any]) -> str:
    """Return what a delta or a message says of the reasoning; empty where it says nothing."""
    return next((text for name in NAMES if isinstance(text := delta.get(name), str) and text), "")
