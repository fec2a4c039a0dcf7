"""The models that the mock knows by name, and how each family answers.

The one rule: a correction to a model is a change of a row here, never of code elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, TypeAlias

Task: TypeAlias = Literal["Text Generation", "Text Embeddings"]
Style: TypeAlias = Literal["native", "lean", "full"]


@dataclass(frozen=True, slots=True)
class Model:
    """One row: its name, what it is for, how it words a chat on `/ai/run`, and its size."""

    name: str
    task: Task = "Text Generation"
    style: Style = "native"
    context_window: int = 131_072
    dimensions: int = 0
    pooling: str = "mean"
    content_parts: bool = False
    tools: bool = True


_EMBED: Task = "Text Embeddings"

MODELS = (
    Model("@cf/meta/llama-3.3-70b-instruct-fp8-fast", context_window=24_000),
    Model("@cf/meta/llama-3.1-8b-instruct", context_window=7_968, tools=False),
    Model("@cf/meta/llama-3.1-8b-instruct-fast", context_window=128_000),
    Model("@cf/meta/llama-3.2-3b-instruct", context_window=128_000, tools=False),
    Model("@cf/meta/llama-4-scout-17b-16e-instruct", context_window=131_000),
    Model("@cf/mistralai/mistral-small-3.1-24b-instruct", context_window=128_000),
    Model("@cf/qwen/qwen2.5-coder-32b-instruct", context_window=32_768, tools=False),
    Model("@hf/nousresearch/hermes-2-pro-mistral-7b", context_window=24_000),
    Model("@cf/moonshotai/kimi-k2.5", style="full", context_window=256_000, content_parts=True),
    Model("@cf/zai-org/glm-4.7-flash", style="lean", content_parts=True),
    Model("@cf/google/gemma-4-26b-a4b-it", style="lean", context_window=256_000, content_parts=True),
    Model("@cf/qwen/qwen3-30b-a3b-fp8", style="full", context_window=32_768, content_parts=True),
    Model("@cf/openai/gpt-oss-120b", style="full", context_window=128_000, content_parts=True),
    Model("@cf/openai/gpt-oss-20b", style="full", context_window=128_000, content_parts=True),
    Model("@cf/baai/bge-small-en-v1.5", _EMBED, context_window=512, dimensions=384),
    Model("@cf/baai/bge-base-en-v1.5", _EMBED, context_window=512, dimensions=768),
    Model("@cf/baai/bge-large-en-v1.5", _EMBED, context_window=512, dimensions=1024),
    Model("@cf/baai/bge-m3", _EMBED, context_window=60_000, dimensions=1024, pooling="cls"),
)
_BY_NAME = {model.name: model for model in MODELS}

# Families whose models answer in OpenAI's shape on `/ai/run`, for names that have no row.
_FAMILIES: tuple[tuple[str, Style], ...] = (
    ("kimi", "full"),
    ("glm", "lean"),
    ("gemma-4", "lean"),
    ("qwen3", "full"),
    ("gpt-oss", "full"),
)

DEPRECATED = {"@cf/meta/infire-llama-3.1-8b-instruct": "2026-05-30"}

_TASK_IDS = {
    "Text Generation": "c329a1f9-323d-4e91-b2aa-582dd4188d34",
    "Text Embeddings": "0137cdcf-162a-4108-94f2-1ca59e8c65ee",
}
_TASK_TEXTS = {
    "Text Generation": "Family of generative text models, such as large language models (LLM).",
    "Text Embeddings": "Feature extraction models transform raw data into numerical features.",
}


def find(name: str) -> Model | None:
    """Return the model of that name: a row, or a made-up one of its family.

    Any `@cf/author/model` or `@hf/author/model` exists unless it has `no-such` in it, for a target may ask for
    whatever it was written for.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    parts = name.split("/")
    if parts[0] not in ("@cf", "@hf") or len(parts) != 3 or not all(parts) or "no-such" in name:
        return None
    style: Style = next((style for family, style in _FAMILIES if family in parts[2].lower()), "native")
    if parts[2].startswith("bge-"):
        return Model(name, _EMBED, dimensions=768)
    return Model(name, style=style, content_parts=style != "native")


def item(model: Model) -> dict[str, object]:
    """Return the model as `models/search` lists it."""
    digest = hashlib.sha256(model.name.encode()).hexdigest()
    properties: list[dict[str, object]] = [{"property_id": "context_window", "value": str(model.context_window)}]
    if model.task == "Text Generation" and model.tools:
        properties.append({"property_id": "function_calling", "value": "true"})
    if model.dimensions:
        properties.append({"property_id": "output_dimensions", "value": str(model.dimensions)})
    return {
        "id": f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}",
        "source": 2 if model.name.startswith("@hf/") else 1,
        "name": model.name,
        "description": f"{model.name.rpartition('/')[2]}, as the mock plays it.",
        "task": {"id": _TASK_IDS[model.task], "name": model.task, "description": _TASK_TEXTS[model.task]},
        "created_at": "2025-08-05 10:27:29.131",
        "tags": [],
        "properties": properties,
    }


def schema(model: Model) -> dict[str, object]:
    """Return the JSON Schema of a model's input and output, in outline."""
    if model.task == "Text Embeddings":
        text = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 100}]}
        return {
            "input": {"type": "object", "properties": {"text": text}, "required": ["text"]},
            "output": {"type": "object", "properties": {"shape": {"type": "array"}, "data": {"type": "array"}}},
        }
    prompt = {"properties": {"prompt": {"type": "string", "minLength": 1}}, "required": ["prompt"]}
    messages = {"properties": {"messages": {"type": "array"}}, "required": ["messages"]}
    return {
        "input": {"type": "object", "oneOf": [prompt, messages]},
        "output": {"type": "object", "properties": {"response": {"type": "string"}}},
    }
