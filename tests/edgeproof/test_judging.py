from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from edgeproof import EdgeproofError, Result, judge
from scenarios.mutants import ALL as MUTANTS

pytestmark = pytest.mark.acceptance  # each starts processes, or whole environments

MUTANT = next(each.id for each in MUTANTS if each.id == "done-whatever-happened")

TARGET = f"""\
[target]
name = "broken"
command = [
    "{{python}}", "-m", "harness.mutant_proxy", "--mutant", "{MUTANT}", "--port", "{{port}}",
    "--upstream", "{{upstream}}",
]
url = "http://127.0.0.1:{{port}}"
ready_path = "/healthz"
[target.env]
CLOUDFLARE_API_TOKEN = "{{api_token}}"
CLOUDFLARE_ACCOUNT_ID = "{{account_id}}"
CLOUDFLARE_KV_NAMESPACE = "{{kv_namespace}}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
[capabilities]
streaming = true
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A target file of a proxy that says `[DONE]` whatever happened."""
    file = tmp_path / "broken.toml"
    file.write_text(TARGET)
    return file


def test_a_right_proxy_is_ok_and_leaves_no_folder_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    result = judge("reference", cases="streaming.plain,streaming.crlf", seed=7)

    assert result.ok, result
    assert (result.verdict, result.exit_code, result.seed, result.target) == ("pass", 0, 7, "reference")
    assert {case.id for case in result.cases} == {"streaming.plain", "streaming.crlf"}
    assert result.case("streaming.plain").verdict == "pass"
    assert result.problems == ()
    assert list(tmp_path.iterdir()) == []


def test_a_broken_proxy_is_not_and_its_text_says_what_to_mend(broken: Path, tmp_path: Path) -> None:
    result = judge(broken, cases="endings.cut-between-events-*", out=tmp_path / "report")

    assert not result.ok
    assert (result.verdict, result.exit_code) == ("fail", 1)
    assert {each.invariant for each in result.findings} == {"no-laundering"}
    assert "must no-laundering: " in repr(result)
    assert str(result).startswith("broken: fail (3 fail; seed ")
    assert result.case("endings.cut-between-events-by-fin").replay.startswith("edgeproof replay ")
    assert result.report == tmp_path / "report"
    assert json.loads((tmp_path / "report" / "results.json").read_text()) == result.record
    with pytest.raises(KeyError):
        result.case("streaming.plain")


@pytest.mark.parametrize(
    ("target", "cases", "told"),
    [
        ("none", "*", "there is no target 'none'"),
        ("reference", "none.*", "no case matches 'none"),
        ("http://192.0.2.1:80", "streaming.plain", "--i-own-this-target"),
    ],
)
def test_a_mistake_in_the_call_is_told_in_edgeproofs_words(target: str, cases: str, told: str) -> None:
    with pytest.raises(EdgeproofError, match=told):
        judge(target, cases=cases)


def test_a_proxy_that_does_not_start_is_an_error_that_names_no_folder_which_is_gone(broken: Path) -> None:
    broken.write_text(TARGET.replace(MUTANT, "no-such-defect"))

    with pytest.raises(EdgeproofError, match="ended before it was ready, with exit code 2") as raised:
        judge(broken, cases="streaming.plain")

    assert "target.log" not in str(raised.value)


def test_a_run_ends_with_the_program_that_asked_for_it() -> None:
    told = "on_start=lambda run: print(run.pid, flush=True)"
    code = f"import edgeproof; edgeproof.judge('reference', cases='streaming.*', {told})"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        run = psutil.Process(int(program.stdout.readline()))
        program.kill()

    gone, alive = psutil.wait_procs([run], timeout=60)

    assert [gone, alive] == [[run], []]


def test_a_result_is_read_from_any_record_of_the_schema() -> None:
    case = {"id": "a.b", "suite": "conformance", "level": "must", "verdict": "inconclusive", "duration_s": 0.1}
    told = {"promised": "It answers.", "saw": "", "cause": "the machine was late", "a new key": 1}
    record = {
        "verdict": "inconclusive",
        "target": {"name": "p", "url": ""},
        "seed": 1,
        "counts": {"inconclusive": 1, "pass": 0},
        "cases": [{**case, **told}],
    }

    result = Result.of(record, exit_code=3)

    assert not result.ok
    assert str(result) == (
        "p: inconclusive (1 inconclusive; seed 1); something could not be judged\n"
        "  inconclusive a.b: the machine was late"
    )
    known = Result.of({**record, "verdict": "fail", "cases": []}, exit_code=0)
    assert str(known).endswith("the baseline knows what fails, so it passes")
