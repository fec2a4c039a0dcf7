"""What every fault of a body shares, and how the parts of an answer in it are edited.

The one rule: a reply in which there is nothing to edit keeps its very bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from fault_injection.chat import Json, answer_of, choice_of, edit_core, edit_message, with_answer, with_choice
from fault_injection.fault import Need, ReplyFault
from fault_injection.reply import Reply


class BodyFault(ReplyFault):
    """A fault in a body that comes whole: its length is right, whatever it holds."""

    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)


def on_core(reply: Reply, edit: Callable[[Json], Json]) -> Reply:
    """Edit what holds the choices or the response; a reply that is not changed keeps its very bytes."""
    answer = answer_of(reply)
    if answer is None:
        return reply
    new = edit_core(answer, edit)
    return reply if new == answer else with_answer(reply, new)


def on_choice(reply: Reply, edit: Callable[[Json], Json]) -> Reply:
    """Edit the first choice of an answer in the OpenAI dialect."""

    def chosen(core: Json) -> Json:
        choice = choice_of(core)
        return with_choice(core, edit(choice)) if choice else core

    return on_core(reply, chosen)


def on_message(reply: Reply, edit: Callable[[Json, str], Json]) -> Reply:
    """Edit what holds an answer's text: `edit` gets the message and the key of its text."""
    return on_core(reply, lambda core: edit_message(core, edit))


def on_text(reply: Reply, value: object) -> Reply:
    """Put another value in the place of an answer's text."""
    return on_message(reply, lambda message, text: {**message, text: value} if text in message else message)
