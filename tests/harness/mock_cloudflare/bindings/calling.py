"""How the tests call a binding: as workerd puts it on the wire."""

from __future__ import annotations

import json
from urllib.parse import quote

from fault_injection.reply import Headers
from harness.core.observed.binding import BINDING_HEADER, named
from harness.mock_cloudflare.request import Answer, Request
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE
from tests.harness.mock_cloudflare.asking import Asker


class Caller(Asker):
    """A mock, and a Worker's calls to it; `ask` answers without committing, `do` commits."""

    def call(
        self, binding: str, method: str, path: str, body: bytes = b"", headers: Headers = (), query: str = ""
    ) -> Answer:
        request = Request(
            method=method, path=path, query=query, headers=((BINDING_HEADER, binding), *headers), body=body
        )
        answer = self.mock.answer(request, now_s=self.now_s)
        self.mock.commit(answer)
        return answer

    def env_ai(self, model: str, inputs: dict[str, object], path: str = "/run") -> Answer:
        body = json.dumps({"inputs": inputs, "options": {}}).encode()
        return self.call(named("ai"), "POST", path, body, (("cf-consn-model-id", model),), "version=3")

    def env_kv(self, method: str, key: str = "", body: bytes = b"", headers: Headers = (), query: str = "") -> Answer:
        told = "&".join(filter(None, ("urlencoded=true" if key else "", query)))
        path = f"/{quote(key, safe='')}"
        return self.call(named("kv", DEFAULT_NAMESPACE), method, path, body, headers, told)

    def caches(self, method: str, url: str = "example.com/x", body: bytes = b"", headers: Headers = ()) -> Answer:
        host, _, path = url.partition("/")
        return self.call(named("cache"), method, f"/{path}", body, (("host", host), *headers))

    def fetch(self, host: str, path: str, method: str = "GET", headers: Headers = (), body: bytes = b"") -> Answer:
        return self.call(named("fetch"), method, path, body, (("host", host), *headers))

    def env_r2(self, method: str, value: bytes = b"", **asked: object) -> Answer:
        """A call of a bucket; `method` is R2's own word for it."""
        told = json.dumps({"version": 1, "method": method, **asked}).encode()
        if method not in ("get", "head", "list"):
            return self.call("r2 bucket", "PUT", "/", told + value, (("CF-R2-Metadata-Size", str(len(told))),))
        return self.call("r2 bucket", "GET", "/", headers=(("CF-R2-Request", told.decode()),))
