"""A Worker made into a target that is started by a command."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.target.file import TargetFile
from harness.core.target.inspected import inspected
from harness.core.target.parser import parse
from harness.errors import UsageError
from harness.shell.target.worker import ready
from harness.shell.target.worker.bundle import Bundle
from harness.shell.target.worker.ready import described, made_ready, needs_of, started_by
from harness.shell.target.worker.tools import Tool
from tests.harness.shell.processes import target_file

WRANGLER = """{
  "main": "worker.mjs", "compatibility_date": "2026-11-01", "vars": { "MODEL": "m", "KEY": "from the file" },
  "ai": { "binding": "AI" }, "assets": { "directory": "public" }
}
"""
FILE = """
[target]
name = "mine"
worker = "wrangler.jsonc"
[target.env]
UPSTREAM = "{upstream}/v1"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def provided(tool: Tool, start: Path, *, say: object) -> Path:
        return Path("/opt/{odd}/workerd")

    monkeypatch.setattr(ready, "provide", provided)
    (tmp_path / "wrangler.jsonc").write_text(WRANGLER, encoding="utf-8")
    (tmp_path / "worker.mjs").write_text("export default {}", encoding="utf-8")
    return tmp_path


def _made(here: Path, *, said: list[str] | None = None) -> TargetFile:
    target = parse(FILE, file="mine.toml", here=str(here))
    return made_ready(target, say=(said if said is not None else list[str]()).append)


def test_any_other_target_is_as_it_was() -> None:
    target = target_file()

    assert made_ready(target, say=print) is target


def test_a_worker_is_started_by_workerd_with_the_mock_behind_every_service(here: Path) -> None:
    values = {"logs": "/logs", "port": "1234", "upstream_address": "127.0.0.1:99", "upstream": "http://127.0.0.1:99"}

    command = _made(here).filled(values).command

    assert command == (
        "/opt/{odd}/workerd",
        "serve",
        "--experimental",
        "/logs/worker/config.capnp",
        "--socket-addr=http=127.0.0.1:1234",
        "--external-addr=outbound=127.0.0.1:99",
        "--external-addr=cache=127.0.0.1:99",
        "--external-addr=binding-AI=127.0.0.1:99",
        "--inspector-addr=127.0.0.1:0",
    )


def test_one_that_counts_is_asked_at_a_socket_of_its_own(here: Path) -> None:
    target = parse(FILE, file="mine.toml", here=str(here))
    worker, folder = described(target, "wrangler.jsonc")

    counting = started_by(Path("workerd"), target, worker, folder, Bundle(modules=(), files=()), counted=True)

    values = {"logs": "/logs", "port": "1", "upstream_address": "u", "upstream": "u", "workdir": "/scratch"}
    assert "--socket-addr=counters=unix:/scratch/counters" in (counting.filled(values).command or ())


def test_its_code_and_its_configuration_are_laid_out_beside_the_log(here: Path) -> None:
    files = dict(_made(here).laid_out)

    assert set(files) == {"worker/modules/worker.js", "worker/config.capnp"}
    assert b'embed "modules/worker.js"' in files["worker/config.capnp"]


def test_secrets_go_by_the_environment_and_are_written_nowhere(here: Path) -> None:
    (here / ".dev.vars").write_text("KEY=sk-made-up-{secret}\n", encoding="utf-8")

    target = _made(here)

    values = dict.fromkeys(("logs", "port", "upstream_address"), "") | {"upstream": "http://u"}
    assert target.filled(values).env == {
        "KEY": "sk-made-up-{secret}",
        "UPSTREAM": "http://u/v1",
    }
    assert not any(b"sk-made-up" in data for _, data in target.laid_out)
    assert target.secrets == ("sk-made-up-{secret}",)
    assert b'(name = "KEY", fromEnvironment = "KEY")' in dict(target.laid_out)["worker/config.capnp"]


def test_what_the_target_file_says_wins_over_a_developers_own_key(here: Path) -> None:
    (here / ".dev.vars").write_text("UPSTREAM=https://api.example.com\n", encoding="utf-8")

    assert _made(here).env["UPSTREAM"] == "{upstream}/v1"


def test_what_it_has_to_live_without_is_said(here: Path) -> None:
    said = list[str]()

    _made(here, said=said)

    assert said == ["wrangler.jsonc: assets: static files are not served"]


def test_its_inspector_is_open_already_when_a_leak_run_asks_for_one(here: Path) -> None:
    target = _made(here)

    assert inspected(target) is target


def test_a_wrangler_file_that_is_not_there_is_told(here: Path) -> None:
    target = replace(parse(FILE, file="mine.toml", here=str(here)), worker="nothing.toml")

    with pytest.raises(UsageError, match=r"the wrangler file .*nothing\.toml cannot be read"):
        made_ready(target, say=print)


def test_a_developers_own_secrets_are_never_to_be_shown(here: Path) -> None:
    (here / ".dev.vars").write_text("OPENAI_API_KEY=sk-made-up\nMODE=test\n", encoding="utf-8")

    target = _made(here)

    assert target.secrets == ("sk-made-up",)
    assert "sk-made-up" not in repr(target.laid_out)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (".dev.vars", r"\.dev\.vars cannot be read: Permission denied"),
        ("worker.mjs", r"the Worker's entry .*worker\.mjs cannot be read: Permission denied"),
        ("wrangler.jsonc", r"the wrangler file .*wrangler\.jsonc cannot be read: Permission denied"),
    ],
)
def test_a_file_that_may_not_be_read_is_told(here: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    (here / ".dev.vars").write_text("KEY=1", encoding="utf-8")
    read_text = Path.read_text

    def refused(path: Path, **options: str) -> str:
        if path.name == name:
            raise PermissionError(13, "Permission denied", str(path))
        return read_text(path, **options)

    monkeypatch.setattr(Path, "read_text", refused)

    with pytest.raises(UsageError, match=said) as told:
        _made(here)
    assert told.value.next_step


def test_variables_that_are_no_text_are_told(here: Path) -> None:
    (here / ".dev.vars").write_bytes(b"KEY=\xff")

    with pytest.raises(UsageError, match=r"\.dev\.vars is not UTF-8"):
        _made(here)


def _needs(here: Path, monkeypatch: pytest.MonkeyPatch, *, npm: bool, found: bool) -> list[str]:
    program = here / "program"
    monkeypatch.setattr(ready, "find", lambda tool, start: program if found else None)
    monkeypatch.setattr(shutil, "which", lambda name: str(program) if npm else None)
    return needs_of(parse(FILE, file="mine.toml", here=str(here)))


@pytest.mark.parametrize(("npm", "found"), [(True, False), (False, True), (True, True)])
def test_what_npm_can_install_is_not_missing(
    here: Path, monkeypatch: pytest.MonkeyPatch, npm: bool, found: bool
) -> None:
    assert _needs(here, monkeypatch, npm=npm, found=found) == []


def test_what_nobody_can_install_is_missing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (plain,) = _needs(here, monkeypatch, npm=False, found=False)
    (here / "worker.mjs").write_text("import { Hono } from 'hono'", encoding="utf-8")
    bundled = _needs(here, monkeypatch, npm=False, found=False)

    assert plain.startswith("workerd is not here, and there is no npm to install it with; install Node.js")
    assert [each.partition(" ")[0] for each in bundled] == ["workerd", "esbuild"]


def test_what_is_wrong_with_its_files_is_missing_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "worker.mjs").unlink()

    assert (
        "names worker.mjs as the Worker's entry, which does not exist"
        in _needs(here, monkeypatch, npm=True, found=True)[0]
    )


def test_any_other_target_needs_nothing() -> None:
    assert needs_of(target_file()) == []
