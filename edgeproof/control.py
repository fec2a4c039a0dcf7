"""The control paths of a mock, `/__edgeproof__/`, from a program's side."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from edgeproof.errors import EdgeproofError

_PREFIX: Final = "/__edgeproof__/"
_PATIENCE_S: Final = 30.0


class Control:
    """Asks one mock. Nothing asked here is ever faulted, or written into the journal."""

    def __init__(self, url: str) -> None:
        self._url = url

    def text(self, method: str, path: str, *, body: bytes = b"", **query: object) -> str:
        """Return what it answers to a request for a path such as `kv/KEY`; what is None is not asked.

        Raises:
            EdgeproofError: with the mock's own words when it refuses, and when it is gone.
        """
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        where = urlsplit(self._url)
        connection = HTTPConnection(where.hostname or "", where.port, timeout=_PATIENCE_S)
        try:
            connection.request(method, f"{_PREFIX}{quote(path)}{'?' if asked else ''}{asked}", body)
            answer = connection.getresponse()
            told = answer.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            raise EdgeproofError(f"the mock at {self._url} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise EdgeproofError(_reason(told))
        return told

    def json(self, method: str, path: str, *, body: bytes = b"", **query: object) -> Any:  # noqa: ANN401 - the caller knows
        """Return the same read as JSON."""
        return json.loads(self.text(method, path, body=body, **query))


def _reason(told: str) -> str:
    try:
        return str(json.loads(told)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return told.strip()
