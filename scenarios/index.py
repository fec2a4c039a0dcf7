"""Every case there is, in the order in which people read them, and how to pick some by id.

The one rule: an id is for ever. A case that goes is named in `RETIRED` with its reason, and its id never comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from scenarios.case import Case, InvalidCaseError
from scenarios.cases.analytics import analytics_failing, analytics_numbers
from scenarios.cases.answers import (
    billing,
    errors,
    errors_odd,
    json_answers,
    json_broken,
    json_forms,
    native,
    native_forms,
)
from scenarios.cases.chat import agents, branches, chat_broken, chat_lists, chat_turns, resume, tenants, usage
from scenarios.cases.clients import (
    cancel,
    clients_manners,
    clients_pages,
    concurrency,
    concurrency_bursts,
    connection,
    resources,
)
from scenarios.cases.conversations import sessions_broken, sessions_names, sessions_turns, websocket
from scenarios.cases.keeping import (
    bindings,
    bucket_store,
    cache_accepted,
    cache_again,
    cache_forms,
    cache_hits,
    cache_keys,
    cache_refused,
    kv_store,
    kv_values,
)
from scenarios.cases.recovery import breaker, breaker_probe, fallback, retry, retry_openings
from scenarios.cases.requests import limits, limits_rates, requests_apart, requests_messages, requests_parameters
from scenarios.cases.streams import (
    endings_cut,
    endings_errors,
    endings_marks,
    endings_never,
    streaming_alive,
    streaming_calls,
    streaming_chunks,
    streaming_events,
    streaming_fields,
    streaming_flow,
    streaming_pieces,
    streaming_reasoning,
)
from scenarios.dialects import DIALECTS, MARK, variant, varies
from scenarios.globs import UnmatchedGlobError, matching, words

MODULES = (
    streaming_flow,
    streaming_alive,
    streaming_events,
    streaming_chunks,
    streaming_pieces,
    streaming_fields,
    streaming_reasoning,
    streaming_calls,
    endings_cut,
    endings_marks,
    endings_errors,
    endings_never,
    json_answers,
    json_broken,
    json_forms,
    errors,
    errors_odd,
    retry,
    retry_openings,
    breaker,
    breaker_probe,
    fallback,
    cache_hits,
    cache_forms,
    cache_refused,
    cache_keys,
    cache_again,
    cache_accepted,
    kv_values,
    kv_store,
    bucket_store,
    bindings,
    sessions_turns,
    sessions_broken,
    sessions_names,
    websocket,
    chat_turns,
    chat_broken,
    chat_lists,
    tenants,
    agents,
    usage,
    branches,
    resume,
    cancel,
    limits,
    limits_rates,
    requests_messages,
    requests_parameters,
    requests_apart,
    concurrency,
    concurrency_bursts,
    connection,
    clients_manners,
    clients_pages,
    native,
    native_forms,
    billing,
    resources,
    analytics_numbers,
    analytics_failing,
)
"""The modules that hold cases; a family may be spread over several, the part of its ids before the dot stays."""

RETIRED: Mapping[str, str] = MappingProxyType({})
"""Ids of cases that are gone, each with the reason."""


class UnknownCaseError(LookupError):
    """No case has such an id; the message names the nearest."""


def unique(cases: Iterable[Case], *, retired: Mapping[str, str] = RETIRED) -> tuple[Case, ...]:
    """Return the cases as they came.

    Raises:
        InvalidCaseError: two have the same id, or one has the id of a case that is gone.
    """
    found = tuple(cases)
    for name, times in Counter(case.id for case in found).items():
        if times > 1:
            raise InvalidCaseError(f"{name}: id: {times} cases have it; an id is for one")
        if name in retired:
            raise InvalidCaseError(f"{name}: id: it is retired ({retired[name]}); give the new case another")
    return found


ALL: tuple[Case, ...] = unique(case for module in MODULES for case in module.CASES)
"""Every case, family by family."""

BY_ID: Mapping[str, Case] = MappingProxyType({case.id: case for case in ALL})

VARIANTS: Mapping[str, Case] = MappingProxyType(
    {
        found.id: found
        for dialect in DIALECTS
        for case in ALL
        if varies(case, dialect)
        for found in (variant(case, dialect),)
    }
)
"""The streaming cases in every dialect, for the further doors of targets that have some."""
EVERY: Mapping[str, Case] = MappingProxyType({**BY_ID, **VARIANTS})
"""Every case and every variant of one by its id."""


def variants(dialects: Iterable[str]) -> tuple[Case, ...]:
    """Return the variants in these dialects, in their order."""
    return tuple(case for dialect in dialects for case in VARIANTS.values() if case.dialect == dialect)


def select(globs: str) -> tuple[Case, ...]:
    """Return the cases whose ids match one of the globs (with commas between them), in the order of `ALL`.

    A glob with an `@` matches variants in further dialects, and no other glob does.

    Raises:
        UnknownCaseError: a glob matches nothing; the message has the nearest ids.
    """
    wanted = words(globs)
    if not wanted:
        raise UnknownCaseError("no case is named; give an id or a glob such as 'cache.*'")
    try:
        found = {
            *matching(BY_ID, (glob for glob in wanted if MARK not in glob)),
            *matching(VARIANTS, (glob for glob in wanted if MARK in glob)),
        }
    except UnmatchedGlobError as unmatched:
        raise UnknownCaseError(f"no case matches {unmatched.glob!r}; {_hint(unmatched.glob)}") from None
    return tuple(case for name, case in EVERY.items() if name in found)


def families() -> dict[str, tuple[Case, ...]]:
    """Return the cases of every family, in the order of `ALL`."""
    found: dict[str, list[Case]] = {}
    for case in ALL:
        found.setdefault(case.family, []).append(case)
    return {name: tuple(cases) for name, cases in found.items()}


def _hint(glob: str) -> str:
    if glob in RETIRED:
        return f"it was retired: {RETIRED[glob]}"
    bare = glob.replace("*", "").rstrip(".")
    near = get_close_matches(bare, VARIANTS if MARK in glob else BY_ID, n=3, cutoff=0.75)
    near += [f"{name}.*" for name in get_close_matches(bare.partition(".")[0], families(), n=2, cutoff=0.75)]
    return f"did you mean {' or '.join(near[:4])}?" if near else "`edgeproof cases` lists them all"
