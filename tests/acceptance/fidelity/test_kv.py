"""Workers KV through Cloudflare's own client: what it writes it reads, and it pages as it does against the real one."""

from __future__ import annotations

import json
from typing import Any

import cloudflare
import pytest

from harness.mock_cloudflare.kv_store import KvEntry
from tests.acceptance.fidelity.official import ACCOUNT, NAMESPACE, Official, official

HERE: Any = {"account_id": ACCOUNT, "namespace_id": NAMESPACE}


async def read(at: Official, key: str) -> bytes:
    answer = await at.cloudflare.kv.namespaces.values.get(key, **HERE)
    return await answer.read()


@pytest.mark.parametrize("key", ["plain", "a:b/c", "ü €/%2F?", "🙂", "with space"])
async def test_a_value_goes_round(key: str) -> None:
    async with official() as at:
        await at.cloudflare.kv.namespaces.values.update(key, **HERE, value="Grüße\n".encode())

        assert await read(at, key) == "Grüße\n".encode()
        assert list(at.mock.kv.namespaces[NAMESPACE]) == [key]


async def test_bytes_go_round_as_a_file_of_the_form() -> None:
    every_byte = bytes(range(256)) + b"\r\n--"
    async with official() as at:
        await at.cloudflare.kv.namespaces.values.update("k", **HERE, value=every_byte)

        assert await read(at, "k") == every_byte


async def test_bytes_go_round_as_a_raw_body() -> None:
    every_byte = bytes(range(256))
    path = f"/accounts/{ACCOUNT}/storage/kv/namespaces/{NAMESPACE}/values/k"
    async with official() as at:
        await at.cloudflare.put(
            path, cast_to=object, content=every_byte, options={"headers": {"Content-Type": "application/octet-stream"}}
        )

        assert await read(at, "k") == every_byte


@pytest.mark.parametrize("metadata", [{"model": "m", "n": [1]}, json.dumps({"model": "m", "n": [1]})])
async def test_metadata_goes_round_as_an_object_or_as_json_text(metadata: object) -> None:
    async with official() as at:
        await at.cloudflare.kv.namespaces.values.update("k", **HERE, value=b"v", metadata=metadata)
        told: Any = await at.cloudflare.kv.namespaces.metadata.get("k", **HERE)
        listed = [key async for key in at.cloudflare.kv.namespaces.keys.list(NAMESPACE, account_id=ACCOUNT)]

    assert told == {"model": "m", "n": [1]}
    assert listed[0].metadata == {"model": "m", "n": [1]}


async def test_an_expiry_is_told_and_one_too_near_is_refused() -> None:
    async with official() as at:
        values = at.cloudflare.kv.namespaces.values
        await values.update("k", **HERE, value=b"v", expiration_ttl=60)
        raw: Any = await values.with_raw_response.get("k", **HERE)
        listed = [key async for key in at.cloudflare.kv.namespaces.keys.list(NAMESPACE, account_id=ACCOUNT)]
        with pytest.raises(cloudflare.BadRequestError) as caught:
            await values.update("k", **HERE, value=b"v", expiration_ttl=59)

    assert int(raw.headers["expiration"]) == listed[0].expiration
    assert caught.value.errors[0].message is not None
    assert "Expiration TTL must be at least 60" in caught.value.errors[0].message


async def test_a_list_is_read_over_its_cursors() -> None:
    names = [f"key-{number:02}" for number in range(35)]
    async with official() as at:
        for name in reversed(names):
            at.mock.kv.put(NAMESPACE, name, KvEntry(value=b""))
        at.mock.kv.put(NAMESPACE, "other", KvEntry(value=b""))

        found = [
            key.name
            async for key in at.cloudflare.kv.namespaces.keys.list(
                NAMESPACE, account_id=ACCOUNT, limit=10, prefix="key-"
            )
        ]
        asked = [record for record in at.server.journal.records() if record.path.endswith("/keys")]

    assert found == names
    assert len(asked) >= 4


async def test_bulk_calls_go_round() -> None:
    async with official() as at:
        keys = at.cloudflare.kv.namespaces
        written = await keys.bulk_update(
            NAMESPACE,
            account_id=ACCOUNT,
            body=[{"key": "a", "value": "1"}, {"key": "b", "value": "Mg==", "base64": True, "metadata": {"m": 1}}],
        )
        told: Any = await keys.bulk_get(NAMESPACE, account_id=ACCOUNT, keys=["a", "b", "c"], with_metadata=True)
        deleted = await keys.bulk_delete(NAMESPACE, account_id=ACCOUNT, body=["a", "b"])

    assert written is not None
    assert written.successful_key_count == 2
    assert told.values["a"].value == "1"
    assert told.values["b"].value == "2"
    assert told.values["b"].metadata == {"m": 1}
    assert told.values["c"] is None
    assert deleted is not None
    assert deleted.successful_key_count == 2
    assert at.mock.kv.namespaces[NAMESPACE] == {}


async def test_a_delete_is_felt_and_can_be_repeated() -> None:
    async with official() as at:
        values = at.cloudflare.kv.namespaces.values
        await values.update("k", **HERE, value=b"v")
        await values.delete("k", **HERE)
        await values.delete("k", **HERE)
        with pytest.raises(cloudflare.NotFoundError):
            await read(at, "k")


async def test_namespaces_are_managed() -> None:
    async with official() as at:
        namespaces = at.cloudflare.kv.namespaces
        made: Any = await namespaces.create(account_id=ACCOUNT, title="second")
        with pytest.raises(cloudflare.BadRequestError) as taken:
            await namespaces.create(account_id=ACCOUNT, title="second")
        await namespaces.update(made.id, account_id=ACCOUNT, title="renamed")
        listed = [item.title async for item in namespaces.list(account_id=ACCOUNT, order="title", direction="desc")]
        await namespaces.delete(made.id, account_id=ACCOUNT)
        left = [item.title async for item in namespaces.list(account_id=ACCOUNT)]

    assert taken.value.errors[0].code == 10014
    assert listed == ["renamed", "edgeproof"]
    assert left == ["edgeproof"]
