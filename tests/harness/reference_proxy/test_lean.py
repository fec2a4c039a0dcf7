"""What the proxy's process leaves out to start soon, and what it leaves as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LOADED = """
import os, sys
from harness.reference_proxy.lean import lean
with lean():
    from harness.reference_proxy import serving
from aiohttp import connector
print([name for name in ("click", "rich", "pygments") if sys.modules.get(name)])
print(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
print(connector._SSL_CONTEXT_VERIFIED.cert_store_stats()["x509"])
"""


def test_the_proxy_is_loaded_without_what_it_does_not_need_and_the_environment_stays() -> None:
    known = {**os.environ, "SSL_CERT_FILE": "/known"}
    known.pop("SSL_CERT_DIR", None)
    told = subprocess.run(
        [sys.executable, "-c", LOADED], env=known, cwd=Path(__file__).parents[3], capture_output=True, text=True
    )

    assert told.stdout.splitlines() == ["[]", "/known None", "0"], told.stderr
