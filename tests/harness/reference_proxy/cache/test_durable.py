"""Workers KV and R2 as the proxy keeps answers in them, each behind the door that the mock has for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
import pytest

from fault_injection.families.http import Status
from fault_injection.families.tcp import Blackhole
from fault_injection.fault import Fault
from fault_injection.plan import Match, Plan, Rule
from harness.mock_cloudflare.kv_store import KvEntry
from harness.mock_cloudflare.request import StoredObject
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings
from harness.reference_proxy.cache.durable import DurableStore, StoreError
from harness.reference_proxy.cache.kv import KvTier
from harness.reference_proxy.cache.r2 import R2Tier
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.client import http_client
from harness.shell.upstream.wire_server import WireServer

ABOUT = {"model": "@cf/meta/llama", "created_s": "7"}
BUCKET = "answers"
KINDS = pytest.mark.parametrize("kind", ["kv", "r2"])


@dataclass
class Shelf:
    """One store of the proxy's, and the mock that keeps what it is given."""

    store: DurableStore
    server: WireServer
    mock: MockCloudflare
    kind: str

    @property
    def names(self) -> set[str]:
        held: Mapping[str, object] = (
            self.mock.kv.namespaces[DEFAULT_NAMESPACE] if self.kind == "kv" else self.mock.bound.buckets.get(BUCKET, {})
        )
        return set(held)

    def fill(self, names: list[str]) -> None:
        for name in names:
            if self.kind == "kv":
                self.mock.kv.namespaces[DEFAULT_NAMESPACE][name] = KvEntry(value=b"x")
            else:
                made = StoredObject(key=name, value=b"x", version="v", uploaded_ms=0)
                self.mock.bound.buckets.setdefault(BUCKET, {})[name] = made

    async def put(self, key: str, value: bytes) -> None:
        self.store.put_soon(key, value, ABOUT)
        await self.store.aclose()

    def strike(self, operation: str, fault: Fault) -> None:
        self.server.set_plan(Plan(rules=(Rule(match=Match(surface=f"{self.kind}.{operation}"), faults=(fault,)),)))


@contextlib.asynccontextmanager
async def shelf(kind: str, **more: object) -> AsyncIterator[Shelf]:
    known = MockSettings()
    mock = MockCloudflare(known)
    async with WireServer(mock=mock) as server:
        given: dict[str, object] = {
            "upstream": server.url,
            "account_id": known.account_id,
            "api_token": known.api_token,
            "kv_namespace": DEFAULT_NAMESPACE,
            "r2_bucket": BUCKET,
            "r2_endpoint": server.url,
            "r2_access_key_id": known.r2_access_key_id,
            "r2_secret_access_key": known.r2_secret_access_key,
        }
        settings = Settings(**{**given, **more})  # type: ignore[arg-type]  # each is a setting of that name
        async with http_client(settings) as client:
            yield Shelf({"kv": KvTier, "r2": R2Tier}[kind](settings, client), server, mock, kind)


@KINDS
async def test_an_entry_comes_back_as_it_was_written_and_nothing_else_does(kind: str) -> None:
    value = bytes(range(256)) * 40
    async with shelf(kind) as on:
        await on.put("k", value)

        assert await on.store.get("k") == value
        assert await on.store.get("other") is None
        assert on.store.errors == 0


async def test_workers_kv_gets_metadata_and_a_time_to_live() -> None:
    async with shelf("kv", kv_ttl_s=120, kv_prefix="mine:/") as on:
        await on.put("k", b"v")

        entry = on.mock.kv.namespaces[DEFAULT_NAMESPACE]["mine:/k"]
        assert (entry.value, entry.metadata, entry.expiration is not None) == (b"v", ABOUT, True)


async def test_r2_gets_metadata_below_its_prefix() -> None:
    async with shelf("r2", r2_prefix="a b/") as on:
        await on.put("k", b"v")

        found = on.mock.bound.buckets[BUCKET]["a b/k"]
        assert dict(found.custom_fields) == {"model": "@cf/meta/llama", "created-s": "7"}


@KINDS
async def test_clearing_lists_page_after_page_and_drops_what_is_its_own(kind: str) -> None:
    prefix = {"kv": "chat-", "r2": "chat/"}[kind]
    async with shelf(kind) as on:
        on.fill([*(f"{prefix}a-{n:04}" for n in range(1203)), f"{prefix}b-<&>", "else-a-1"])

        assert await on.store.clear("a-") == 1203
        assert on.names == {f"{prefix}b-<&>", "else-a-1"}
        assert await on.store.clear() == 1
        assert on.names == {"else-a-1"}


@KINDS
async def test_what_is_being_written_is_cleared_as_well(kind: str) -> None:
    async with shelf(kind) as on:
        on.store.put_soon("k", b"v", ABOUT)

        assert await on.store.clear() == 1
        assert on.names == set()


@KINDS
@pytest.mark.parametrize("operation", ["list", "drop"])
async def test_a_store_that_does_not_clear_says_so(kind: str, operation: str) -> None:
    surface = {"list": "list", "drop": {"kv": "bulk", "r2": "delete"}[kind]}[operation]
    async with shelf(kind) as on:
        await on.put("k", b"v")
        on.strike(surface, Status(code=503))

        with pytest.raises(StoreError, match="503"):
            await on.store.clear()


@KINDS
@pytest.mark.parametrize("fault", [Status(code=500), Status(code=429), Blackhole(for_s=30.0)])
async def test_a_store_that_fails_is_a_miss_and_is_counted(kind: str, fault: Fault) -> None:
    async with shelf(kind, kv_timeout_s=0.2, r2_timeout_s=0.2) as on:
        await on.put("k", b"v")
        on.strike("get", fault)

        assert await on.store.get("k") is None
        assert on.store.errors == 1


@KINDS
async def test_a_write_that_fails_is_counted_and_disturbs_nobody(kind: str) -> None:
    async with shelf(kind) as on:
        on.strike("put", Status(code=500))
        await on.put("k", b"v")

        assert on.store.errors == 1


@KINDS
async def test_a_value_beyond_the_bound_is_a_miss(kind: str) -> None:
    async with shelf(kind, cache_capture_max_bytes=10) as on:
        await on.put("k", b"x" * 5000)

        assert await on.store.get("k") is None


async def test_r2_believes_nobody_with_another_secret() -> None:
    async with shelf("r2", r2_secret_access_key="wrong") as on:
        await on.put("k", b"v")

        assert (await on.store.get("k"), on.store.errors, on.names) == (None, 2, set())


def test_a_client_for_r2_knows_tls_where_only_r2_wants_it() -> None:
    given = {"upstream": "http://127.0.0.1:1", "account_id": "a" * 32, "r2_access_key_id": "k"}
    settings = Settings(**given, r2_bucket="b", r2_secret_access_key="s")  # type: ignore[arg-type]  # as above

    assert (settings.speaks_tls, settings.r2_url) == (True, f"https://{'a' * 32}.r2.cloudflarestorage.com")
    assert not Settings(upstream="http://127.0.0.1:1").speaks_tls
    assert isinstance(http_client(settings), httpx.AsyncClient)
