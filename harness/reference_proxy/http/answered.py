"""What is told of each answer behind it, to whoever keeps accounts.

The one rule: who listens is told and never waited for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["whole", "broken", "left", "failed"]
"""How it went: to its good end; broken off; given up because the client left; refused or failed before its start."""
CLIENT_LEFT_STATUS = 499  # as nginx logs it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer. `caller` names the client without its token, `kind` the API that was asked, by its route."""

    caller: str
    model: str
    kind: str
    form: str
    cache: str
    outcome: Outcome
    usage: object
    took_s: float
    attempts: int


Listener = Callable[[Answered], None]


def nobody(_: Answered) -> None:
    """Tell nobody."""


class Asked(Protocol):
    """What is known of a request when it is over; `fields` are those of its log line."""

    caller: str
    form: str
    cache: str
    fields: dict[str, object]


def tell(listener: Listener, asked: Asked, *, kind: str, status: int, failure: object, took_s: float) -> None:
    """Tell of an answer; of nothing where nothing was asked of a model."""
    if "model" not in asked.fields:
        return
    attempts = asked.fields.get("attempts")
    listener(
        Answered(
            caller=asked.caller,
            model=str(asked.fields["model"]),
            kind=kind,
            form=asked.form,
            cache=asked.cache,
            outcome=_outcome(status, failure),
            usage=asked.fields.get("usage"),
            took_s=took_s,
            attempts=attempts if isinstance(attempts, int) else 0,
        )
    )


def _outcome(status: int, failure: object) -> Outcome:
    if status == CLIENT_LEFT_STATUS:
        return "left"
    if status >= 400:
        return "failed"
    return "broken" if failure else "whole"
