"""A chat load is decided by its seed, and survives its orders."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from harness.core.load.chat.job import ChatJob, mark_of
from harness.core.load.chat.service import accounts, with_chat
from harness.core.target.file import Chat, TargetFile
from scenarios import prompt
from scenarios.load import ChatLoad

LOAD = ChatLoad()
PEOPLE = accounts(LOAD, seed=3)
JOB = ChatJob(url="http://127.0.0.1:1", callers=tuple(each.headers for each in PEOPLE), seed=3, load=LOAD)


def test_orders_survive_their_text() -> None:
    assert ChatJob.read(JOB.write()) == JOB


def test_the_same_seed_asks_the_same_at_the_same_time_and_another_does_not() -> None:
    other = replace(JOB, seed=4)

    assert JOB.question(5, 1) == replace(JOB).question(5, 1) != other.question(5, 1)
    assert JOB.begins_s(5) == replace(JOB).begins_s(5) != other.begins_s(5)
    assert list(islice(JOB.looks(), 20)) == list(islice(replace(JOB).looks(), 20)) != list(islice(other.looks(), 20))


def test_every_question_is_its_own_and_tells_the_mock_what_to_answer() -> None:
    questions = {JOB.question(stream, number) for stream in range(LOAD.streams) for number in range(LOAD.rounds)}
    asked = prompt.parse(JOB.question(0, 0))

    assert len(questions) == LOAD.streams * LOAD.rounds
    assert (asked.tokens, asked.pace_s) == (LOAD.prompt.tokens, LOAD.prompt.pace_s)
    assert mark_of(asked.nonce) == f"re-{asked.nonce[3:]}"


def test_looks_keep_their_rate() -> None:
    times = [at_s for at_s, _ in islice(JOB.looks(), 400)]

    assert times == sorted(times)
    assert abs(400 / times[-1] - LOAD.looks_per_s) < 1


def test_users_are_spread_over_tenants_and_streams_over_users() -> None:
    tenants = [each.tenant for each in PEOPLE]
    callers = [JOB.caller(stream) for stream in range(LOAD.streams)]

    assert {tenants.count(name) for name in tenants} == {LOAD.users // LOAD.tenants}
    assert {callers.count(caller) for caller in callers} == {LOAD.streams // LOAD.users}
    assert len({each.token for each in PEOPLE}) == LOAD.users


def test_a_load_asks_only_what_it_has_time_for_and_at_least_once() -> None:
    assert (LOAD.rounds, LOAD.most_s) == (2, 30.0)
    assert replace(LOAD, duration_s=1.0).rounds == 1


def test_the_embedded_proxy_keeps_chats_for_these_users_with_its_usual_patience() -> None:
    target = TargetFile(
        name="x",
        command=("run",),
        chat=Chat(dialect="openai", path="/", model="m"),
        env={"CLOUDFLARE_API_TOKEN": "t", "EDGEPROOF_PROXY_DEADLINE_S": "6"},
    )

    made = with_chat(target, "sqlite:///x.db", PEOPLE[:2])

    assert made.env == {
        "CLOUDFLARE_API_TOKEN": "t",
        "EDGEPROOF_PROXY_CHAT_DATABASE": "sqlite:///x.db",
        "EDGEPROOF_PROXY_CHAT_USERS": f"tenant-0/user-0={PEOPLE[0].token},tenant-1/user-1={PEOPLE[1].token}",
    }
