"""A proxy that answers one question rightly, and after that every question with all the secrets that it knows.

It says them in every way that programs say things: in headers, in JSON and in JSON within it, percent-encoded, in
Base64, and in its log. `--at-once` makes it say so from its first question on.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import quote

_ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
_QUESTIONS = count(1 if "--at-once" in sys.argv else 0)


class Proxy(BaseHTTPRequestHandler):
    """Answers chat requests."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer rightly the first time."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        if next(_QUESTIONS) == 0:
            self._send(200, json.dumps(_ANSWER), {})
            return
        password, headers = os.environ["DB_PASS"], dict(self.headers.items())
        sys.stdout.write(f"got {headers} with {password} or {quote(password, safe='')}\n")
        sys.stdout.flush()
        told = {
            "message": f"postgres://me:{quote(password, safe='')}@db: {json.dumps({'password': password})}",
            "headers": headers,
            "coded": b64encode(f"x{password}".encode()).decode(),
            "environment": dict(os.environ),
        }
        own = {"Set-Cookie": "sid=made-up-cookie-Zq; Path=/", "X-Vault-Token": "made-up-vault-Zq"}
        self._send(500, json.dumps({"error": told}), own)

    do_GET = do_POST  # noqa: N815 - the same

    def log_message(self, *_: object) -> None:
        """Say nothing but the above."""

    def _send(self, status: int, text: str, headers: dict[str, str]) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Proxy).serve_forever()
