"""The form of an answer: what the request or the prompt wants besides the text, and in which pieces.

The one rule: a form changes nothing of what is said. Only faults are forms that keep the bytes or the meaning and leave
the head as it is; a prompt that names another, or none at all, is answered as if it had named nothing.
"""

from __future__ import annotations

from fault_injection.families.chat_fields import Logprobs
from fault_injection.fault import Fault, InvalidFaultError, Law, ReplyFault, Turn
from fault_injection.registry import UnknownFaultError
from fault_injection.reply import Reply
from fault_injection.spec import SpecError, parse_all
from harness.mock_cloudflare.ai.chat import Exchange
from harness.mock_cloudflare.ai.text import dice

_KEEPS = (Law.SAME_BYTES, Law.SAME_MEANING)


def said(reply: Reply, exchange: Exchange) -> Reply:
    """Return a clean answer in the form that was asked for."""
    wanted: list[Fault] = []
    if exchange.top_logprobs is not None:
        wanted.append(Logprobs(top=exchange.top_logprobs))
    for form in (*wanted, *read(exchange.prompt.form)):
        if isinstance(form, ReplyFault):
            reply = form.apply(reply, Turn(dice(exchange.prompt.nonce, b"", str(form))))
    return reply


def read(text: str) -> tuple[Fault, ...]:
    """Return the forms that a prompt names; none where it names anything that is no form."""
    try:
        named = parse_all(text) if text else ()
    except (SpecError, UnknownFaultError, InvalidFaultError):
        return ()
    return named if all(map(_is_form, named)) else ()


def _is_form(fault: Fault) -> bool:
    return isinstance(fault, ReplyFault) and fault.law in _KEEPS and not fault.tell
