"""The token usage of a stream at another place than the last chunk.

The one rule: the last usage that is told is the right one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from fault_injection.chat import Json, brings, choice_of, chunk_event, is_native, with_chunk
from fault_injection.fault import param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event


@dataclass(frozen=True, kw_only=True)
class Usage(FormFault):
    """The token usage comes at another place: on every chunk, on the last ones, or before the finish reason.

    Only an answer that tells its usage is struck: what was not asked for is not made up.
    """

    id: ClassVar[str] = "chat.usage"
    looks_ahead: ClassVar[bool] = True
    place: str = param(
        "every",
        "on every chunk and growing, as null or zeros on all but the last, on the chunk with the finish reason, or "
        "before that one",
        choices=("every", "nulls", "zeros", "finish", "early"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        chunks = [chunk for _, chunk in said]
        last = max((at for at, chunk in enumerate(chunks) if chunk and chunk.get("usage")), default=None)
        finish = max((at for at, chunk in enumerate(chunks) if chunk and _finishes(chunk)), default=None)
        if last is None:
            yield from (item for item, _ in said)
            return
        usage = (chunks[last] or {})["usage"]
        alone = choice_of(chunks[last] or {}) is None and not is_native(chunks[last] or {})
        moves = self.place in ("finish", "early") and finish is not None and alone and finish < last
        so_far = 0
        for at, (item, chunk) in enumerate(said):
            if (
                chunk is None
                or (moves and at not in (finish, last))
                or (self.place in ("finish", "early") and not moves)
            ):
                yield item
            elif moves and at == finish:
                if self.place == "early":
                    yield chunk_event({**chunk, "choices": [], "usage": usage})
                yield item if self.place == "early" else with_chunk(item, {**chunk, "usage": usage})
            elif not moves:
                so_far += brings(chunk)
                yield item if at >= last else with_chunk(item, {**chunk, "usage": self._running(usage, so_far)})

    def _running(self, usage: Json, so_far: int) -> Json | None:
        if self.place == "nulls":
            return None
        if self.place == "zeros":
            return {name: 0 for name, count in usage.items() if isinstance(count, int)}
        prompt = usage.get("prompt_tokens")
        prompt = prompt if isinstance(prompt, int) else 0
        return {"prompt_tokens": prompt, "completion_tokens": so_far, "total_tokens": prompt + so_far}


def _finishes(chunk: Json) -> bool:
    return bool((choice_of(chunk) or {}).get("finish_reason"))
