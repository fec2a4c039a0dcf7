"""An upstream event stream of either dialect, event by event, as OpenAI chunks.

The one rule: only upstream says that an answer is finished. `end` refuses a stream that stopped without saying so.
A chunk here has no `id`: each client's stream gets its own when it is written out.
"""

from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers import failures, toolcalls
from harness.reference_proxy.answers.completions import as_text, is_usage
from harness.reference_proxy.answers.sse import SseEvent
from harness.reference_proxy.errors import upstream_broken

Chunk = dict[str, Any]
_OWN = frozenset({"id", "object", "choices", "usage", "p"})
"""What a chunk is given anew, or has no use for."""
_OF_A_CHOICE = frozenset({"index", "delta", "finish_reason"})
_TOLD_ONCE = ("created", "model", "system_fingerprint", "service_tier")
_NATIVE = frozenset({"response", "tool_calls", "usage", "finish_reason", "p"})


class Translator:
    """The state of one stream: which choices began, which finished, and the last token usage."""

    def __init__(self, *, model: str, created: int, include_usage: bool, choices: int, scrub: failures.Scrub) -> None:
        self.done = False
        self._head = {"object": "chat.completion.chunk", "created": created, "model": model}
        self._include_usage = include_usage
        self._expected = choices
        self._scrub = scrub
        self._begun: set[int] = set()
        self._finished: set[int] = set()
        self._native = False
        self._openai = False
        self._called_tools = False
        self._usage: object = None
        self._usage_sent: object = None

    def accept(self, event: SseEvent) -> list[Chunk]:
        """The chunks that one upstream event becomes; none for padding and keep-alives.

        Raises UpstreamError for an error event, and for one that cannot be understood.
        """
        if self.done or event.event == "ping":
            return []
        text = event.data.strip()
        if event.event == "error":
            raise failures.in_band(_lenient(text), scrub=self._scrub)
        if text == "[DONE]":
            return self._close()
        if not text:
            return []
        try:
            return self._payload(jsontext.loads(text))
        except (jsontext.InvalidJsonError, toolcalls.InvalidToolCallError, TypeError):
            raise upstream_broken("The upstream sent a malformed event.", code="upstream_malformed_event") from None

    def end(self, *, unfinished: bool) -> list[Chunk]:
        """The last chunks of a stream whose connection ended cleanly; raises when it had not said it was done."""
        if self.done:
            return []
        said = len(self._finished) >= self._expected and self._begun <= self._finished
        if not said or unfinished:
            raise upstream_broken("The upstream's stream ended early.", code="upstream_truncated")
        return self._close()

    def _payload(self, payload: object) -> list[Chunk]:
        if not isinstance(payload, dict):
            raise TypeError("an event is not an object")
        if failures.is_error(payload):
            raise failures.in_band(payload, scrub=self._scrub)
        if "choices" in payload or payload.get("object") == "chat.completion.chunk":
            return self._from_openai(payload)
        if payload.keys() & _NATIVE:
            return self._from_native(payload)
        if payload.get("type") == "ping":
            return []
        raise TypeError("an event of no known kind")

    def _from_native(self, payload: Chunk) -> list[Chunk]:
        content = as_text(payload.get("response"))
        calls = toolcalls.deltas(payload.get("tool_calls"))
        finish = payload.get("finish_reason")
        self._native = True
        self._keep_usage(payload.get("usage"), alone=not content)
        delta: Chunk = {}
        if 0 not in self._begun:
            delta = {"role": "assistant", "content": content or ""}
        elif content:
            delta = {"content": content}
        if calls:
            self._called_tools = True
            delta["tool_calls"] = calls
        self._begun.add(0)
        if not delta and finish is None:
            return []
        return [self._chunk([self._choice(0, delta, finish)])]

    def _from_openai(self, payload: Chunk) -> list[Chunk]:
        raw = payload.get("choices")
        raw = [] if raw is None else raw  # some servers have none where others have an empty list
        if not isinstance(raw, list):
            raise TypeError("choices is not a list")
        choices = [kept for position, item in enumerate(raw) if (kept := self._openai_choice(item, position))]
        self._openai = self._openai or bool(choices)
        self._keep_usage(payload.get("usage"), alone=not raw)
        for name in _TOLD_ONCE:
            if (value := payload.get(name)) is not None:
                self._head[name] = value
        if not choices:
            return []
        extra = {k: v for k, v in payload.items() if k not in _OWN and k not in self._head}
        return [self._chunk(choices, extra)]

    def _openai_choice(self, choice: object, position: int) -> Chunk | None:
        if not isinstance(choice, dict):
            raise TypeError("a choice is not an object")
        index = choice.get("index")
        index = position if index is None else index
        delta = choice.get("delta")
        delta = {} if delta is None else delta
        if isinstance(index, bool) or not isinstance(index, int) or not isinstance(delta, dict):
            raise TypeError("a choice has a wrong shape")
        delta = dict(delta)
        if "content" in delta:
            delta["content"] = as_text(delta["content"])
        if "tool_calls" in delta:
            calls = toolcalls.deltas(delta.pop("tool_calls"))
            if calls:
                delta["tool_calls"] = calls
            elif not delta and choice.get("finish_reason") is None:
                return None  # nothing but the sentinel that finalises a call with nulls
        if not delta.get("role", "assistant"):
            del delta["role"]  # empty or null: it was told before, or never
        if index not in self._begun:
            delta = {"role": "assistant", **delta}
            self._begun.add(index)
        extra = {k: v for k, v in choice.items() if k not in _OF_A_CHOICE}
        return self._choice(index, delta, choice.get("finish_reason"), extra)

    def _choice(self, index: int, delta: Chunk, finish: object, extra: Chunk | None = None) -> Chunk:
        if finish is not None:
            if not isinstance(finish, str):
                raise TypeError("finish_reason is not text")
            self._finished.add(index)
        return {"index": index, "delta": delta, **(extra or {}), "finish_reason": finish}

    def _chunk(self, choices: list[Chunk], extra: Chunk | None = None) -> Chunk:
        chunk = {**self._head, **(extra or {}), "choices": choices}
        if self._include_usage:
            chunk["usage"] = None
        elif self._usage is not None and any(choice["finish_reason"] is not None for choice in choices):
            chunk["usage"] = self._usage_sent = self._usage
        return chunk

    def _keep_usage(self, usage: object, *, alone: bool) -> None:
        # Workers AI repeats zeros on every chunk; the true totals are the last that are not zero.
        if is_usage(usage) or (alone and isinstance(usage, dict) and self._usage is None):
            self._usage = usage

    def _close(self) -> list[Chunk]:
        if not self._begun:
            raise upstream_broken("The upstream's stream held no answer.", code="upstream_empty_answer")
        self.done = True
        chunks = []
        if self._native and not self._openai and not self._finished:
            finish = "tool_calls" if self._called_tools else "stop"
            chunks.append(self._chunk([self._choice(0, {}, finish)]))
        if self._usage is not None and self._usage != self._usage_sent:
            if self._include_usage:
                chunks.append({**self._head, "choices": [], "usage": self._usage})
            else:  # a client that did not ask for a chunk without choices cannot be expected to survive one
                chunk = self._chunk([{"index": 0, "delta": {}, "finish_reason": None}])
                chunks.append({**chunk, "usage": self._usage})
        return chunks


def _lenient(text: str) -> object:
    try:
        return jsontext.loads(text)
    except jsontext.InvalidJsonError:
        return None
