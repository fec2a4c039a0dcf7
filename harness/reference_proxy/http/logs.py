"""Structured logs: one JSON line per request, on stderr.

The one rule: no secret and no word of a prompt or an answer is ever logged.
"""

import sys
from typing import Any, TextIO

import structlog


def logger(stream: TextIO | None = None) -> Any:  # noqa: ANN401 - structlog's own type for a bound logger
    """A logger of JSON lines with UTC times."""
    return structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
    ).bind()  # once: an unbound logger is put together anew for every line
