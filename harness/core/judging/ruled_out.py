"""What a case cannot show of a target, however often it is played: faults that cannot strike, requests that upstream
itself will not have.

The one rule: it follows from what the target asked for and what its upstream is, and never from how it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Final

from fault_injection.apply import NOTHING_TO_CHANGE
from fault_injection.fault import Need
from harness.core.judging.further import goes_on_by_itself
from harness.core.judging.leaving import unnoticed
from harness.core.judging.needs import WORKER
from harness.core.judging.view import AskView, CaseView
from reports.visible import on_one_line
from scenarios.case import Case, Expect

_SHOWN_CHARACTERS: Final = 160
_NO_CHAT: Final = frozenset({"ai.run", "ai.messages", "ai.responses"})
"""The surfaces on which there are no chunks of chat completions."""


def never_struck(case: Case, view: CaseView) -> list[tuple[str, str]]:
    """Return the faults that the case is made of and that struck nothing, each with its surface."""
    struck = {fault for call in (*view.calls, *view.others) for fault in call.exchange.faults}
    wanted = [(str(fault), rule.surface) for rule in case.upstream if rule.must_strike for fault in rule.faults]
    return [(fault, surface) for fault, surface in wanted if fault not in struck]


def passed_by(case: Case, view: CaseView) -> dict[str, str]:
    """Return the faults that struck nothing because they could not, each with the reason."""
    missing = {fault for fault, _ in never_struck(case, view)}
    bypassed = [item for call in (*view.calls, *view.others) for item in call.exchange.bypassed]
    return {item.fault: item.because for item in bypassed if item.fault in missing}


def is_ruled_out(case: Case, view: CaseView) -> bool:
    """Whether the way in which the target asks upstream leaves no room for the case's faults.

    Over HTTP/1.0 there are no chunks, however often the case is played (RFC 9112 §7.1): another run would say the same.
    So it is with a client whose leaving cannot be noticed, with a Worker that does not use the binding, with an agent,
    and with answers that are no chat completions, which have no choices, roles or indices that a fault could spoil.
    """
    missed = passed_by(case, view)
    if hides_leaving(case, view) or _is_unbound(case, view) or any(declined(case, view)):
        return True
    if goes_on_by_itself(case, view):
        return True
    return bool(missed) and all(because in {*Need} or _is_of_chats(fault, view) for fault, because in missed.items())


def _is_of_chats(fault: str, view: CaseView) -> bool:
    """Whether a fault met answers alone that are no chat completions, and in none of them what it changes."""
    met = [
        (call.exchange.surface, item.because)
        for call in view.calls
        for item in call.exchange.bypassed
        if item.fault == fault
    ]
    return bool(met) and all(each[0] in _NO_CHAT and each[1] == NOTHING_TO_CHANGE for each in met)


def _is_unbound(case: Case, view: CaseView) -> bool:
    """Whether the case is about a binding of which a Worker asked nothing, or in which it found nothing to be struck.

    A wrangler file tells neither of `caches` nor of what a binding is used for, so that only playing the case shows it:
    one that keeps streams alone in a bucket has no whole answer there.
    """
    missing = {surface for _, surface in never_struck(case, view)} if WORKER in case.needs else set()
    asked = {call.exchange.surface for call in (*view.calls, *view.others) if call.status != HTTPStatus.NOT_FOUND}
    return bool(missing) and not any(fnmatchcase(each, surface) for each in asked for surface in missing)


def declined(case: Case, view: CaseView) -> Iterator[str]:
    """Say of which request that should have been answered Workers AI would have none."""
    for expect in case.expect:
        for ask in asks_of(expect.step, view):
            if declined_above(expect, ask):
                told = on_one_line(ask.own[-1].body_text[:_SHOWN_CHARACTERS])
                yield f"{ask.name}: Workers AI itself declined what was asked of its binding: {told}"


def hides_leaving(case: Case, view: CaseView) -> bool:
    """Whether the case is about clients that leave, and the target could not have known of one that did."""
    return "cancel-propagates" in case.focus and view.notices_by_writing and unnoticed(view)


def declined_above(expect: Expect, ask: AskView) -> bool:
    """Whether Workers AI itself declined what a Worker asked it, and the client was told so.

    `env.AI.run` takes what a model's own schema takes, which is less than the OpenAI dialect: no seed of 64 bits, no
    message without content. `request-true` tells whether the Worker asked for what its client had.
    """
    refused = [call for call in ask.own if call.exchange.binding == "ai" and call.status == HTTPStatus.BAD_REQUEST]
    own_refusals = bool(refused) and len(refused) == len(ask.own) and not any(call.exchange.faults for call in refused)
    return expect.seen == "answered" and own_refusals and is_declined(ask)


def asks_of(step: str, view: CaseView) -> list[AskView]:
    """Return the exchanges of a step, its repetitions too."""
    return [ask for ask in view.asks if ask.client.label.partition("#")[0] == step]


def is_declined(ask: AskView) -> bool:
    """Whether a client was told that its request would not do."""
    return ask.client.status is not None and 400 <= ask.client.status < 500
