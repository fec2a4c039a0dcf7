"""What a choice says beside its text and its tool calls: reasoning, a refusal, annotations, audio, log probabilities.

The one rule: pieces are put together as a client does it: text is joined, lists are joined, the rest is the last word.
Null, empty and absent are one: nothing was said. Source: OpenAI API, chat completion object and chunk object; the
spellings of reasoning are those of Workers AI, DeepSeek, vLLM and OpenRouter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

_REASONING: Final = ("reasoning_content", "reasoning")
"""Two spellings of one thing; who sends both says the same twice."""
HEAD: Final = ("system_fingerprint", "service_tier")
"""What an answer says of itself as a whole, besides its id, its model and its usage."""
_FRAME: Final = ("id", "object", "created", "model")
"""Keys that every answer and every chunk has (OpenAI API, chat completion object and chunk object)."""


@dataclass(slots=True)
class Frame:
    """What stands around the choices of an answer in OpenAI's dialect, as far as it came."""

    is_there: bool = False
    """Whether anything in that dialect came at all."""
    keys: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    """Which objects it calls itself."""
    unindexed: bool = False
    """Whether a choice came without its index."""

    def take(self, value: dict[str, Any]) -> None:
        """Take what one chunk, or the answer, has around its choices."""
        self.is_there = True
        self.keys |= {name for name in _FRAME if value.get(name) not in (None, "")}
        if isinstance(value.get("object"), str):
            self.objects.add(value["object"])


@dataclass(slots=True)
class Said:
    """What came of one choice besides text and tool calls, as far as it came."""

    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    annotations: list[Any] = field(default_factory=list)
    audio: dict[str, Any] = field(default_factory=dict)
    logprobs: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, item: dict[str, Any], delta: dict[str, Any]) -> None:
        """Take a choice's part of one chunk, or the whole of it; `delta` may be a message."""
        told = (delta.get(name) for name in _REASONING)
        self.reasoning += [text for text in told if isinstance(text, str) and text][:1]
        refusal = delta.get("refusal")
        self.refusal += [refusal] if isinstance(refusal, str) and refusal else []
        annotations = delta.get("annotations")
        self.annotations += annotations if isinstance(annotations, list) else []
        self._take_audio(delta.get("audio"))
        logprobs = item.get("logprobs")
        for name, tokens in logprobs.items() if isinstance(logprobs, dict) else ():
            if isinstance(tokens, list):
                self.logprobs.setdefault(name, []).extend(tokens)

    def _take_audio(self, audio: object) -> None:
        for name, value in audio.items() if isinstance(audio, dict) else ():
            before = self.audio.get(name, "")
            joins = name in ("data", "transcript") and isinstance(value, str) and isinstance(before, str)
            if value is not None:
                self.audio[name] = before + value if joins else value


def take_head(head: dict[str, str], value: dict[str, Any]) -> None:
    """Take what a chunk or an answer says of the whole; the last word counts."""
    head.update({name: told for name in HEAD if isinstance(told := value.get(name), str) and told})
