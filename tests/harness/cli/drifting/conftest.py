"""What every test of drift needs: tokens in its environment, and a mock to be the upstream."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.cli.drifting.upstreams import SETTINGS, MockUpstream


@pytest.fixture(autouse=True)
def _tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUDFLARE_API_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, SETTINGS.api_token)
    for name in ("CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_KV_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def mock() -> Iterator[MockUpstream]:
    with MockUpstream().running() as running:
        yield running
