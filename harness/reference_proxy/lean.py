"""Loads the proxy without what it does not need and others would draw in, for processes that start by the dozen.

The one rule: what is left out stays out of reach, and the environment is as it was.
"""

import contextlib
import os
import sys
from collections.abc import Iterator

_UNUSED = ("click", "rich")
"""httpx brings its command line along, and structlog its tracebacks in colour; both do without where these are not."""
_TRUSTED = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
"""Where OpenSSL finds whom to trust. aiohttp reads that at once for its client, which nobody here uses: the proxy asks
by httpx, which has a list of its own."""


@contextlib.contextmanager
def lean() -> Iterator[None]:
    """Load what is imported inside without the rest, which takes half of the time that the proxy takes to start."""
    for name in _UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type] # None: "not there" (Python reference, 5.3.1)
    known = {name: os.environ.get(name) for name in _TRUSTED}
    os.environ.update(_TRUSTED)
    try:
        yield
    finally:
        for name, value in known.items():
            del os.environ[name]
            if value is not None:
                os.environ[name] = value
