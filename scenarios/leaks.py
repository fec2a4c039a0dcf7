"""What a target is asked over and over again while somebody watches what it holds.

The one rule: the scenarios differ in one thing each, so that the one that leaks says where to look. Only
`unique-prompts`, `cached` and `kv-broken` ask for answers that a right cache may keep; the answers of all others end
by length, which nobody may keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from fault_injection.families import client, kv, sse_ends, tcp
from scenarios.case import Case, Step, Upstream
from scenarios.prompt import Prompt

_KIB = 1 << 10
_UNKEPT = Prompt(finish="length")
_LARGE = Prompt(tokens=18, token_bytes=64 * _KIB, ascii=True, finish="length")
_MEDIUM = Prompt(tokens=4, token_bytes=16 * _KIB, ascii=True)
_ENDLESS = Prompt(tokens=600, pace_s=0.05, finish="length")
"""It lasts for half a minute, so that a call which is not ended is there to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakScenario:
    """Requests of one kind: the steps of `case` in turn, as often as it takes.

    A step that is `unique` asks something new every time, any other the same each time. `warm_up` requests come before
    the first sample, so that pools and caches are full; then `requests` in each round, `together` at once.
    `answer_bytes` is about how large an answer is.
    """

    case: Case
    warm_up: int = 180
    requests: int = 16
    together: int = 5
    answer_bytes: int = 1 * _KIB

    @property
    def name(self) -> str:
        """The id without the suite."""
        return self.case.id.partition(".")[2]


def _case(
    name: str, promise: str, *steps: Step, needs: tuple[str, ...] = (), upstream: tuple[Upstream, ...] = ()
) -> Case:
    return Case(
        id=f"leaks.{name}",
        promise=promise,
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak",),
        needs=needs,
        steps=steps,
        upstream=upstream,
        alone=True,
    )


SCENARIOS: tuple[LeakScenario, ...] = (
    LeakScenario(
        case=_case(
            "clean",
            "Requests that nothing goes wrong with leave nothing behind.",
            Step(label="stream", prompt=_UNKEPT, unique=True),
            Step(label="whole", prompt=_UNKEPT, unique=True, stream=False),
        ),
    ),
    LeakScenario(
        case=_case(
            "cut",
            "Streams that upstream breaks off leave nothing behind.",
            Step(label="stream", prompt=_UNKEPT, unique=True),
            needs=("streaming",),
            upstream=(
                # every other one, so that no breaker opens and keeps the next ones away from upstream
                Upstream(faults=(sse_ends.Truncate(after=4),), question=None, every=4),
                Upstream(faults=(tcp.Reset(at_byte=600),), question=None, every=2),
            ),
        ),
    ),
    LeakScenario(
        case=_case(
            "client-gone",
            "Clients that leave in the middle leave nothing behind.",
            Step(label="polite", prompt=_ENDLESS, unique=True, faults=(client.AbortAfter(events=2),)),
            Step(label="rude", prompt=_ENDLESS, unique=True, faults=(client.AbortAfter(events=2, rudely=True),)),
            Step(label="early", prompt=_ENDLESS, unique=True, faults=(client.AbortBeforeHead(wait_s=0.03),)),
            needs=("streaming",),
        ),
        requests=12,
        together=6,
    ),
    LeakScenario(
        case=_case(
            "over-1-MB",
            "Answers and requests of more than a megabyte leave nothing behind.",
            Step(label="answer", prompt=_LARGE, unique=True),
            Step(label="request", prompt=_UNKEPT, unique=True, faults=(client.HugeRequest(),)),
            Step(label="whole", prompt=_LARGE, unique=True, stream=False),
        ),
        warm_up=15,
        requests=6,
        together=3,
        answer_bytes=1_100 * _KIB,
    ),
    LeakScenario(
        case=_case(
            "unique-prompts",
            "Answers that nobody asks for again do not fill memory without bound.",
            Step(label="stream", prompt=_MEDIUM, unique=True),
            Step(label="whole", prompt=_MEDIUM, unique=True, stream=False),
        ),
        warm_up=520,
        requests=32,  # what a cache with a life in seconds holds goes up and down by some answers, however many rounds
        together=8,
        answer_bytes=64 * _KIB,
    ),
    LeakScenario(
        case=_case(
            "cached",
            "Answers from the cache leave nothing behind.",
            Step(label="stream", question="q"),
            Step(label="whole", question="q", stream=False),
            Step(label="other", question="r"),
            Step(label="other-whole", question="s", stream=False),
            needs=("cache",),
        ),
    ),
    LeakScenario(
        case=_case(
            "kv-broken",
            "Requests while Workers KV fails leave nothing behind.",
            Step(label="new", prompt=_UNKEPT, unique=True),
            Step(label="known", question="q"),
            Step(label="whole", prompt=_UNKEPT, unique=True, stream=False),
            Step(label="known-too", question="r", stream=False),
            needs=("kv",),
            upstream=(
                Upstream(faults=(kv.Error(),), surface="kv.*", question=None, every=2),
                Upstream(faults=(tcp.Reset(at_byte=20),), surface="kv.*", question=None, every=3),
                Upstream(faults=(kv.Truncated(),), surface="kv.get", question=None, every=5, must_strike=False),
            ),
        ),
        warm_up=280,
    ),
)
"""Every scenario, in the order in which they are told."""

BY_ID: Mapping[str, LeakScenario] = MappingProxyType({item.case.id: item for item in SCENARIOS})
"""Every scenario by its id."""


def select(globs: str) -> tuple[LeakScenario, ...]:
    """Return the scenarios whose id or name matches one of the globs, which commas separate, in their own order."""
    wanted = [glob.strip() for glob in globs.split(",")]
    return tuple(
        item
        for item in SCENARIOS
        if any(fnmatchcase(item.case.id, glob) or fnmatchcase(item.name, glob) for glob in wanted)
    )
