"""No outlet of a run shows a secret, whatever a target does with those that it has."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.harness.cli.conftest import Edgeproof
from tests.targets.irregular import telling

pytestmark = pytest.mark.usefixtures("untraced")

PASSWORD: Final = 'pä/ss "w0rd" Zq'
TARGET: Final = """
[target]
name = "telling"
command = ["{{python}}", '{program}', "{{port}}"{more}]
url = "http://127.0.0.1:{{port}}"
[target.env]
DB_PASS = '{password}'
TOKEN = "{{api_token}}"
[chat]
dialect = "openai"
path = "/v1/chat/completions?api_key=made-up-query-Zq"
model = "m"
[chat.headers]
Authorization = "Bearer {{client_token}}"
X-Api-Key = "made-up-key-Zq"
Cookie = "sid=made-up-client-Zq"
"""
"""Whatever is a secret ends in Zq, but for the tokens of the run."""
_OF_THE_RUN: Final = (b"edgeproof_mock_token", b"client-a-")


def _written(folder: Path, *more: str) -> Path:
    text = TARGET.format(program=telling.__file__, password=PASSWORD, more="".join(f', "{each}"' for each in more))
    (folder / "target.toml").write_text(text)
    return folder / "target.toml"


def _unhidden(text: bytes) -> list[bytes]:
    return [sign for sign in (b"Zq", *_OF_THE_RUN) if sign in text]


def test_no_outlet_shows_a_secret_that_a_target_tells(
    edgeproof: Edgeproof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_PAT", "made-up-pat-Zq")
    monkeypatch.setenv("BROKER", "amqp://me:made-up-broker-Zq@h")
    formats = "sarif,annotations,har,csv,badge,env"

    done = edgeproof(
        *("run", str(_written(tmp_path)), "--case", "json.plain", "--seed", "1", "--out", "out"),
        *("--format", formats, "--events", "out/events.ndjson", "--verbose"),
    )

    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert done.code == 1
    assert {"results.json", "index.html", "events.ndjson", "failures.har", "target.log"} <= {
        each.name for each in files
    }
    assert {each.name: found for each in files if (found := _unhidden(each.read_bytes()))} == {}
    assert _unhidden((done.out + done.err).encode()) == []
    assert b"[redacted]" in (tmp_path / "out" / "failures.har").read_bytes()


def test_nor_does_a_run_that_cannot_begin(edgeproof: Edgeproof, tmp_path: Path) -> None:
    done = edgeproof("run", str(_written(tmp_path, "--at-once")), "--case", "json.plain", "--out", "out")

    assert done.code == 3
    assert "status 500" in done.err
    assert _unhidden((done.out + done.err + (tmp_path / "out" / "results.json").read_text()).encode()) == []
