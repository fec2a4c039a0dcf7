"""Plans that everybody needs sooner or later, by name.

The one rule: a preset is a plan's text as anybody could have written it, so that it can be printed, changed and kept.
Each has a healthy start, a recovery at its end and a lifetime, and asks for nothing that only a mock can do.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from fault_injection.plan import Plan, PlanError
from fault_injection.plan_file import read_plan

_BROWNOUT: Final = """\
# Upstream fails more and more often, then wholly for a while, and comes back.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "brownout"
lasts_s = 20
p_from = 0.0
p_to = 0.5

[[phase]]
name = "outage"
lasts_s = 5

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "overloaded"
match = { surface = "ai.*", phase = "brownout" }
fault = "http.status(code=503)"

[[rule]]
name = "gone"
match = { surface = "ai.*", phase = "outage" }
fault = "http.status(code=500)"
"""

_FLAKY_NETWORK: Final = """\
# Connections are late, slow, cut into small pieces, and reset now and then.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "flaky"
lasts_s = 25

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "late"
match = { phase = "flaky" }
fault = "tcp.latency(delay_s=0.1, jitter_s=0.4)"
p = 0.5

[[rule]]
name = "pieces"
match = { phase = "flaky" }
fault = "tcp.slice(size_bytes=60, jitter_bytes=200)"
p = 0.5

[[rule]]
name = "reset"
match = { surface = "ai.*", phase = "flaky" }
fault = "tcp.reset(at_byte=400)"
p = 0.1
"""

_KV_ROT: Final = """\
# What Workers KV holds comes back spoiled, cut, empty, or not at all.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "rot"
lasts_s = 25

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "spoiled"
match = { surface = "kv.get", phase = "rot" }
fault = "kv.corrupt_bits(count=3)"
p = 0.3

[[rule]]
name = "cut"
match = { surface = "kv.get", phase = "rot" }
fault = "kv.truncated"
p = 0.3

[[rule]]
name = "limited"
match = { surface = "kv.*", phase = "rot" }
fault = "kv.rate_limited"
p = 0.3

[[rule]]
name = "slow"
match = { surface = "kv.*", phase = "rot" }
fault = "kv.slow(delay_s=0.5)"
p = 0.3
"""

_CAPACITY_CRUNCH: Final = """\
# The model is out of capacity: Cloudflare's 429 with its code 3040, for more and more requests.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "crunch"
lasts_s = 25
p_from = 0.1
p_to = 0.9

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "no-capacity"
match = { surface = "ai.*", phase = "crunch" }
fault = "http.status(code=429, ai_code=3040)"
"""

_LATE_FIRST: Final = """\
# The head comes at once and the first token late.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "slow"
lasts_s = 25

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "late-token"
match = { surface = "ai.*", phase = "slow" }
fault = "sse.ttft(delay_s=1.5)"
p = 0.5
"""

_MID_STREAM_CUTS: Final = """\
# Streams end early: politely, with a reset, inside an event, or without their end mark.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "cuts"
lasts_s = 25

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "closed"
match = { surface = "ai.*", phase = "cuts" }
fault = "sse.truncate(after=4)"
p = 0.2
stop = true

[[rule]]
name = "reset"
match = { surface = "ai.*", phase = "cuts" }
fault = "sse.truncate(after=3, at=mid-event, end=reset)"
p = 0.2
stop = true

[[rule]]
name = "no-mark"
match = { surface = "ai.*", phase = "cuts" }
fault = "sse.no_done"
p = 0.2
"""

_BAD_JSON_DAY: Final = """\
# Events and bodies hold JSON that cannot be read, or of other types than agreed.
ttl_s = 60

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "bad-json"
lasts_s = 25

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "events"
match = { surface = "ai.*", phase = "bad-json" }
fault = "sse.malformed_json(at=2)"
p = 0.3

[[rule]]
name = "cut-bodies"
match = { surface = "ai.*", phase = "bad-json" }
fault = "payload.truncated_json"
p = 0.3

[[rule]]
name = "numbers"
match = { surface = "ai.*", phase = "bad-json" }
fault = "payload.numeric_content"
p = 0.2
"""

_CLOUDFLARE_INCIDENT: Final = """\
# An incident at the edge: pages instead of answers, 52x errors, then errors inside streams, then slow ones.
ttl_s = 75

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "edge-errors"
lasts_s = 15

[[phase]]
name = "in-stream-errors"
lasts_s = 15

[[phase]]
name = "slow"
lasts_s = 10

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "page"
match = { surface = "ai.*", phase = "edge-errors" }
fault = "http.html_with_200"
p = 0.2
stop = true

[[rule]]
name = "edge"
match = { phase = "edge-errors" }
fault = "http.status(code=522)"
p = 0.4

[[rule]]
name = "in-stream"
match = { surface = "ai.*", phase = "in-stream-errors" }
fault = "sse.inband_error(after=2)"
p = 0.4

[[rule]]
name = "slow-stream"
match = { surface = "ai.*", phase = "slow" }
fault = "sse.trickle(wait_s=0.2)"
p = 0.5
"""

_DEPLOY: Final = """\
# Upstream is deployed anew: its connections close behind an answer, some break, and for a moment it says 503.
ttl_s = 45

[[phase]]
name = "healthy"
lasts_s = 10

[[phase]]
name = "draining"
lasts_s = 8

[[phase]]
name = "restart"
lasts_s = 4

[[phase]]
name = "recovery"
lasts_s = 10

[[rule]]
name = "drained"
match = { phase = "draining" }
fault = "http.announced_close"
p = 0.8

[[rule]]
name = "broken"
match = { surface = "ai.*", phase = "draining" }
fault = "sse.truncate(after=3, end=reset)"
p = 0.1

[[rule]]
name = "not-ready"
match = { phase = "restart" }
fault = "http.status(code=503, retry_after=1)"
"""

PRESETS: Final[dict[str, str]] = {
    "brownout": _BROWNOUT,
    "flaky-network": _FLAKY_NETWORK,
    "kv-rot": _KV_ROT,
    "capacity-crunch": _CAPACITY_CRUNCH,
    "slow-first-token": _LATE_FIRST,
    "mid-stream-cuts": _MID_STREAM_CUTS,
    "bad-json-day": _BAD_JSON_DAY,
    "cloudflare-incident": _CLOUDFLARE_INCIDENT,
    "deploy": _DEPLOY,
}
"""The text of every preset by its name; its first line says in a comment what happens."""


def preset(name: str) -> Plan:
    """Return the plan of that name.

    Raises:
        PlanError: with the nearest names in its message.
    """
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, n=2, cutoff=0.75)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(PRESETS)}"
        raise PlanError(f"no preset is called {name!r}; {hint}")
    return read_plan(PRESETS[name])


def about(name: str) -> str:
    """Return what happens in a preset, in one sentence."""
    return PRESETS[name].partition("\n")[0].removeprefix("# ")
