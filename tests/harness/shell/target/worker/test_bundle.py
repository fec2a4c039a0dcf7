"""A Worker's code as workerd loads it. What esbuild itself makes of imports is tested with esbuild itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.target.worker.config import Module
from harness.core.target.worker.wrangler import Wrangler
from harness.errors import UsageError
from harness.shell.target.worker import bundle as bundling
from harness.shell.target.worker.bundle import bundle
from harness.shell.target.worker.tools import Tool

PLAIN = """import { DurableObject } from 'cloudflare:workers'
import fs from 'node:fs'
export default {
  fetch: () => new Response('a text, and "another"'),
}
"""


def _worker(main: str, *flags: str) -> Wrangler:
    return Wrangler(name="mine", main=main, compatibility_date="2026-11-01", compatibility_flags=flags)


@pytest.fixture
def esbuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in esbuild's place, which writes down how it was called and copies what lies beside it."""
    program = tmp_path / "esbuild"
    program.write_text(
        "#!/bin/sh\n"
        'here=$(dirname "$0")\n'
        'printf "%s\\n" "$@" > "$here/calls"\n'
        'for word in "$@"; do case "$word" in --outdir=*) out=${word#--outdir=};; esac; done\n'
        'if [ -f "$here/error" ]; then cat "$here/error" >&2; exit 1; fi\n'
        'cp "$here"/made/* "$out"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)

    def provided(tool: Tool, start: Path, *, say: object) -> Path:
        return program

    monkeypatch.setattr(bundling, "provide", provided)
    (tmp_path / "made").mkdir()
    return tmp_path


def test_a_plain_file_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.mjs").write_text(PLAIN, encoding="utf-8")

    built = bundle(_worker("a.mjs"), tmp_path, file="wrangler.jsonc", say=lambda _: None)

    assert built.modules == (Module(name="worker.js", kind="esModule", path="modules/worker.js"),)
    assert built.files == (("modules/worker.js", PLAIN.encode()),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ts", PLAIN),
        ("a.js", "import { Hono } from 'hono'\n"),
        ("a.js", "export * from './b.js'\n"),
        ("a.mjs", "const b = await import('./b.mjs')\n"),
        ("a.mjs", "import './b.mjs'\n"),
    ],
)
def test_whatever_imports_something_is_bundled(esbuild: Path, name: str, text: str) -> None:
    (esbuild / name).write_text(text, encoding="utf-8")
    (esbuild / "made" / "worker.js").write_text("bundled", encoding="utf-8")
    (esbuild / "made" / "a-ABC.wasm").write_bytes(b"\0asm")
    (esbuild / "made" / "page-ABC.html").write_text("<p>", encoding="utf-8")

    built = bundle(_worker(name, "nodejs_compat"), esbuild, file="wrangler.jsonc", say=lambda _: None)

    assert [(module.name, module.kind) for module in built.modules] == [
        ("worker.js", "esModule"),
        ("a-ABC.wasm", "wasm"),
        ("page-ABC.html", "text"),
    ]
    assert dict(built.files)["modules/worker.js"] == b"bundled"
    asked = (esbuild / "calls").read_text(encoding="utf-8").splitlines()
    assert "--conditions=workerd,worker,browser" in asked
    assert "--alias:buffer=node:buffer" in asked


def test_node_is_there_only_where_it_is_asked_for(esbuild: Path) -> None:
    (esbuild / "a.ts").touch()
    (esbuild / "made" / "worker.js").touch()

    bundle(_worker("a.ts"), esbuild, file="wrangler.jsonc", say=lambda _: None)

    assert "--alias:" not in (esbuild / "calls").read_text(encoding="utf-8")


def test_another_program_in_its_place_is_asked_the_same_also_for_a_plain_file(esbuild: Path) -> None:
    (esbuild / "a.mjs").write_text(PLAIN, encoding="utf-8")
    (esbuild / "made" / "worker.js").write_text("counting", encoding="utf-8")
    instead = [str(esbuild / "esbuild"), "plan"]

    built = bundle(_worker("a.mjs"), esbuild, file="wrangler.jsonc", say=lambda _: None, instead=instead)

    asked = (esbuild / "calls").read_text(encoding="utf-8").splitlines()
    assert asked[:2] == ["plan", str(esbuild / "a.mjs")]
    assert "--bundle" in asked
    assert dict(built.files)["modules/worker.js"] == b"counting"


def test_what_does_not_compile_is_told_with_the_place(esbuild: Path) -> None:
    (esbuild / "a.ts").touch()
    (esbuild / "error").write_text("a.ts:1:7: ERROR: Expected identifier\n", encoding="utf-8")

    with pytest.raises(UsageError) as refused:
        bundle(_worker("a.ts"), esbuild, file="wrangler.jsonc", say=lambda _: None)

    assert str(refused.value).startswith("a.ts does not compile: a.ts:1:7: ERROR: Expected identifier")


def test_an_entry_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"wrangler\.jsonc names src/index\.ts as the Worker's entry"):
        bundle(_worker("src/index.ts"), tmp_path, file="wrangler.jsonc", say=lambda _: None)
