"""What a probe comes to: its facts, the file's claims held against them, and the exit code.

The one rule: a claim that could not be told is no claim kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.core.probing.claims import Held, Stand, held
from harness.core.probing.facts import Fact, Notes, State
from harness.core.target.claims import Capabilities, Limits

SCHEMA: Final = "edgeproof.probe/1"
AGREES: Final = 0
DIFFERS: Final = 1
INCONCLUSIVE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A whole probe. `duration_s` is how long it took."""

    target: str
    seed: int
    duration_s: float
    facts: tuple[Fact, ...]
    claims: tuple[Held, ...]
    stopped: str = ""
    """The signal that ended it half-way."""

    @property
    def differing(self) -> tuple[Held, ...]:
        """The claims that what was seen rules out."""
        return tuple(each for each in self.claims if each.stand is Stand.DIFFERS)

    @property
    def untold(self) -> tuple[Held, ...]:
        """The claims of which nothing could be said."""
        return tuple(each for each in self.claims if each.stand is Stand.UNTOLD)

    @property
    def exit_code(self) -> int:
        """0 when every claim agrees, 1 when one differs, 3 when one could not be told, nothing was found out, or it was
        stopped."""
        if self.differing:
            return DIFFERS
        nothing = all(fact.state is State.UNKNOWN for fact in self.facts)
        return INCONCLUSIVE if self.untold or nothing or self.stopped else AGREES

    def to_json(self) -> str:
        """Return it as the text of a `probe.json`, newline at the end included."""
        return json.dumps(self._as_data(), ensure_ascii=False, indent=2) + "\n"

    def _as_data(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "target": self.target,
            "seed": self.seed,
            "duration_s": self.duration_s,
            "stopped": self.stopped,
            "facts": [
                {
                    "key": fact.key,
                    "state": str(fact.state),
                    "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
                    "low": fact.low,
                    "high": fact.high,
                    "how": fact.how,
                }
                for fact in self.facts
            ],
            "claims": [
                {"key": each.key, "stand": str(each.stand), "claimed": each.claimed, "saw": each.saw}
                for each in self.claims
            ],
        }


def outcome(
    notes: Notes,
    capabilities: Capabilities,
    limits: Limits,
    *,
    target: str,
    seed: int,
    duration_s: float,
    keys: Sequence[str],
    stopped: str = "",
) -> Outcome:
    """Put together what was noted; facts come in the order of `keys`."""
    _whole_exchange(notes)
    facts = {fact.key: fact for fact in notes}
    ordered = [facts.pop(key) for key in keys if key in facts]
    return Outcome(
        target=target,
        seed=seed,
        duration_s=duration_s,
        facts=(*ordered, *facts.values()),
        claims=held(capabilities, limits, notes),
        stopped=stopped,
    )


def _whole_exchange(notes: Notes) -> None:
    """Conclude the deadline: the longest that an exchange lasted which nobody but the target ended.

    A live stream may go on for as long as it lives, so it says nothing.
    """
    parts = [fact for key in ("exchange_behind_silence_s", "json_total_s") if (fact := notes.get(key)) is not None]
    known = [fact for fact in parts if fact.state is not State.UNKNOWN]
    if not known:
        return
    beyond = [fact for fact in known if fact.state is State.BEYOND]
    if beyond:
        worst = max(beyond, key=lambda fact: fact.low or 0.0)
        what = "an answer in JSON that went on slowly" if worst.key == "json_total_s" else "behind a silent upstream"
        notes.beyond("deadline_s", worst.low or 0.0, f"{what}: not ended within {worst.low:g} s")
        return
    longest = max(float(fact.value) for fact in known if isinstance(fact.value, int | float))
    notes.found("deadline_s", longest, "the longest exchange that it ended by itself")
