"""Pages in browsers that call a target of another origin: they may ask, and read what they are told.

The one rule: only who claims `cors` is asked; the Fetch standard says what a browser wants to see.
"""

from __future__ import annotations

from fault_injection.client import Manner
from fault_injection.families import client, http
from scenarios.case import Case, Step, Upstream

_ORIGIN = ("Origin", "https://app.example.com")
_PREFLIGHT = (
    _ORIGIN,
    ("Access-Control-Request-Method", "POST"),
    ("Access-Control-Request-Headers", "authorization,content-type"),
)

CASES: tuple[Case, ...] = (
    Case(
        id="clients.preflight",
        promise="A CORS preflight is answered without any credentials.",
        reference="Fetch: CORS-preflight fetch",
        focus=("cors-granted",),
        needs=("cors",),
        steps=(
            Step(label="preflight", stream=False, headers=_PREFLIGHT, manner=Manner(method="OPTIONS")),
            Step(label="ask", headers=(_ORIGIN,)),
        ),
    ),
    Case(
        id="clients.page-reads-answers",
        promise="A page from another origin may read whole answers, cached ones included.",
        reference="Fetch: CORS protocol and HTTP caches",
        focus=("cors-granted",),
        needs=("cors",),
        steps=(Step(stream=False, headers=(_ORIGIN,), times=2),),
    ),
    Case(
        id="clients.page-reads-refusals",
        promise="A page from another origin may read why its request was declined.",
        reference="Fetch: CORS check",
        focus=("cors-granted", "error-shape"),
        needs=("cors",),
        steps=(
            Step(label="bad", stream=False, headers=(_ORIGIN,), faults=(client.NotJson(),)),
            Step(label="nobody", question="r", stream=False, identity="nobody", headers=(_ORIGIN,)),
        ),
    ),
    Case(
        id="clients.page-reads-failures",
        promise="A page from another origin may read that upstream has failed.",
        reference="Fetch: CORS check",
        focus=("cors-granted", "error-shape"),
        needs=("cors",),
        steps=(Step(headers=(_ORIGIN,)),),
        upstream=(Upstream(faults=(http.Status(code=400),)),),
    ),
)
