from __future__ import annotations

import errno
import json
import socket
import tempfile
from pathlib import Path

import pytest

from harness.cli import records
from tests.harness.cli.conftest import Edgeproof

TARGET = """
[target]
name = "mine"
command = ["{python}", "-c", "", "{port}"]
url = "http://127.0.0.1:{port}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ron"], ["No such command 'ron'", "Did you mean 'run'", "edgeproof --help"]),
        (["run", "--sed", "1"], ["No such option: --sed", "--seed", "edgeproof run --help"]),
        (["run", "--seed", "x"], ["--seed", "it should be a whole number, not 'x'"]),
        (["run", "--seed", "-1"], ["--seed", "0"]),
        (["run", "--jobs", "0"], ["--jobs", "it should be 1 or more"]),
        (
            ["run", "--repeat", "2", "--suite", "conformance,load"],
            ["cannot play the suite load", "--suite conformance"],
        ),
        (["run", "--fail-on", "maybe"], ["--fail-on", "): 'maybe' is not one of 'must', 'should'"]),
        (["run", "--suite", "lode"], ["there is no suite called 'lode'", "conformance"]),
        (["run", "--profile", "quik"], ["there is no profile called 'quik'", "quick"]),
        (["run", "--case", "streaming.plian"], ["streaming.plian", "did you mean streaming.plain"]),
        (["run", "--target", "refrence"], ["there is no target 'refrence'", "did you mean reference?"]),
        (["run", "--case", "json.*", "--case=errors.*"], ["--case is given twice", "with commas"]),
        (["run", "--case", "nope.nope"], ["no case matches 'nope.nope'; `edgeproof cases` lists them all"]),
        (["run", "--target", "nowhere/at-all.toml"], ["nowhere/at-all.toml", "edgeproof init"]),
        (["run", "nowhere/at-all.toml"], ["nowhere/at-all.toml", "edgeproof init"]),
        (["run", "reference", "--target", "other"], ["two targets are named: reference and other", "leave one"]),
        (["run", "a.toml", "--url", "http://127.0.0.1:1"], ["two targets are named", "--url http://127.0.0.1:1"]),
        (["mock", "--target", "reference", "--workers", "2"], ["--workers is for a mock alone", "--target"]),
        (["mock", "--workers", "0"], ["--workers", "it should be 1 or more"]),
        (["run", "--url", "127.0.0.1:8080"], ["not the address of a proxy", "http://127.0.0.1:8080"]),
        (["run", "--url", "http://me:hunter2@127.0.0.1:1"], ["a user name or a password", "EDGEPROOF_CLIENT_TOKEN"]),
        (["run", "a.toml", "--url", "http://me:hunter2@h"], ["http://[redacted]@h holds a user name"]),
        (["run", "http://me:hunter2@127.0.0.1:1"], ["there is no target 'http://[redacted]@127.0.0.1:1'"]),
        (["run", "--url", "http://192.0.2.1:80"], ["not this machine", "--i-own-this-target"]),
        (
            ["run", "--url", "http://127.0.0.1:1", "--path", "chat"],
            ["not the path of a chat request", 'begin with "/"'],
        ),
        (["run", "--url", "http://127.0.0.1:1", "--path", "/{x}"], ["chat.path", "placeholder"]),
        (["run", "--model", "m"], ["--model needs --url", "target file"]),
        (["run", "--url", "http://127.0.0.1:1", "--cov"], ["cannot be measured", "target.command"]),
        (["run", "--seed", "1", "--shard", "5/4"], ["'5/4' is not a shard", "1/4"]),
        (["run", "--seed", "1", "--shard", "one"], ["'one' is not a shard", "1/4"]),
        (["run", "--shard", "1/4"], ["--shard needs --seed", "--seed 7"]),
        (["run", "--seed", "1", "--shard", "1/2", "--case", "json.gzip"], ["1 cases and suites cannot be split"]),
        (["run", "--seed", "1", "--shard", "1/2", "--cov-fail-under", "80"], ["only a part of the target's code"]),
        (["merge", "none.json"], ["none.json", "No such file"]),
        (["merge", "a.json", "a.json"], ["a.json is named twice"]),
        (["merge"], ["Missing argument"]),
        (["run", "--baseline", "none.json"], ["none.json", "No such file"]),
        (["run", "--baseline", "none.toml"], ["none.toml", "No such file"]),
        (["baseline", "write", "none.json"], ["none.json", "No such file"]),
        (["baseline", "update", "none.json"], ["edgeproof-baseline.toml does not exist", "baseline write"]),
        (["baseline", "show", "none.toml"], ["none.toml", "No such file"]),
        (["replay"], ["Missing argument", "ID"]),
        (["selfcheck", "--mutant", "never-opnes"], ["never-opnes", "did you mean never-opens"]),
        (["replay", "streaming.plian"], ["did you mean streaming.plain"]),
        (["replay", "streaming.*"], ["not a single case", "edgeproof run --case 'streaming.*'"]),
        (["cases", "--case", "nope.*"], ["no case matches 'nope.*'"]),
        (["cases", "explain", "cache.expirez"], ["did you mean cache.expires"]),
        (["faults", "explain", "sse.trunkate"], ["did you mean sse.truncate"]),
        (["invariants", "explain", "no-landering"], ["there is no invariant called", "did you mean no-laundering?"]),
        (["invariants", "explain", "sse.trunkate"], ["did you mean sse.truncate?"]),
        (["invariants", "explain", "xyzzy"], ["`edgeproof invariants` lists them all"]),
        (["report", "none.json"], ["none.json", "No such file"]),
        (["compare", "one.json", "two.json"], ["one.json"]),
        (["mock", "--port", "70000"], ["--port", "65535"]),
        (["mock", "--plan", "none.toml"], ["none.toml", "No such file"]),
    ],
)
def test_a_wrong_command_line_is_told_in_a_line_or_two(
    arguments: list[str], words: list[str], edgeproof: Edgeproof
) -> None:
    outcome = edgeproof(*arguments)

    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("edgeproof: ")
    assert outcome.err.count("\n") <= 2
    assert [word for word in words if word not in outcome.err] == []
    assert "hunter2" not in outcome.err


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("dialect", "dialekt", ["line 6", "chat.dialekt", "did you mean dialect?"]),
        ('"openai"', '"openia"', ["line 6", "did you mean openai?"]),
        ('"{port}"]', '"{prot}"]', ["line 3", "did you mean {port}?"]),
        ("[chat]", "[chat", ["line 5"]),
        ('"openai"', '"anthropic"', ["line 6", "did you mean anthropic-messages?"]),
        ('"http://127.0.0.1:{port}"', '"http://192.0.2.1:{port}"', ["not this machine", "--i-own-this-target"]),
        ('command = ["{python}", "-c", "", "{port}"]', "", ["line 4", "{port}", "target.command"]),
    ],
)
def test_a_wrong_target_file_is_refused_before_anything_starts(
    before: str, after: str, words: list[str], edgeproof: Edgeproof, tmp_path: Path
) -> None:
    (tmp_path / "t.toml").write_text(TARGET.strip().replace(before, after))

    outcome = edgeproof("run", "--target", "t.toml")

    assert outcome.code == 2
    assert [word for word in words if word not in outcome.err] == []
    assert not (tmp_path / "edgeproof-report").exists()


def test_a_target_that_runs_already_needs_to_know_the_mocks_port(edgeproof: Edgeproof, tmp_path: Path) -> None:
    attached = "\n".join(line for line in TARGET.splitlines() if not line.startswith("command"))
    (tmp_path / "t.toml").write_text(attached.replace("{port}", "9"))

    run = edgeproof("run", "--target", "t.toml")
    mock = edgeproof("mock", "--target", "t.toml", "--port", "0")

    assert (run.code, mock.code) == (2, 2)
    assert "--upstream-port" in run.err
    assert "is already running, so its upstream has a fixed port" in mock.err
    assert "--port N" in mock.err


@pytest.mark.parametrize("place", ["file", "/proc/nothing-here"])
def test_a_folder_that_cannot_be_written_is_told_of_before_anything_starts(
    place: str, edgeproof: Edgeproof, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    outcome = edgeproof("run", "--out", place)

    assert outcome.code == 2
    assert f"reports cannot be written to {place}" in outcome.err
    assert "starting" not in outcome.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", ["not JSON"]),
        ('{"a": 1}', ["no record"]),
        ('{"schema": "edgeproof.results/2"}', ["edgeproof.results/2", "update edgeproof"]),
    ],
)
def test_a_baseline_that_is_no_record_is_refused(
    text: str, words: list[str], edgeproof: Edgeproof, tmp_path: Path
) -> None:
    (tmp_path / "b.json").write_text(text)

    outcome = edgeproof("run", "--baseline", "b.json")

    assert outcome.code == 2
    assert [word for word in ["b.json", *words] if word not in outcome.err] == []


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("run", "--baseline"), ("replay",), ("doctor",), ("plan", "check")],
    ids=["target", "baseline", "case", "doctor", "plan"],
)
def test_a_file_that_nests_too_deeply_is_refused(edgeproof: Edgeproof, arguments: tuple[str, ...]) -> None:
    Path("deep.toml").write_text("a = " + "[" * 5_000, encoding="utf-8")

    outcome = edgeproof(*arguments, "deep.toml")

    assert outcome.code == 2
    assert "deep.toml" in outcome.err
    assert "nests too deeply" in outcome.err


def test_a_port_in_use_is_told_of(edgeproof: Edgeproof) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        mock = edgeproof("mock", "--port", str(port))
        run = edgeproof("run", "--upstream-port", str(port), "--case", "streaming.plain")

        look = edgeproof(
            "run", "--url", "http://127.0.0.1:1", "--upstream-port", str(port), "--case", "streaming.plain"
        )

    assert (mock.code, run.code, look.code) == (2, 2, 2)
    assert f"port {port} is not available" in mock.err
    assert f"cannot listen on port {port}" in run.err
    assert f"cannot listen on port {port}" in look.err


@pytest.mark.parametrize(
    ("environment", "words", "said"),
    [
        ({"EDGEPROOF_URL": "127.0.0.1:8080"}, [], "not the address of a proxy"),
        ({"EDGEPROOF_URL": "127.0.0.1:8080", "EDGEPROOF_MODEL": "m"}, ["refrence"], "there is no target 'refrence'"),
        ({"EDGEPROOF_URL": "127.0.0.1:8080"}, ["-t", "refrence"], "there is no target 'refrence'"),
        ({"EDGEPROOF_TARGET": "refrence"}, ["--url", "127.0.0.1:8080"], "not the address of a proxy"),
        ({"EDGEPROOF_URL": "a", "EDGEPROOF_TARGET": "b"}, [], "two targets are named: EDGEPROOF_TARGET and EDGEPROOF_"),
        ({"EDGEPROOF_URL": "http://127.0.0.1:1", "EDGEPROOF_PATH": "chat"}, [], "not the path of a chat request"),
        ({"EDGEPROOF_DIALECT": "morse"}, [], "--dialect"),
    ],
)
def test_the_command_line_counts_for_more_than_the_environment_in_naming_a_target(
    environment: dict[str, str], words: list[str], said: str, edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    outcome = edgeproof("run", *words)

    assert outcome.code == 2
    assert said in outcome.err


def test_a_plan_that_is_none_is_refused_by_name(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text("[[rule]]\nfault = 'sse.trunkate'\n")

    outcome = edgeproof("mock", "--plan", "p.toml")

    assert outcome.code == 2
    assert "p.toml cannot be used as a plan" in outcome.err


@pytest.mark.parametrize(
    ("lines", "patience_s", "said", "hint"),
    [
        ("import sys; [print('line', n) for n in range(40)]; sys.exit(7)", 60, "exit code 7", "line 39"),
        ("import time; time.sleep(60)", 0.5, "was not ready", "ready_timeout_s"),
    ],
)
def test_a_target_that_does_not_start_is_inconclusive_and_told_with_its_last_words(
    lines: str, patience_s: float, said: str, hint: str, edgeproof: Edgeproof, tmp_path: Path
) -> None:
    text = TARGET.replace('"-c", ""', f'"-uc", "{lines}"').replace("[chat]", f"ready_timeout_s = {patience_s}\n[chat]")
    (tmp_path / "t.toml").write_text(text)

    outcome = edgeproof("run", "--target", "t.toml", "--case", "streaming.plain", "--jobs", "1")

    assert outcome.code == 3
    assert said in outcome.err
    assert hint in outcome.err
    assert "line 19\n" not in outcome.err  # twenty lines are enough
    record = json.loads((tmp_path / "edgeproof-report" / "results.json").read_text())
    assert record["verdict"] == "inconclusive"


def test_a_command_that_is_not_there_is_told_by_name(edgeproof: Edgeproof, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(TARGET.replace('"{python}"', '"/no/such/program"'))

    outcome = edgeproof("run", "--target", "t.toml", "--case", "streaming.plain")

    assert outcome.code == 3
    assert "/no/such/program: No such file or directory" in outcome.err


def test_options_come_from_flags_before_the_environment(edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEPROOF_CASE", "from.the-environment")

    from_environment = edgeproof("run")
    from_flag = edgeproof("run", "--case", "from.the-flag")

    assert "from.the-environment" in from_environment.err
    assert "from.the-flag" in from_flag.err


def test_a_file_that_nobody_else_speaks_of_is_told_by_name_with_the_way_out(
    edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise PermissionError(errno.EACCES, "whatever the system says", "locked.json")

    monkeypatch.setattr(records, "read", fail)

    outcome = edgeproof("report", "some.json")

    assert outcome.code == 2
    assert "edgeproof: locked.json: Permission denied\nname a file" in outcome.err


def test_a_full_disk_is_neither_wrong_usage_nor_a_bug(edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Path) -> None:
        raise OSError(errno.ENOSPC, "whatever the system says")

    monkeypatch.setattr(records, "read", fail)

    outcome = edgeproof("report", "some.json")

    assert outcome.code == 3
    assert "run out of something: No space left on device\nmake room" in outcome.err
    assert "bug" not in outcome.err


@pytest.mark.parametrize(
    "bug",
    [ZeroDivisionError("by nought"), ConnectionResetError(errno.ECONNRESET, "reset"), OSError("no reason")],
    ids=lambda bug: type(bug).__name__,
)
def test_a_bug_is_told_as_one_and_its_traceback_is_kept(
    edgeproof: Edgeproof, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bug: Exception
) -> None:
    def fail(_: Path) -> None:
        raise bug

    monkeypatch.setattr(records, "read", fail)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    outcome = edgeproof("report", "some.json")

    assert outcome.code == 3
    assert f"a bug in edgeproof, not in your proxy: {type(bug).__name__}: {bug}" in outcome.err
    (kept,) = tmp_path.glob("*.traceback")
    assert f"report it with the command you typed and with the traceback: {kept}" in outcome.err
    assert "in fail" in kept.read_text()
