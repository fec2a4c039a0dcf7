"""What a target adds to an answer's time: the same question put to the mock directly and through the target, in pairs.

The one rule: both halves of a pair are put one right after the other, and every other pair the other way round, so that
whatever drifts on the machine drifts for both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.load.answer import FINISHED, Answer, measure
from harness.core.run import seeds
from harness.core.target.dialects import chat_body, chat_path
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.playing.lane import Lane
from scenarios.case import Step
from scenarios.load import OVERHEAD_PROMPT

WARM_UP_PAIRS: Final = 5
"""So many first pairs are put and not counted: connections and code are cold in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One question's two answers."""

    direct: Answer
    through: Answer


async def put_pairs(lane: Lane, *, seed: int, pairs: int) -> list[Pair]:
    """Put the pairs and return those of which both halves were answered."""
    found = []
    for number in range(WARM_UP_PAIRS + pairs):
        halves: dict[bool, Answer] = {}
        for is_direct in (True, False) if number % 2 else (False, True):
            halves[is_direct] = await _put(lane, seed=seed, number=number, is_direct=is_direct)
        pair = Pair(direct=halves[True], through=halves[False])
        if number >= WARM_UP_PAIRS and pair.direct.ending == pair.through.ending == FINISHED:
            found.append(pair)
    return found


async def _put(lane: Lane, *, seed: int, number: int, is_direct: bool) -> Answer:
    """Put a question of its own to the mock or to the target, and measure the answer."""
    target, settings = lane.target_file, lane.mock.settings
    name = f"{number}/{'direct' if is_direct else 'through'}"
    prompt = replace(OVERHEAD_PROMPT, nonce=seeds.nonce(seed, "load", "overhead", name))
    body = chat_body(
        Step(stream=target.capabilities.streaming),
        dialect="openai" if is_direct else target.chat.dialect,
        text=f"{prompt} | Please answer.",
        model=target.chat.model,
    )
    straight: Headers = (("content-type", "application/json"), ("authorization", f"Bearer {settings.api_token}"))
    straight_path = f"/client/v4/accounts/{settings.account_id}/ai/v1/chat/completions"
    return measure(
        await ask(
            Ask(
                url=lane.server.url if is_direct else lane.url,
                path=straight_path if is_direct else chat_path(target.chat.path, target.chat.model),
                headers=straight if is_direct else lane.headers("a"),
                moves=ClientMoves(body=body),
                patience_s=target.limits.patience_s,
                label=name,
                dialect="" if is_direct else target.chat.dialect,
            )
        )
    )
