"""Every form in which upstream may say the same answer, as the faults of the family `chat`, in every choice of words.

The one rule: nothing is listed by hand; a fault that is added is drawn by the searches and told on the page of kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from fault_injection.families import chat_fields, chat_pieces
from fault_injection.fault import Fault
from fault_injection.spec import parse_all
from scenarios.prompt import Prompt


def every(kind: type[Fault]) -> Iterator[Fault]:
    """Yield a fault in every combination of the words that its parameters choose from, other parameters as they are."""
    named = [(item.name, item.choices) for item in kind.parameters() if item.choices]
    for words in product(*(choices for _, choices in named)):
        yield kind(**dict(zip((name for name, _ in named), words, strict=True)))


FORMS: Final[tuple[Fault, ...]] = tuple(
    form for kind in (*chat_fields.FAULTS, *chat_pieces.FAULTS) for form in every(kind)
)
"""What a prompt may ask of an answer besides its text."""


def spelled(*forms: Fault) -> str:
    """Return forms as a prompt names them: specs without a space, joined by `+`."""
    return "+".join(str(form).replace(", ", ",") for form in forms)


def asked(prompt: Prompt) -> tuple[Fault, ...]:
    """Return the forms that a prompt names.

    Raises:
        SpecError, UnknownFaultError, InvalidFaultError: it names something else.
    """
    return parse_all(prompt.form) if prompt.form else ()
