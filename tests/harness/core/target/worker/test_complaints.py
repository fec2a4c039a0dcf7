"""What workerd says of Workers that it cannot run, as it was recorded."""

from __future__ import annotations

import pytest

from harness.core.target.worker.complaints import complaint

MAP = (
    "service main: Uncaught TypeError: Incorrect type for map entry 'x': the provided value is not of type 'function "
    "or ExportedHandler'."
)
DATE = (
    'service main: This Worker requires compatibility date "2027-11-01", but the newest date supported by this server '
    'binary is "2026-11-24".'
)
FETCH = (
    "Received a FetchEvent but we lack a handler for FetchEvents. Did you remember to export a fetch() function?\n"
    "workerd/server/server/listen/mod.rs:372: error: Uncaught exception: failed: remote.jsg.Error: Handler does not "
    "export a fetch() function."
)


@pytest.mark.parametrize(
    ("said", "what", "evidence"),
    [
        (
            "service main: Uncaught SyntaxError: Unexpected end of input\n  at worker.js:1:26",
            "its Worker does not compile",
            "SyntaxError: Unexpected end of input at worker.js:1:26",
        ),
        (
            "service main: Uncaught Error: no KEY in env\n  at worker.js:1:7",
            "its Worker throws as it starts",
            "Error: no KEY in env at worker.js:1:7",
        ),
        (
            "service main: Uncaught TypeError: x is not a function\n  at start (worker.js:10:3)\n  at worker.js:12:1",
            "its Worker throws as it starts",
            "TypeError: x is not a function at worker.js:10:3",
        ),
        ("service main: Uncaught Error", "its Worker throws as it starts", "Error"),
        (
            MAP,
            "its Worker exports what is no handler",
            "the export 'x' is neither a function nor an object of handlers",
        ),
        (
            'service main: Uncaught Error: No such module "node:fs".\n  imported from "worker.js"',
            "its Worker imports a module that does not exist",
            "there is no module 'node:fs' on workerd",
        ),
        (
            DATE,
            "its compatibility date is newer than workerd",
            "2027-11-01, and this workerd knows those up to 2026-11-24",
        ),
        (
            FETCH,
            "its Worker has no fetch handler",
            "workerd: Handler does not export a fetch() function",
        ),
    ],
)
def test_a_complaint_is_put_in_plain_words(said: str, what: str, evidence: str) -> None:
    found = complaint(said)

    assert found is not None
    assert (found.what, found.evidence) == (what, evidence)
    assert found.next_step


@pytest.mark.parametrize("said", ["", "workerd/io/worker.c++:2153: info: console warning; description = careful"])
def test_other_output_is_no_complaint(said: str) -> None:
    assert complaint(said) is None
