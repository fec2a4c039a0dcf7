from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from edgeproof import EdgeproofError, MockCloudflare

MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"

LEFT_BEHIND = """
import os, sys, time, edgeproof
mock = edgeproof.MockCloudflare(target="reference").__enter__()
print(mock._process.pid, flush=True)
how = sys.argv[1]
if how == "error":
    raise RuntimeError("the program broke")
if how == "interrupt":
    raise KeyboardInterrupt
time.sleep(600)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[MockCloudflare]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        mock = MockCloudflare(seed=7)
        mock.start()
    yield mock
    mock.close()


@pytest.fixture
def mock(server: MockCloudflare) -> MockCloudflare:
    server.reset()
    return server


def ask(mock: MockCloudflare, *, model: str = MODEL) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Authorization": f"Bearer {mock.env()['OPENAI_API_KEY']}"}
    return httpx.post(f"{mock.env()['OPENAI_BASE_URL']}/chat/completions", json=body, headers=headers, trust_env=False)


def test_a_fault_strikes_as_long_as_its_with_lasts(mock: MockCloudflare) -> None:
    before = ask(mock).status_code
    with mock.fault("http.status(code=503)"):
        inside = ask(mock).status_code
    after = ask(mock).status_code

    assert (before, inside, after) == (200, 503, 200)


def test_faults_add_up_and_end_one_by_one(mock: MockCloudflare) -> None:
    other = "@cf/meta/llama-3.1-8b-instruct-fast"
    lasting = mock.fault("http.status(code=503)", model="*-8b-*")
    with mock.fault("http.status(code=429)", model="*-70b-*", count=1):
        both = [ask(mock).status_code, ask(mock).status_code, ask(mock, model=other).status_code]
    one = [ask(mock).status_code, ask(mock, model=other).status_code]
    lasting.end()

    assert both == [429, 200, 503]
    assert one == [200, 503]
    assert ask(mock, model=other).status_code == 200


def test_a_plan_replaces_all_faults(mock: MockCloudflare, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("[[rule]]\nfault = 'http.status(code=500)'\nmatch = {nth = 2}\n")
    mock.fault("http.status(code=503)")

    mock.plan(tmp_path / "plan.toml")

    assert [ask(mock).status_code for _ in range(3)] == [200, 500, 200]


@pytest.mark.parametrize(
    ("spec", "told"),
    [("sse.trunkate", "did you mean sse.truncate"), ("sse.truncate(after='x')", "after"), ('x"\x7f\n', "x")],
)
def test_a_fault_that_does_not_exist_is_refused_and_changes_nothing(spec: str, told: str, mock: MockCloudflare) -> None:
    mock.fault("http.status(code=503)")

    with pytest.raises(EdgeproofError, match=told):
        mock.fault(spec)

    assert ask(mock).status_code == 503


def test_a_plan_that_is_none_is_refused(mock: MockCloudflare, tmp_path: Path) -> None:
    with pytest.raises(EdgeproofError, match="did you mean 'fault'"):
        mock.plan("[[rule]]\nfaul = 'sse.truncate'\n")
    with pytest.raises(EdgeproofError, match="cannot be read"):
        mock.plan(tmp_path / "none.toml")


def test_the_journal_tells_what_came_and_what_struck(mock: MockCloudflare) -> None:
    with mock.fault("http.status(code=503)"):
        ask(mock)
    ask(mock)

    first, second = mock.journal(surface="ai")

    assert (first.faults, second.faults) == (("http.status(code=503)",), ())
    assert second.json()["messages"][0]["content"] == "Hello"
    assert second.sent is not None
    assert second.sent.startswith("HTTP/1.1 200 OK")
    assert ("authorization", "(redacted)") in [(name.lower(), value) for name, value in second.headers]
    assert mock.journal(since=second.number) == []
    assert mock.journal(surface="kv") == []


def test_what_is_put_into_kv_is_what_a_proxy_reads(mock: MockCloudflare) -> None:
    env = mock.env()
    account, namespace = env["CLOUDFLARE_ACCOUNT_ID"], env["CLOUDFLARE_KV_NAMESPACE"]
    url = f"{env['CLOUDFLARE_BASE_URL']}/accounts/{account}/storage/kv/namespaces/{namespace}/values/a%2Fb"
    headers = {"Authorization": f"Bearer {env['CLOUDFLARE_API_TOKEN']}"}

    mock.kv.put("a/b", "Zürich", ttl_s=60)
    read = httpx.get(url, headers=headers, trust_env=False).text
    httpx.put(url, headers=headers, content=b"written", trust_env=False)
    written = mock.kv.get("a/b")
    mock.kv.delete("a/b")

    assert read == "Zürich"
    assert written is not None
    assert (written.value, written.size_bytes) == ("written", 7)
    assert mock.kv.get("a/b") is None
    with pytest.raises(EdgeproofError, match="no namespace"):
        mock.kv.put("a", "b", namespace="none")


def test_a_reset_forgets_everything(mock: MockCloudflare) -> None:
    mock.fault("http.status(code=503)")
    mock.kv.put("a", "b")
    ask(mock)

    mock.reset()

    assert mock.journal() == []
    assert not mock.kv.entries()
    assert ask(mock).status_code == 200


@pytest.mark.usefixtures("one_untraced")
def test_a_port_that_is_taken_is_told_in_one_line(mock: MockCloudflare) -> None:
    port = httpx.URL(mock.url).port

    with pytest.raises(EdgeproofError, match=f"port {port} is not available"), MockCloudflare(port=port or 0):
        pass


def test_a_mock_that_does_not_run_says_so() -> None:
    mock = MockCloudflare()

    with pytest.raises(EdgeproofError, match="does not run"):
        mock.env()


async def test_it_runs_beside_an_event_loop_with_a_proxy_before_it() -> None:
    async with MockCloudflare(target="reference") as mock:
        target = mock.target
        body = {"model": target.model, "messages": [{"role": "user", "content": "Hello"}]}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.post(target.chat_url, json=body, headers=target.headers)

    assert answer.status_code == 200
    with pytest.raises(EdgeproofError, match="does not answer"):
        mock.journal()


@pytest.mark.usefixtures("one_untraced")
async def test_a_start_that_is_cancelled_leaves_nothing_behind() -> None:
    mock = MockCloudflare()
    entering = asyncio.create_task(mock.__aenter__())
    await asyncio.sleep(0)
    entering.cancel()

    with pytest.raises(asyncio.CancelledError):
        await entering
    assert mock._process.exit_code is not None


@pytest.mark.acceptance
@pytest.mark.parametrize("how", ["error", "interrupt", "kill"])
def test_it_ends_with_the_program_that_started_it_and_so_does_the_proxy(how: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEFT_BEHIND, how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as program:
        assert program.stdout is not None
        child = psutil.Process(int(program.stdout.readline()))
        family = [child, *child.children(recursive=True)]
        if how == "kill":
            os.kill(program.pid, signal.SIGKILL)
        program.wait()

    gone, alive = psutil.wait_procs(family, timeout=60)

    assert len(gone) > 2
    assert alive == []


@pytest.mark.usefixtures("one_untraced")
def test_importing_it_imports_none_of_the_other_packages() -> None:
    code = "import sys, json, edgeproof, edgeproof.pytest_plugin; print(json.dumps(sorted(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {name.partition(".")[0] for name in json.loads(told)}

    assert loaded & {"harness", "scenarios", "fault_injection", "reports", "pydantic", "rich", "httpx"} == set()
