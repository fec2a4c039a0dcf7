"""What workerd complains of when a Worker cannot be run, put as its author would put it.

The one rule: only what workerd has said in so many words is told; of anything else there is no complaint, and the
output speaks for itself.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_NO_FETCH: Final = re.compile(r"does not export a fetch\(\) function|lack a handler for FetchEvents")
_NO_HANDLER: Final = re.compile(r"Incorrect type for map entry '(?P<name>[^'\n]+)'")
_NO_MODULE: Final = re.compile(r"No such module \"(?P<name>[^\"\n]+)\"")
_THROWN: Final = re.compile(
    r"Uncaught (?:\(async\) )?(?P<kind>\w+)(?:: (?P<said>[^\n]*))?(?:\n\s+at (?:[^\n]*\()?(?P<place>[\w.-]+:\d+:\d+))?"
)
_TOO_NEW: Final = re.compile(r"requires compatibility date \"(?P<wanted>[^\"]+)\".*?binary is \"(?P<newest>[^\"]+)\"")


class Complaint(NamedTuple):
    """What is wrong with a Worker, what was seen of it, and what to do."""

    what: str
    evidence: str
    next_step: str


def complaint(said: str) -> Complaint | None:
    """Return what a Worker's output complains of; None when it is nothing that is known here."""
    if _NO_FETCH.search(said):
        return Complaint(
            "its Worker has no fetch handler",
            "workerd: Handler does not export a fetch() function",
            "export one: export default { async fetch(request, env, ctx) { ... } }",
        )
    if found := _NO_HANDLER.search(said):
        return Complaint(
            "its Worker exports what is no handler",
            f"the export {found['name']!r} is neither a function nor an object of handlers",
            "leave it out of the entry file's exports, and export default { async fetch(request, env, ctx) { ... } }",
        )
    if found := _NO_MODULE.search(said):
        return Complaint(
            "its Worker imports a module that does not exist",
            f"there is no module {found['name']!r} on workerd",
            "correct the import; Node's own modules need the compatibility flag nodejs_compat",
        )
    if found := _TOO_NEW.search(said):
        return Complaint(
            "its compatibility date is newer than workerd",
            f"{found['wanted']}, and this workerd knows those up to {found['newest']}",
            "write an earlier compatibility_date, or install a newer workerd in the Worker's project",
        )
    if found := _THROWN.search(said):
        compiled = found["kind"] != "SyntaxError"
        words = f"{found['kind']}: {found['said']}" if found["said"] else found["kind"]
        return Complaint(
            "its Worker throws as it starts" if compiled else "its Worker does not compile",
            words + (f" at {found['place']}" if found["place"] else ""),
            "correct it",
        )
    return None
