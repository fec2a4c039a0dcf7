"""edgeproof in a program of your own: a mock Cloudflare with faults, and a judge for a proxy.

    with edgeproof.MockCloudflare() as mock:
        mock.fault("sse.truncate(after=3)")
        ...
    assert edgeproof.judge("my-proxy.toml", cases="streaming.*").ok

The one rule: this package is loaded into other people's processes, so it imports the standard library alone (the pytest
plugin also pytest). Whatever needs the rest of edgeproof runs in a process of its own.
"""

from edgeproof.errors import EdgeproofError
from edgeproof.faults import Fault
from edgeproof.journal import Exchange
from edgeproof.kv import Kv, KvEntry
from edgeproof.mock import MockCloudflare
from edgeproof.target import Target

__all__ = ["EdgeproofError", "Exchange", "Fault", "Kv", "KvEntry", "MockCloudflare", "Target"]

__version__ = "0.1.0"
