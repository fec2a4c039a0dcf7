"""Proxies of others that `examples/targets` installs, started as their target files there say.

The one rule: none is installed here; one that is not there is told, never an error.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from harness.core.target.parser import parse
from harness.errors import TargetError
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.target.target import Target
from programs import Program

PRODUCTS = ("litellm", "portkey")
_TARGETS = Path(__file__).parents[1] / "examples" / "targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product that runs, and the headers with which it is asked."""

    program: Program
    headers: tuple[tuple[str, str], ...]

    def asked(self, request: Request) -> Request:
        """Return the same request as the product takes it."""
        told = {name.lower() for name, _ in self.headers}
        kept = tuple(field for field in request.headers if field[0].lower() not in told)
        return replace(request, headers=(*kept, *self.headers))


@asynccontextmanager
async def product(name: str, upstream: int) -> AsyncIterator[Product | None]:
    """Start a product in front of a port; None where it cannot be started."""
    settings = MockSettings()
    values = {
        "upstream": f"http://127.0.0.1:{upstream}",
        "account_id": settings.account_id,
        "api_token": settings.api_token,
        "kv_namespace": "",
    }
    path = _TARGETS / name / "target.toml"
    file = parse(path.read_text(encoding="utf-8"), file=str(path), here=str(path.parent))
    with tempfile.TemporaryDirectory() as folder:
        target = Target(file, values=values, out_dir=Path(folder))
        try:
            await target.__aenter__()
        except TargetError:
            yield None
            return
        try:
            process = psutil.Process(target.pid)
            program = Program(port=int(target.url.rpartition(":")[2]), process=process)
            yield Product(program=program, headers=file.headers_for(settings.api_token, values))
        finally:
            await target.__aexit__(None, None, None)
