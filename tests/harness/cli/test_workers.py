"""Workers through the command line: a file that init writes runs, and one that cannot be run is told in a message."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.harness.cli.conftest import Edgeproof
from tests.targets.workers.styles.installed import STYLES, installed

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(120)]

WRANGLER = '{ "main": "worker.mjs",\n"compatibility_date": "2026-11-01", "ai": { "binding": "AI" } }\n'
GOOD = "export default { fetch: () => new Response('x') }"
TARGET = """
[target]
name = "mine"
worker = "wrangler.jsonc"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/zai-org/glm-4.7-flash"
"""


@pytest.mark.parametrize(
    ("code", "wrangler", "target", "exit_code", "said"),
    [
        ("export default { fetch( {", WRANGLER, TARGET, 3, "its Worker does not compile: SyntaxError: "),
        (
            "throw new Error('no KEY')",
            WRANGLER,
            TARGET,
            3,
            "throws as it starts: Error: no KEY at worker.js",
        ),
        ("export default { scheduled() {} }", WRANGLER, TARGET, 3, "its Worker has no fetch handler"),
        ("export const x = 1", WRANGLER, TARGET, 3, "its Worker exports what is no handler"),
        (GOOD, WRANGLER.replace("2026", "2099"), TARGET, 3, "its compatibility date is newer than workerd"),
        (GOOD, WRANGLER.replace('"ai"', '"vectorize"'), TARGET, 2, "line 2: vectorize: it cannot be served here yet"),
        (GOOD, WRANGLER.replace("worker.mjs", "src/no.ts"), TARGET, 2, "names src/no.ts as the Worker's entry"),
        (GOOD, WRANGLER, TARGET.replace("wrangler.jsonc", "no.jsonc"), 2, "no.jsonc cannot be read"),
        (GOOD, WRANGLER, TARGET.replace("[chat]", 'worker_env = "prod"\n[chat]'), 2, "has no environment 'prod'"),
        (GOOD, WRANGLER, TARGET.replace("[chat]", 'command = ["x"]\n[chat]'), 2, "line 5: target.command: a Worker is"),
    ],
)
def test_what_is_wrong_is_said_once_and_nothing_is_left_running(
    edgeproof: Edgeproof, tmp_path: Path, code: str, wrangler: str, target: str, exit_code: int, said: str
) -> None:
    for name, text in (("worker.mjs", code), ("wrangler.jsonc", wrangler), ("mine.toml", target)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    ended = edgeproof(
        *("run", str(tmp_path / "mine.toml"), "--case", "streaming.plain", "--suite", "conformance"),
        *("--out", str(tmp_path / "out")),
    )

    assert (ended.code, said in ended.err) == (exit_code, True), ended.err
    assert "Traceback" not in ended.err
    assert "bug in edgeproof" not in ended.err
    assert len(ended.err.split("edgeproof: ")[1].strip().splitlines()) <= 2, ended.err
    assert [each for each in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(each.info["cmdline"])] == []


def test_without_npm_it_is_said_what_to_install(
    edgeproof: Edgeproof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, text in (("worker.mjs", GOOD), ("wrangler.jsonc", WRANGLER), ("mine.toml", TARGET)):
        (tmp_path / name).write_text(text, encoding="utf-8")

    ran = edgeproof("run", str(tmp_path / "mine.toml"), "--out", str(tmp_path / "out"))
    looked = edgeproof("doctor", str(tmp_path / "mine.toml"))

    assert (ran.code, "a Worker needs workerd, which is not installed" in ran.err) == (3, True), ran.err
    assert "install Node.js with npm" in ran.err
    assert (looked.code, "workerd is not here, and there is no npm to install it with" in looked.out) == (3, True)


@pytest.mark.parametrize("style", STYLES)
def test_the_file_that_init_writes_runs_as_it_is(edgeproof: Edgeproof, tmp_path: Path, style: str) -> None:
    wrangler = installed(style) / "wrangler.jsonc"

    written = edgeproof("init", "mine.toml", "--worker", str(wrangler))
    looked = edgeproof("doctor", "mine.toml")
    ran = edgeproof("run", "mine.toml", "--suite", "conformance", "--case", "streaming.plain", "--out", "out")

    assert (written.code, looked.code, ran.code) == (0, 0, 0), ran.err + ran.out
    assert (tmp_path / "out" / "results.json").is_file()
