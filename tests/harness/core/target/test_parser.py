"""Target files read and refused."""

from __future__ import annotations

import re

import pytest

from harness.core.target.claims import Breaker, Cache, Limits, RateLimit, Retry
from harness.core.target.parser import parse
from harness.core.target.rewrites import Rewrites
from harness.errors import UsageError

SMALL = """\
[target]
name = "mine"
command = ["./proxy", "--port", "{port}"]
url = "http://127.0.0.1:{port}"
[target.env]
UPSTREAM = "{upstream}"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""

WHOLE = (
    SMALL
    + """\
[chat.headers]
Authorization = "Bearer {client_token}"
[capabilities]
streaming = true
retry = { max_attempts = 3, statuses = [520, 522] }
circuit_breaker = { failures = 5, open_s = 1 }
fallback_model = "n"
cache = { ttl_s = 2.0, streams = true, header = "X-Cache", per_identity = true, max_bytes = 4096 }
kv = true
rate_limit = { per_minute = 60 }
[limits]
max_request_bytes = 1024
max_messages = 10
max_depth = 8
upstream_idle_timeout_s = 2.0
first_byte_timeout_s = 3
deadline_s = 9.5
[rewrites]
adds = ["system"]
drops = ["user", "logit_bias"]
"""
)


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as refused:
        parse(text, file="mine.toml")
    assert str(refused.value).startswith("mine.toml cannot be used as a target file")
    return str(refused.value)


def test_every_key_is_read() -> None:
    read = parse(WHOLE.replace('"mine"', '"mine"\nversion = "1.4.2"'), file="mine.toml", here="/a")

    assert read.version == "1.4.2"
    assert (read.name, read.here, read.ready_path, read.ready_timeout_s) == ("mine", "/a", None, 20.0)
    assert read.command == ("./proxy", "--port", "{port}")
    assert read.env == {"UPSTREAM": "{upstream}"}
    assert read.chat.headers == {"Authorization": "Bearer {client_token}"}
    assert read.capabilities.streaming
    assert read.capabilities.kv
    assert read.capabilities.retry == Retry(max_attempts=3, statuses=frozenset({520, 522}))
    assert read.capabilities.circuit_breaker == Breaker(failures=5, open_s=1.0)
    assert read.capabilities.fallback_model == "n"
    assert read.capabilities.cache == Cache(
        ttl_s=2.0, streams=True, header="X-Cache", per_identity=True, max_bytes=4096
    )
    assert read.capabilities.rate_limit == RateLimit(per_minute=60)
    assert read.limits == Limits(
        max_request_bytes=1024,
        max_messages=10,
        max_depth=8,
        upstream_idle_timeout_s=2.0,
        first_byte_timeout_s=3.0,
        deadline_s=9.5,
    )
    assert read.rewrites == Rewrites(adds=frozenset({"system"}), drops=frozenset({"user", "logit_bias"}))


def test_a_rewrite_that_is_no_kind_of_one_is_told() -> None:
    assert "rewrites.adss: there is no such key; did you mean adds?" in refusal(SMALL + '[rewrites]\nadss = ["a"]\n')


def test_a_slash_at_the_end_of_a_url_is_dropped() -> None:
    assert parse(SMALL.replace('{port}"\n[', '{port}/"\n['), file="mine.toml").url == "http://127.0.0.1:{port}"


MISTAKES = {
    "open bracket": ("[target", "[target]", "line 1, column 8: "),
    "open quote": ('name = "mine', 'name = "mine"', "line 2"),
    "misspelt key": ("nmae = 'a'\nname", "name", "line 2: target.nmae: there is no such key; did you mean name?"),
    "strange key": (
        "zzz = 'a'\nname",
        "name",
        "line 2: target.zzz: there is no such key; known: name, command, url",
    ),
    "key of another table": (
        "deadline_s = 1\nname",
        "name",
        "line 2: target.deadline_s: there is no such key; it belongs in [limits]",
    ),
    "empty text": ("name = ''", 'name = "mine"', "line 2: target.name: it should have at least 1 character"),
    "number for text": ("name = 3", 'name = "mine"', "line 2: target.name: it should be text, not 3"),
    "empty command": ("command = []", 'command = ["./proxy", "--port", "{port}"]', "line 3: target.command"),
    "misspelt placeholder": (
        "{prot}",
        "{port}",
        "line 3: target.command.2: '{prot}': it has an unknown placeholder {prot}; did you mean {port}?",
    ),
    "placeholder out of place": ("{upstream}", "127.0.0.1", "line 4: target.url"),
    "scheme": ("ftp:", "http:", "line 4: target.url: 'ftp://127.0.0.1:{port}': it should look like"),
    "port": (
        "127.0.0.1:99999999",
        "127.0.0.1:{port}",
        "line 4: target.url: 'http://127.0.0.1:99999999': it should look",
    ),
    "password": (
        "me:hunter2@127.0.0.1",
        "127.0.0.1",
        "line 4: target.url: 'http://[redacted]@127.0.0.1:{port}': it holds a user name or a password",
    ),
    "port nought": ("127.0.0.1:0", "127.0.0.1:{port}", "line 4: target.url: 'http://127.0.0.1:0': it should look"),
    "query in url": (":{port}?a=1", ":{port}", "the path of a chat request is chat.path"),
    "fragment in url": (":{port}#a", ":{port}", "the path of a chat request is chat.path"),
    "lone brace": ("--port={", "--port", "it has a lone '{'; for a literal brace, write {{ or }}"),
    "long value": ("http:" + "x" * 200, "http:", "xxx…: it should look like"),
    "path in url": ("127.0.0.1:{port}/v1", "127.0.0.1:{port}", "the path of a chat request is chat.path"),
    "dialect": (
        "open-ai",
        "openai",
        "did you mean openai?",
    ),
    "path": ("v1/chat", "/v1/chat", "line 9: chat.path: 'v1/chat/completions': it should begin with \"/\""),
    "header name": ("[chat.headers]\n'a b' = 'x'", "", "line 12: chat.headers.a b: 'a b' cannot be a name here"),
    "header value": ('[chat.headers]\nA = "x\\ny"', "", "line 12: chat.headers.A: (not shown): it should be one line"),
    "number for table": (
        "[capabilities]\nretry = 3",
        "",
        "line 12: capabilities.retry: it should be a table with max_attempts",
    ),
    "success among failures": (
        "[capabilities]\nretry = { max_attempts = 3, statuses = [503, 200] }",
        "",
        "line 12: capabilities.retry.statuses.1: it should be 400 or more, not 200",
    ),
    "word for a status": (
        "[capabilities]\nretry = { max_attempts = 3, statuses = ['5xx'] }",
        "",
        "line 12: capabilities.retry.statuses.0: it should be a whole number, not '5xx'",
    ),
    "cache without room": (
        "[capabilities]\ncache = { ttl_s = 1, max_bytes = 0 }",
        "",
        "line 12: capabilities.cache.max_bytes: it should be 1 or more, not 0",
    ),
    "misspelt key of a claim": (
        "[capabilities]\nretry = { max_attempts = 3, status = [503] }",
        "",
        "line 12: capabilities.retry.status: there is no such key; did you mean statuses?",
    ),
    "empty table": ("[capabilities]\nretry = {}", "", "line 12: capabilities.retry.max_attempts: it is missing"),
    "truth for number": (
        "[capabilities]\nretry = { max_attempts = true }",
        "",
        "it should be a whole number, not True",
    ),
    "number for truth": (
        "[capabilities]\nstreaming = 1",
        "",
        "line 12: capabilities.streaming: it should be true or false, not 1",
    ),
    "no number": ("[limits]\ndeadline_s = nan", "", "line 12: limits.deadline_s: it should be a finite number"),
    "zero": ("[limits]\ndeadline_s = 0", "", "line 12: limits.deadline_s: it should be more than 0, not 0"),
    "negative": (
        "[limits]\nmax_depth = -1",
        "",
        "line 12: limits.max_depth: it should be 1 or more, not -1",
    ),
    "strange table": (
        "[talks]\na = 1",
        "",
        "line 11: talks: there is no such key; known: target, chat, capabilities, limits",
    ),
}


def test_what_a_claim_does_not_tell_is_unknown() -> None:
    read = parse(f"{SMALL}[capabilities]\nretry = {{ max_attempts = 3 }}\ncache = {{ ttl_s = 1 }}\n", file="mine.toml")

    assert read.capabilities.retry == Retry(max_attempts=3, statuses=None)
    assert read.capabilities.cache == Cache(ttl_s=1.0, max_bytes=None)


@pytest.mark.parametrize(("instead", "of", "told"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_line(instead: str, of: str, told: str) -> None:
    text = SMALL.replace(of, instead, 1) if of else SMALL + instead

    assert told in refusal(text)


def test_a_mistake_in_the_writing_is_told_where_it_stands() -> None:
    (told, _) = refusal(SMALL.replace("path = ", "path ")).splitlines()

    assert re.fullmatch(r"mine\.toml cannot be used as a target file: line 9, column 6: [A-Z][^()]*", told)


def test_what_is_never_closed_is_told_at_the_end_of_the_file() -> None:
    (told, _) = refusal(SMALL + 'a = """never closed\n').splitlines()

    assert re.fullmatch(r"mine\.toml cannot be used as a target file: line 12: [A-Z][^()]*, and the file ends", told)


@pytest.mark.parametrize(("value", "told"), [("[" * 5000, "nests too deeply"), ("9" * 5000, "4300 digits")])
def test_what_no_parser_could_read_is_told_as_a_mistake(value: str, told: str) -> None:
    said = refusal(f"{SMALL}a = {value}\n")

    assert told in said
    assert "the file ends" not in said


@pytest.mark.parametrize("url", ["http://127.0.0.1:8787", "https://127.0.0.1:8787", "https://proxy.localhost"])
def test_an_address_is_one_of_http(url: str) -> None:
    text = SMALL.replace("http://127.0.0.1:{port}", url)

    assert parse(text, file="mine.toml").url == url


def test_one_mistake_stands_in_the_line_and_several_stand_below_one_another() -> None:
    one = refusal(SMALL.replace("name", "nam = 1\nname")).splitlines()
    two = refusal(SMALL.replace("name", "nam = 1\nzzz = 2\nname")).splitlines()

    assert [len(one), len(two)] == [2, 4]
    assert two[1].startswith("  line 2: target.nam")
    assert one[-1] == two[-1] == "`edgeproof init` writes a target file with every key explained"


def test_all_mistakes_are_told_at_once() -> None:
    told = refusal(SMALL.replace("name", "nam").replace("openai", "grpc"))

    assert "target.name: it is missing" in told
    assert "target.nam: there is no such key; did you mean name?" in told
    assert "chat.dialect" in told


def test_a_missing_table_is_told() -> None:
    told = refusal("[target]\nname = 'a'\nurl = 'http://127.0.0.1:1'\n")

    assert told.splitlines()[0].endswith("chat: it is missing")


def test_a_port_to_pick_needs_a_command_to_start() -> None:
    text = SMALL.replace('command = ["./proxy", "--port", "{port}"]\n', "").replace(
        '[target.env]\nUPSTREAM = "{upstream}"\n', ""
    )

    assert "line 3: target.url: {port} is picked for a target that is started" in refusal(text)


def test_a_picked_port_must_reach_the_target() -> None:
    assert "line 3: target.command: the target does not get its port" in refusal(
        SMALL.replace('"--port", "{port}"', "")
    )


def test_a_port_may_reach_the_target_through_its_environment() -> None:
    text = SMALL.replace(', "--port", "{port}"', "").replace("[target.env]\n", '[target.env]\nPORT = "{port}"\n')

    assert parse(text, file="mine.toml").env["PORT"] == "{port}"


def test_what_runs_already_has_no_environment_to_set() -> None:
    text = SMALL.replace('command = ["./proxy", "--port", "{port}"]\n', "").replace("{port}", "8787")

    assert "target.env: the environment of a target that runs already cannot be set" in refusal(text)


@pytest.mark.parametrize("table", ["chat.headers", "target.env"])
def test_a_value_that_may_be_a_secret_is_not_told(table: str) -> None:
    text = SMALL.replace('[target.env]\nUPSTREAM = "{upstream}"\n', "") + f"[{table}]\nA = 'hunter2-{{'\n"

    told = refusal(text)

    assert "lone '{'" in told
    assert "hunter2" not in told


def test_a_long_value_is_cut() -> None:
    assert len(refusal(SMALL.replace("openai", "x" * 5000))) < 600


WORKER = """\
[target]
name = "mine"
worker = "wrangler.jsonc"
worker_env = "staging"
[chat]
dialect = "openai"
path = "/v1/chat/completions"
model = "m"
"""


def test_a_worker_needs_neither_a_command_nor_an_address() -> None:
    target = parse(WORKER, file="mine.toml")

    assert (target.worker, target.worker_env, target.command) == ("wrangler.jsonc", "staging", None)
    assert target.url == "http://127.0.0.1:{port}"
    assert parse(SMALL, file="mine.toml").worker is None


@pytest.mark.parametrize("key", ['command = ["workerd"]', 'url = "http://127.0.0.1:8787"'])
def test_a_worker_and_a_command_contradict_one_another(key: str) -> None:
    told = refusal(WORKER.replace('worker_env = "staging"', key))

    assert f"line 4: target.{key.split()[0]}: a Worker is started by edgeproof itself" in told


def test_a_target_without_a_worker_needs_an_address_and_has_no_environments() -> None:
    assert 'target.url: it is missing; usually: url = "http://127.0.0.1:{port}"' in refusal(
        SMALL.replace('url = "http://127.0.0.1:{port}"\n', "")
    )
    assert "target.worker_env: it chooses" in refusal(SMALL.replace("[target.env]", 'worker_env = "a"\n[target.env]'))
