"""How a search has its requests put: every right form that HTTP has, on connections of their own or on one.

The one rule: nothing is wrong with any of them, so that whatever comes of it is the target's doing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import hypothesis.strategies as st

from fault_injection.client import PLAIN_MANNER, Manner
from scenarios.case import Step

_TYPES: Final = ("application/json; charset=utf-8", "APPLICATION/JSON", "", "text/plain")
_CODINGS: Final = ("", "", "zstd", "gzip", "deflate", "br")
_ACCEPTED: Final = ("", "gzip", "zstd, deflate;q=0.5", "gzip, deflate, br, zstd", "identity")
_ONE: Final = "one"


def manners() -> st.SearchStrategy[Manner]:
    """Every right way to put a request in HTTP, each on a connection of its own."""
    return st.builds(
        Manner,
        version=st.sampled_from(("1.1", "1.1", "1.1", "1.0")),
        framing=st.sampled_from(("length", "chunked", "chunked-with-extras")),
        content_type=st.sampled_from((PLAIN_MANNER.content_type, *_TYPES)),
        content_encoding=st.sampled_from(_CODINGS),
        accept_encoding=st.sampled_from(_ACCEPTED),
        expects_continue=st.sampled_from((False, False, False, True)),
        query=st.sampled_from(("", "", "", "api-version=1&flag")),
    )


def on_one_connection(step: Step) -> Step:
    """Return a step that uses the one connection of its case, if it is alone at its time."""
    alone = step.start == "after" and step.together == 1
    return replace(step, manner=replace(step.manner, connection=_ONE)) if alone else step


def of_today(step: Step) -> Step:
    """Return a step in HTTP/1.1: a client of HTTP/1.0 cannot tell a whole answer from one that was cut."""
    return replace(step, manner=replace(step.manner, version="1.1"))
