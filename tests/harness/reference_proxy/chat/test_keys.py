"""Keys over HTTP: shown once, hashed at rest, gone when revoked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.harness.reference_proxy.chat.service import ANN, service


async def test_a_token_is_shown_once_and_kept_as_a_hash(sqlite_url: str) -> None:
    async with service(sqlite_url, "http://127.0.0.1:9") as on:
        made = (await on.ann.call("POST", "/api/v1/keys", {"name": "laptop"})).json()
        listed = await on.client(made["token"]).get("/api/v1/keys")
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    on_disk = b"".join(path.read_bytes() for path in folder.glob("chat.db*"))

    assert [key["name"] for key in listed["keys"]] == ["configured", "laptop"]
    assert not any("token" in key for key in listed["keys"])
    assert made["token"].encode() not in on_disk
    assert ANN.encode() not in on_disk
    assert b"laptop" in on_disk


async def test_a_rotated_key_ends_and_its_successor_is_the_same_user(database_url: str) -> None:
    async with service(database_url, "http://127.0.0.1:9") as on:
        made = (await on.ann.call("POST", "/api/v1/keys", {"name": "laptop"})).json()
        rotated = await on.client(made["token"]).call("POST", f"/api/v1/keys/{made['id']}/rotate")
        successor = on.client(rotated.json()["token"])
        agent = await successor.call("POST", "/api/v1/agents", {"name": "mine"})
        twice = await on.ann.call("POST", f"/api/v1/keys/{made['id']}/rotate")

        assert (await on.client(made["token"]).call("GET", "/api/v1/chat")).status_code == 401
        assert (await on.ann.get(f"/api/v1/agents/{agent.json()['id']}"))["name"] == "mine"
    assert (rotated.status_code, rotated.json()["name"], twice.status_code) == (201, "laptop", 404)


async def test_a_revoked_key_stays_revoked_when_the_service_starts_again(sqlite_url: str) -> None:
    async with service(sqlite_url, "http://127.0.0.1:9") as on:
        (key,) = (await on.ann.get("/api/v1/keys"))["keys"]
        revoked = await on.ann.call("DELETE", f"/api/v1/keys/{key['id']}")
        assert (await on.ann.call("GET", "/api/v1/chat")).status_code == 401
    async with service(sqlite_url, "http://127.0.0.1:9") as on:
        assert (await on.ann.call("GET", "/api/v1/chat")).status_code == 401
        assert (await on.bob.call("GET", "/api/v1/chat")).status_code == 200
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        (keys,) = connection.execute("SELECT count(*) FROM keys").fetchone()
    connection.close()

    assert revoked.status_code == 200
    assert keys == 3
