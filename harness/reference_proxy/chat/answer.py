"""What there is of an answer so far, and what will be kept of it.

The one rule: nothing is `complete` but what its provider ended.
"""

import re
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.chat.configured import Prices
from harness.reference_proxy.chat.storage.turns import Outcome, Status
from harness.reference_proxy.errors import upstream_broken

_FINISH_MAX_CHARS = 64
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_COUNT_MAX = 2**31  # what a column holds
_CHARS_PER_TOKEN = 4  # a common estimate for English, where the provider does not tell


class Answer:
    """Collects the chunks of one answer, up to `max_bytes`."""

    def __init__(self, *, model: str, prompt_chars: int, max_bytes: int) -> None:
        self.model = model
        self._prompt_chars = prompt_chars
        self._capture = Capture(max_bytes=max_bytes)

    def add(self, chunk: Chunk) -> None:
        """Take in one chunk; raises UpstreamError when the answer is larger than may be kept."""
        self._capture.add(chunk, len(jsontext.dumps(chunk)))
        if self._capture.overflowed:
            raise upstream_broken("The upstream's answer is too large.", code="upstream_too_large")

    @property
    def choice(self) -> dict[str, Any]:
        """The first choice as far as it has come."""
        completion = self._capture.completion() or {}
        choices: list[dict[str, Any]] = completion.get("choices") or [{}]
        return choices[0]

    def outcome(self, status: Status, prices: Prices, *, error: str | None = None) -> Outcome:
        """What is kept of it, now that it has ended in this way."""
        message = self.choice.get("message") or {}
        content = storable(message.get("content") or "")
        finish = self.choice.get("finish_reason")
        prompt, completion, total, estimated = self._tokens(content, whole=status == "complete")
        return Outcome(
            status=status,
            content=content,
            tool_calls=message.get("tool_calls"),
            error=error,
            finish_reason=storable(finish)[:_FINISH_MAX_CHARS] if finish and status == "complete" else None,
            prompt_tokens=prompt,
            completion_tokens=completion,
            total_tokens=total,
            tokens_estimated=estimated,
            cost_nanos=prices.of(self.model, total),
        )

    def _tokens(self, content: str, *, whole: bool) -> tuple[int | None, int | None, int | None, bool]:
        usage = (self._capture.completion() or {}).get("usage")
        if isinstance(usage, dict):
            prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
            total = _count(usage.get("total_tokens"))
            if total is None and prompt is not None and completion is not None:
                total = prompt + completion
            if total is not None:
                return prompt, completion, total, False
        if not whole and not content:
            return None, None, None, False  # refused, as far as we know: nothing was made
        # One who always leaves before the end, where usage is told, would never reach a limit.
        prompt, completion = estimated_tokens(self._prompt_chars), estimated_tokens(len(content))
        return prompt, completion, prompt + completion, True


def estimated_tokens(chars: int) -> int:
    """How many tokens a text of that length has, about."""
    return -(-chars // _CHARS_PER_TOKEN)


def storable(text: str) -> str:
    """The text without what no database keeps: NUL, and half a surrogate pair."""
    return _UNSTORABLE.sub("\ufffd", text)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _COUNT_MAX else None
