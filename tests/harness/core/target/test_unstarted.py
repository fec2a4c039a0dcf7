from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.core.target import unstarted
from harness.core.target.file import Chat, TargetFile

LOG = Path("logs/target.log")
STARTED = TargetFile(
    name="p",
    url="http://127.0.0.1:9000",
    ready_path="/health",
    command=("node", "proxy.js"),
    chat=Chat(dialect="openai", path="/v1/chat/completions", model="m"),
)


def test_a_command_that_cannot_be_run_is_quoted() -> None:
    said = str(unstarted.not_executable(STARTED, "node", "No such file or directory"))

    assert "p cannot be started" in said
    assert "node: No such file or directory" in said
    assert "correct target.command" in said


def test_a_port_that_is_taken_is_named() -> None:
    said = str(unstarted.port_taken(STARTED))

    assert "http://127.0.0.1:9000 is in use" in said
    assert "omit target.command to attach to it" in said


def test_one_that_ended_is_told_with_its_code_and_its_last_words() -> None:
    said = str(unstarted.ended_early(STARTED, STARTED, 3, said="no such module", log=LOG))

    assert "ended before it was ready, with exit code 3" in said
    assert "its last output:\n" in said
    assert "no such module" in said
    assert "its whole output is in logs/target.log" in said


def test_one_that_ended_as_if_all_were_well_is_to_keep_running() -> None:
    assert "keep running" in str(unstarted.ended_early(STARTED, STARTED, 0, said="bye", log=LOG))
    assert "keep running" not in str(unstarted.ended_early(STARTED, STARTED, 1, said="bye", log=LOG))


def test_a_worker_that_cannot_be_compiled_is_told_in_its_own_terms() -> None:
    worker = replace(STARTED, worker="wrangler.jsonc")
    complaint = "service core:user:w: Uncaught SyntaxError: Unexpected identifier 'x'\n  at index.js:3:7\n"

    said = str(unstarted.ended_early(worker, worker, 1, said=complaint, log=LOG))

    assert "exit code" not in said
    assert "beside it its code as workerd has it" in said


def test_one_that_never_answered_is_told_where_it_was_asked_and_what_it_said() -> None:
    said = str(unstarted.never_ready(STARTED, "it answers 503", 2.04, said=""))

    assert "was not ready at http://127.0.0.1:9000/health after 2.0 s: it answers 503" in said
    assert "it printed nothing" in said
    assert "raise target.ready_timeout_s" in said


def test_one_that_runs_already_is_to_be_started_first() -> None:
    running = replace(STARTED, command=None)

    assert "start it first, or correct --url" in str(unstarted.never_ready(running, "refused", 1.0, said=""))
    there = replace(running, here="/x")
    assert "or add target.command" in str(unstarted.never_ready(there, "refused", 1.0, said=""))
