from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fault_injection.families import sse_ends, tcp
from fault_injection.plan import SURFACES, Match, Phase, Plan, PlanError, Rule
from fault_injection.plan_file import read_plan, show_plan
from fault_injection.stop import Stop
from tests.fault_injection.strategies import any_faults

CUT = sse_ends.Truncate(after=3)
LATE = tcp.Latency(delay_s=0.1)

TEXT = """\
seed = 7
ttl_s = 90

[[phase]]
name = "storm"
start_s = 10
end_s = 20.5
p_from = 0.25

[[rule]]
name = "cuts"
match = { surface = "ai.*", model = "@cf/*", nonce = "ep-1", header = { "x-user" = "a*" }, nth = 2, phase = "storm" }
fault = "sse.truncate(after=3) + tcp.latency(delay_s=0.1)"
p = 0.5
count = 10
ttl_s = 60

[[rule]]
match = { between = [2, 4] }
fault = ["sse.truncate(after=3)", "tcp.latency(delay_s=0.1)"]
stop = true
"""

PLAN = Plan(
    seed=7,
    ttl_s=90,
    phases=(Phase(name="storm", start_s=10, end_s=20.5, p_from=0.25),),
    rules=(
        Rule(
            name="cuts",
            match=Match(surface="ai.*", model="@cf/*", nonce="ep-1", header=(("x-user", "a*"),), nth=2, phase="storm"),
            faults=(CUT, LATE),
            p=0.5,
            count=10,
            ttl_s=60,
        ),
        Rule(match=Match(between=(2, 4)), faults=(CUT, LATE), stop=True),
    ),
)

words = st.text(st.characters(codec="utf-8"), max_size=8)
counts = st.none() | st.integers(1, 99)

matches = st.builds(
    Match,
    surface=st.sampled_from(["*", "ai.*", "kv.?et", *SURFACES]),
    model=words,
    method=words,
    path=words,
    nonce=words,
    header=st.dictionaries(words, words, max_size=2).map(lambda found: tuple(found.items())),
    nth=counts,
    first=counts,
    after=counts,
    every=counts,
    between=st.none() | st.tuples(st.integers(1, 9), st.integers(9, 20)),
    phase=st.sampled_from(["", "a\x7f"]),
)

rules = st.builds(
    Rule,
    faults=st.lists(any_faults(), min_size=1, max_size=2).map(tuple),
    match=matches,
    p=st.floats(0, 1),
    count=counts,
    ttl_s=st.none() | st.floats(0.001, 1e6),
    stop=st.booleans(),
    name=words,
)

plans = st.builds(
    Plan,
    seed=st.integers(-(2**63), 2**63 - 1),
    ttl_s=st.none() | st.floats(0.001, 1e6),
    phases=st.sampled_from(
        [
            (Phase(name="a\x7f"),),
            (Phase(name="a\x7f", start_s=1, end_s=2.5, p_from=0.1, p_to=0.9), Phase(name='"\n', p_from=0.5, p_to=0.5)),
        ]
    ),
    rules=st.lists(rules, max_size=3, unique_by=lambda rule: rule.name or id(rule)).map(tuple),
)


def test_a_plan_is_read() -> None:
    assert read_plan(TEXT) == PLAN


def test_an_empty_text_is_a_plan_without_faults() -> None:
    assert read_plan("") == Plan()


@given(plan=plans)
def test_a_plan_is_read_back_as_it_was_printed(plan: Plan) -> None:
    assert read_plan(show_plan(plan)) == plan


def test_a_plan_is_printed_without_its_defaults() -> None:
    assert show_plan(Plan(rules=(Rule(faults=(CUT,)),))) == ('seed = 0\n\n[[rule]]\nfault = "sse.truncate(after=3)"\n')


def test_phases_follow_one_another_by_how_long_they_last() -> None:
    plan = read_plan(
        """
        [[phase]]
        name = "healthy"
        lasts_s = 10

        [[phase]]
        name = "brownout"
        lasts_s = 20
        p_from = 0
        p_to = 0.5

        [[phase]]
        name = "outage"
        lasts_s = 5
        p = 0.75
        """
    )

    assert plan.phases == (
        Phase(name="healthy", start_s=0, end_s=10),
        Phase(name="brownout", start_s=10, end_s=30, p_from=0.0, p_to=0.5),
        Phase(name="outage", start_s=30, end_s=35, p_from=0.75, p_to=0.75),
    )


STOPS = """\
seed = 0

[[stop]]
metric = "error_rate"
above = 0.5
over_s = 5.0

[[stop]]
probe = "http://127.0.0.1:9/healthz"

[[stop]]
command = ["./check", "--fast"]

[[stop]]
prometheus = "http://127.0.0.1:9090"
query = "up == 0"
above = 1.0
"""


def test_conditions_that_stop_a_plan_are_read_and_printed() -> None:
    plan = read_plan(STOPS)

    assert plan.stops == (
        Stop(metric="error_rate", above=0.5, over_s=5.0),
        Stop(probe="http://127.0.0.1:9/healthz"),
        Stop(command=("./check", "--fast")),
        Stop(prometheus="http://127.0.0.1:9090", query="up == 0", above=1.0),
    )
    assert show_plan(plan) == STOPS


def test_an_address_that_is_looked_at_may_hold_an_at_sign_in_its_path() -> None:
    assert read_plan("[[stop]]\nprobe = 'http://127.0.0.1:9/@cf/x'").stops == (Stop(probe="http://127.0.0.1:9/@cf/x"),)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "stop 1: it looks at nothing"),
        ("metric = 'error_rate'\nabove = 1\nprobe = 'http://x'", "stop 1: it looks at metric and probe"),
        ("metric = 'errors'\nabove = 1", "stop 1: metric='errors' is not measured; there are error_rate, ttft_p95_s"),
        ("metric = 'error_rate'", "stop 1: above is the bound"),
        ("probe = 'http://x'\nabove = 1", "stop 1: above is the bound"),
        ("probe = 'x'", "stop 1: 'x' is no address"),
        ("probe = 'http://['", "stop 1: 'http://\\[' is no address"),
        ("probe = 'http://me:hun/ter2@x'", "stop 1: an address that is looked at may hold no user name or password"),
        ("probe = 'http://me:hunter2@x'", "stop 1: an address that is looked at may hold no user name or password"),
        ("probe = 'http://x]'", "stop 1: 'http://x]' is no address"),
        ("prometheus = 'http://x'\nabove = 1", "stop 1: prometheus and query go together"),
        ("command = [1]", "stop 1: command wants a list of words"),
        ("metric = 'error_rate'\nabove = nan", "stop 1: above=nan is no bound"),
        ("metric = 'error_rate'\nabove = 1\nover_s = 0", "stop 1: over_s=0 is no stretch of time"),
        ("prob = 'http://x'", "stop 1: 'prob' is unknown; did you mean 'probe'"),
    ],
)
def test_a_condition_that_can_never_stop_anything_is_refused(lines: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        read_plan(f"[[stop]]\n{lines}")


def one_rule(line: str) -> str:
    return f'[[rule]]\nfault = "tcp.reset"\n\n[[rule]]\n{line}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed =", "the plan is no TOML: Invalid value"),
        ("seed = " + "[" * 5000, "the plan nests too deeply to be read"),
        ("seed = " + "9" * 5000, "the plan is no TOML: Exceeds the limit"),
        ("sed = 1", "the plan: 'sed' is unknown; did you mean 'seed'"),
        ("zzz = 1", "the plan: 'zzz' is unknown; known are seed, ttl_s, rule, phase, stop"),
        ('seed = "7"', "the plan: seed='7' wants a whole number"),
        ("rule = 1", r"the plan: rule wants tables, each under \[\[rule\]\]"),
        ("rule = [1]", r"the plan: rule wants tables"),
        (one_rule("p = 0.5"), "rule 2: fault is missing"),
        (one_rule("fault = 1"), "rule 2: fault wants a spec such as"),
        (one_rule("fault = [1]"), "rule 2: fault wants a spec such as"),
        (one_rule('fault = "tcp.rest"'), "rule 2: fault: no fault is called 'tcp.rest'; did you mean tcp.reset"),
        (one_rule('fault = "tcp.reset(at=1)"'), "rule 2: fault: .*no parameter 'at'"),
        (one_rule('fault = "tcp.reset(at_byte=-1)"'), "rule 2: fault: tcp.reset: at_byte=-1 is impossible"),
        (one_rule('faults = "tcp.reset"'), "rule 2: 'faults' is unknown; did you mean 'fault'"),
        (one_rule('fault = "tcp.reset"\np = 2'), "rule 2: p=2 is no chance"),
        (one_rule('fault = "tcp.reset"\np = "often"'), "rule 2: p='often' wants a number"),
        (one_rule('fault = "tcp.reset"\ncount = 0'), "rule 2: count=0 never strikes"),
        (one_rule('fault = "tcp.reset"\nstop = 1'), "rule 2: stop=1 wants true or false"),
        (one_rule('fault = "tcp.reset"\nmatch = "ai"'), "rule 2: match='ai' wants a table"),
        (one_rule('fault = "tcp.reset"\nmatch = { nht = 1 }'), "rule 2: match: 'nht' is unknown; did you mean 'nth'"),
        (one_rule('fault = "tcp.reset"\nmatch = { nth = true }'), "rule 2: match: nth=True wants a whole number"),
        (one_rule('fault = "tcp.reset"\nmatch = { nth = 0 }'), "rule 2: match.nth=0 never matches"),
        (
            one_rule('fault = "tcp.reset"\nmatch = { surface = "ai.chta" }'),
            "rule 2: match.surface='ai.chta' matches",
        ),
        (one_rule('fault = "tcp.reset"\nmatch = { between = [1] }'), "rule 2: match: between wants two whole numbers"),
        (one_rule('fault = "tcp.reset"\nmatch = { between = [1, "2"] }'), "rule 2: match: between wants two whole"),
        (one_rule('fault = "tcp.reset"\nmatch = { header = { a = 1 } }'), "rule 2: match: header: a=1 wants text"),
        (one_rule('fault = "tcp.reset"\nmatch = { phase = "x" }'), "rule 2: match.phase='x' is unknown"),
        ("[[phase]]\nname = 1", "phase 1: name=1 wants text"),
        ("[[phase]]\nstart = 1", "phase 1: 'start' is unknown; did you mean 'start_s'"),
        ('[[phase]]\nname = "x"\nend_s = 0', "phase 1: phase 'x' from 0.0 to 0 seconds is empty"),
        ("[[phase]]\nlasts_s = 1\nend_s = 1", "phase 1: lasts_s and end_s both say when it is over"),
        ("[[phase]]\nlasts_s = 1\np = 1\np_to = 1", "phase 1: p is for a chance that stays"),
        ('[[phase]]\nname = "a"\n\n[[phase]]\nlasts_s = 1', "phase 2: the phase before it has no end"),
        ("[[phase]]\nlasts_s = 1\np = 2", "phase 1: phase '': p_from=2 is no share"),
        ("ttl_s = 0", "ttl_s=0 is no lifetime"),
    ],
)
def test_what_is_no_plan_is_told_with_rule_and_key(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        read_plan(text)
