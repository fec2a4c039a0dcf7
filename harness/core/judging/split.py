"""How an answer comes in, read by read: a plan may say so, and where none does it is left to chance.

The one rule: nothing here changes a byte of an answer; the same ones come apart, or together (RFC 9112 §2.2: a message
is a sequence of octets, whatever the reads that it comes in).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fault_injection.families.sse_pace import Trickle
from fault_injection.families.tcp import Coalesce
from fault_injection.fault import Fault
from harness.core.judging.failures import content_name, elements
from scenarios.case import Case, Upstream
from scenarios.case_file import found_case

MOST_ELEMENTS: Final = 3
"""How many faults a plan may have that somebody is to understand."""
_APART_S: Final = 0.03
"""Silence enough for a target to read an event before the next one comes."""
_SPLITTING: Final = ("tcp.", "sse.trickle", "sse.merge_events", "sse.split_events", "sse.cadence_collapse")


def is_by_chance(case: Case) -> bool:
    """Whether nothing says in which reads answers come, and a plan has room for saying it."""
    said = any(fault.id.startswith(_SPLITTING) for rule in case.upstream for fault in rule.faults)
    paced = any(step.prompt.pace_s for step in case.steps)
    return not said and not paced and elements(case) < MOST_ELEMENTS


def apart(case: Case) -> Case:
    """Return the case with every event of a stream in a read of its own."""
    return _with(case, Trickle(wait_s=_APART_S))


def together(case: Case) -> Case:
    """Return the case with every answer in one read."""
    return _with(case, Coalesce())


def _with(case: Case, fault: Fault) -> Case:
    rules = (*case.upstream, Upstream(faults=(fault,), question=None, must_strike=False))
    made = found_case(case.id, case.steps, rules, fresh=case.fresh)
    return replace(made, id=f"{case.family}.{content_name(made)}")
