"""edgeproof in a program of your own: a mock Cloudflare with faults, and a judge for a proxy.

    with edgeproof.MockCloudflare() as mock:
        mock.fault("sse.truncate(after=3)")
        ...
    assert edgeproof.judge("my-proxy.toml", cases="streaming.*").ok

The one rule: this package is loaded into other people's processes, so it imports the standard library alone (the pytest
plugin also pytest). Whatever needs the rest of edgeproof runs in a process of its own.
"""

from edgeproof.errors import EdgeproofError, EdgeproofWarning
from edgeproof.faults import Fault
from edgeproof.journal import Exchange
from edgeproof.judging import judge
from edgeproof.kv import Kv, KvEntry
from edgeproof.mock import MockCloudflare
from edgeproof.result import Case, Cause, Finding, Problem, Result
from edgeproof.target import Target

__all__ = [
    "Case",
    "Cause",
    "EdgeproofError",
    "EdgeproofWarning",
    "Exchange",
    "Fault",
    "Finding",
    "Kv",
    "KvEntry",
    "MockCloudflare",
    "Problem",
    "Result",
    "Target",
    "judge",
]

__version__ = "0.1.0"
