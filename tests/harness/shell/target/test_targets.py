"""Targets by name and by path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.core.target.parser import parse
from harness.core.target.placeholders import MEANINGS
from harness.errors import UsageError
from harness.reference_proxy import settings
from harness.reference_proxy.faces.doors import DOORS
from harness.shell.target.targets import builtin_names, load, template
from scenarios import dialects


def test_the_reference_comes_with_edgeproof() -> None:
    assert "reference" in builtin_names()


@pytest.mark.parametrize("name", builtin_names())
def test_each_built_in_target_can_be_used(name: str) -> None:
    target = load(name)

    assert target.name == name
    assert target.on_loopback
    assert target.here == ""


def test_the_reference_claims_what_it_is_started_with() -> None:
    target = load("reference")
    filled = target.filled({**dict.fromkeys(MEANINGS, "x"), "port": "1", "upstream": "http://127.0.0.1:2"})
    started = settings.load((filled.command or ())[3:], filled.env)
    claims, limits = target.capabilities, target.limits

    assert claims.retry
    assert claims.circuit_breaker
    assert claims.cache
    assert (claims.retry.max_attempts, claims.fallback_model) == (started.retry_max_attempts, started.fallback_model)
    assert claims.circuit_breaker.failures == started.breaker_failures
    assert claims.circuit_breaker.open_s == started.breaker_open_s
    assert (claims.kv, claims.r2) == (started.kv_on, started.r2_on)
    assert claims.cache.ttl_s == max(started.cache_ttl_s, started.kv_max_age_s)  # in memory, or from Workers KV
    assert limits.max_request_bytes == started.max_request_bytes
    assert (limits.max_messages, limits.max_depth) == (started.max_messages, started.max_depth)
    assert limits.upstream_idle_timeout_s == started.upstream_idle_timeout_s
    assert limits.first_byte_timeout_s == started.first_byte_timeout_s
    assert limits.deadline_s == started.deadline_s


def test_the_reference_claims_every_dialect_that_it_speaks() -> None:
    further = {door.dialect: door.path for door in load("reference").chat.also}

    assert tuple(further) == dialects.OTHERS
    assert {door.path for door in DOORS} <= {*further.values()}


def test_every_setting_of_the_reference_exists() -> None:
    known = {f"EDGEPROOF_PROXY_{name.upper()}" for name in settings.Settings.__dataclass_fields__}

    given = {name for name in load("reference").env if name.startswith("EDGEPROOF_PROXY_")}

    assert given <= known


def test_a_file_is_read_and_knows_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf" + template().encode())  # some editors put a byte order mark first

    target = load(str(file))

    assert (target.name, target.here) == ("my-proxy", str(tmp_path))


def test_the_template_can_be_used_as_it_is() -> None:
    assert parse(template(), file="template").capabilities.streaming


def test_the_template_can_be_used_with_everything_in_it() -> None:
    lines = [line[2:] if line.startswith("# ") and (" = " in line) else line for line in template().splitlines()]
    text = "\n".join(lines)

    target = parse(text, file="template")

    assert target.ready_path == "/healthz"
    assert target.capabilities.rate_limit
    assert target.limits.max_depth == 32
    assert set(target.env) >= {"PORT", "UPSTREAM_URL"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("referense", "did you mean reference?"),
        ("mine", "did you mean mine.toml?"),
        ("mien.toml", "did you mean mine.toml?"),
        ("nope.toml", "targets that come with edgeproof: reference"),
        ("nowhere/else.toml", "targets that come with edgeproof: reference"),
    ],
)
def test_a_missing_target_names_the_nearest(
    asked: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine.toml", "unk.toml"):
        (tmp_path / name).write_text(template())

    with pytest.raises(UsageError) as refused:
        load(asked)

    assert f"there is no target {asked!r}" in str(refused.value)
    assert told in str(refused.value)


def test_a_folder_is_no_target_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(str(tmp_path))


def test_a_target_file_is_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"name = '\xe9'")

    with pytest.raises(UsageError, match="is not UTF-8"):
        load(os.fspath(file))
