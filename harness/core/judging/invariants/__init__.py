"""The invariants: rules that every history must satisfy, each a pure function. Ids are stable."""

from harness.core.judging.invariants import (
    billing,
    breaker,
    clients,
    content,
    declining,
    ends,
    fallback,
    fields,
    form,
    keeping,
    marks,
    pace,
    resources,
    retries,
    sockets,
    talks,
)
from harness.core.judging.invariants.accepted import codings
from harness.core.judging.invariants.bound import bindings, stores
from harness.core.judging.invariants.chat import agents, branches, kept, pages, resume, served, shown, tenants, usage
from harness.core.judging.invariants.compared import apart, asking, beside
from harness.core.judging.invariants.counted import counting
from harness.core.judging.invariants.rule import Breach, Invariant

_MODULES = (
    *(ends, marks, content, fields, beside, form, pace),
    *(asking, apart, declining, clients, codings, retries, breaker, fallback, keeping, stores, bindings, billing),
    *(resources, talks, sockets, counting),
    *(served, kept, shown, pages, tenants, agents, usage, branches, resume),
)
ALL: dict[str, Invariant] = {item.id: item for module in _MODULES for item in module.INVARIANTS}

__all__ = ["ALL", "Breach", "Invariant"]
