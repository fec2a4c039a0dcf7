"""The service is on where it is configured, and costs nothing where it is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from harness.reference_proxy.serving import application, main
from harness.reference_proxy.settings import Settings, SettingsError, load
from tests.harness.reference_proxy.chat.process import ROOT, started
from tests.harness.reference_proxy.chat.service import service

HEAVY = ("sqlalchemy", "alembic", "aiosqlite", "asyncpg", "fpdf", "harness.reference_proxy.chat")


def test_a_plain_proxy_loads_nothing_of_the_service() -> None:
    code = (
        "import sys; from harness.reference_proxy.serving import application; "
        "from harness.reference_proxy.settings import Settings; app = application(Settings()); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], "
        "[route for route in app.router.routes() if '/api/' in str(route.resource)])"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert told.stdout == "[] []\n"


async def test_the_service_starts_with_the_process_and_its_data_outlives_it(sqlite_url: str) -> None:
    headers = {"Authorization": "Bearer ann-of-acme"}
    async with started(sqlite_url, "http://127.0.0.1:9") as (_, http):
        made = await http.post("/api/v1/agents", json={"name": "Ada"}, headers=headers)
        plain = await http.get("/healthz")
    async with service(sqlite_url, "http://127.0.0.1:9") as on:
        read = await on.bob.get(f"/api/v1/agents/{made.json()['id']}")

    assert read == made.json()
    assert plain.status_code == 200


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"chat_users": "acme"}, "chat_users: entry 1"),
        ({"chat_users": "a/b=c, acme/ann="}, "chat_users: entry 2"),
        ({"chat_prices": "model"}, "chat_prices: 'model'"),
        ({"chat_prices": "model=cheap"}, "chat_prices: 'model=cheap'"),
        ({"chat_prices": "model=-1"}, "chat_prices: 'model=-1'"),
        ({"chat_database": "chat.db"}, "chat_database"),
    ],
)
def test_a_bad_setting_of_the_service_is_named_and_shows_no_token(
    settings: dict[str, Any], named: str, sqlite_url: str
) -> None:
    with pytest.raises(SettingsError, match=named) as raised:
        application(Settings(**{"chat_database": sqlite_url, **settings}))

    assert "ann" not in str(raised.value)


@pytest.mark.parametrize("name", ["nowhere/chat.db", "text.db"])
def test_a_database_that_cannot_be_opened_is_one_line_and_exit_2(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.db").write_text("This is no database, but a text of some length.\n" * 100, encoding="utf-8")

    code = main(["--port", "0", "--chat-database", f"sqlite:///{tmp_path}/{name}"])

    assert code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("bad setting: chat_database cannot be opened: ")


def test_a_password_comes_from_the_environment_alone_and_is_not_shown() -> None:
    url = "postgresql://ann:s3cret@db/chat"
    with pytest.raises(SettingsError, match="EDGEPROOF_PROXY_CHAT_DATABASE") as raised:
        load(["--chat-database", url], {})
    settings = load([], {"EDGEPROOF_PROXY_CHAT_DATABASE": url, "EDGEPROOF_PROXY_CHAT_USERS": "a/b=s3cret"})

    assert settings.chat_database == url
    assert "s3cret" not in f"{raised.value} {settings!r}"


async def test_a_database_that_is_away_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = "postgresql://ann:s3cret@127.0.0.1:9/chat"
    runner = web.AppRunner(application(Settings(chat_database=nowhere)))
    with pytest.raises(SettingsError, match="cannot be opened") as raised:
        await runner.setup()
    await runner.cleanup()

    assert "s3cret" not in f"{raised.value} {capsys.readouterr().err}"
