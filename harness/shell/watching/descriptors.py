"""How many files and sockets this process may have open.

The one rule: only its own limit is raised, only as far as the system lets anybody, and not where that is not known.
"""

from __future__ import annotations

try:
    import resource
except ImportError:  # there is none on Windows
    resource = None  # type: ignore[assignment]


def allow_many() -> None:
    """Raise the limit of this process, and so of what it starts from now on, to what the system allows."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
