"""Targets that go on by themselves, as agents do: behind a tool call upstream is asked again, with what the tool said.

The one rule: only a tool's word that the client did not send makes a further step; to ask the same again is a retry.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from scenarios.case import Case

OF_ONE_ANSWER: Final = frozenset(
    {
        "no-loss", "no-duplication", "no-invention", "order-kept", "finish-true", "choices-separate",
        "tool-calls-intact", "usage-true", "ids-unique", "fields-kept", "request-true", "cost-true",
        "cache-hit-equal", "retry-bounded", "backoff", "no-retry-after-first-byte",
    }
)  # fmt: skip
"""The invariants that hold one answer of upstream against the client's, or one call against its next attempt."""


def takes_further_steps(ask: AskView) -> bool:
    """Whether upstream was asked for a further step of the same answer."""
    if len(ask.own) < 2:
        return False
    first, *more = map(_messages, ask.own)
    return any(_is_of_a_tool(message) for each in more for message in each[len(first) :])


def is_of_many_answers(invariant: str, ask: AskView) -> bool:
    """Whether an invariant about one answer is asked of an exchange for which upstream gave several, step by step."""
    return invariant in OF_ONE_ANSWER and takes_further_steps(ask)


def goes_on_by_itself(case: Case, view: CaseView) -> str:
    """Say of which request a case about one answer shows nothing, because the target goes on by itself."""
    if not OF_ONE_ANSWER.intersection(case.focus):
        return ""
    name = next((ask.name for ask in view.asks if takes_further_steps(ask)), "")
    return name and f"{name}: behind a tool call the target asked upstream for a further step, as an agent does"


def _messages(call: UpstreamView) -> Sequence[Any]:
    told = (call.asked or {}).get("messages")
    return told if isinstance(told, list) else ()


def _is_of_a_tool(message: object) -> bool:
    return isinstance(message, dict) and message.get("role") == "tool"
