"""The catalogue of faults as Markdown, made from the faults themselves.

The one rule: nothing is said here that a fault's own docstring, law and parameters do not say; only what is *not* a
fault, and why, is written by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from fault_injection import marks
from fault_injection.fault import ClientFault, Fault, KvFault, Law, Parameter, ReplyFault, WireFault
from fault_injection.registry import ALL, families

START = "<!-- catalogue: made by `python -m fault_injection`; do not edit by hand -->"
END = "<!-- end of the catalogue -->"

_TITLES = {
    "tcp": "the connection",
    "http": "status, headers, framing, encoding",
    "sse": "the event stream",
    "chat": "the same answer in another form, in a stream and in JSON",
    "payload": "the body of an answer that is no stream",
    "kv": "Workers KV",
    "client": "the client",
}

_KINDS: dict[type, str] = {
    ReplyFault: "the reply",
    WireFault: "the wire script",
    KvFault: "the store's answer",
    ClientFault: "the client's moves",
}

LEFT_OUT: tuple[tuple[str, str], ...] = (
    (
        "tcp: refuse, accept and hang, slow accept, port down, connection limit",
        "they strike before there is an exchange to fault; a client sees the like of `tcp.blackhole` or `tcp.reset`",
    ),
    ("tcp: half-close", "a server that has sent its FIN has ended its answer; `tcp.fin_early` is what a client sees"),
    ("tls, dns", "the upstream is a loopback address without a certificate and without a name"),
    ("http: HTTP/2 GOAWAY, RST_STREAM", "the mock speaks HTTP/1.1"),
    (
        "http: outage, brownout, burst, quota",
        "they are a plan, not a fault: `first`, `after`, `every`, `between`, phases and `p` over `http.status`",
    ),
    ("http: slow header, chunk size split", "`tcp.slice` and `tcp.slow_drip` cut heads and chunk sizes like all else"),
    ("sse: stall forever", "every silence ends, so that every run does"),
    ("sse: expired resume", "Workers AI offers no resumption for its own models"),
    ("payload: leaked harmony text", "it is text to whoever passes it on, and upstream's own mistake"),
    ("ws", "the upstream has no WebSocket; the target's own belongs to the client's side"),
    ("clock", "the clocks of a target are its own; lifetimes are tested from outside, with short ones"),
    ("process", "the target's process is the business of the leak and chaos suites"),
    (
        "kv: cross-tenant, key collision, poison, stampede",
        "defects of a target, not of a store: cases look for them, and no fault is needed",
    ),
    (
        "client: half-close, pipelining, retry storm, repeated idempotency key",
        "sequences of requests, which cases write",
    ),
)
"""What one might look for in vain, and why."""


def titles() -> dict[str, str]:
    """Return what each family is about, in a few words."""
    return dict(_TITLES)


def catalogue() -> str:
    """Return the catalogue as Markdown, from its start mark to its end mark."""
    lines = [START, "", *_laws()]
    for family, faults in families().items():
        lines += ["", f"### `{family}`: {_TITLES[family]}", ""]
        lines += ["| fault | what happens | parameters | law | rewrites |", "|---|---|---|---|---|"]
        lines += [_row(fault) for fault in faults]
    lines += ["", "### Before it strikes", "", *_tells()]
    lines += ["", "### Passed by", "", *_needs()]
    lines += ["", "### Left out", "", "| what | why |", "|---|---|"]
    lines += [f"| {what} | {why} |" for what, why in LEFT_OUT]
    return "\n".join([*lines, "", END])


def renewed(readme: str) -> str:
    """Return a README with the catalogue between its marks made anew.

    Raises:
        ValueError: the README lacks a mark.
    """
    return marks.renewed(readme, catalogue())


def _laws() -> Iterator[str]:
    texts = {
        Law.SAME_BYTES: "every byte arrives; timing, grouping, or what stands around the bytes differs",
        Law.SAME_MEANING: "other bytes, which a correct reader understands as the very same answer",
        Law.PREFIX: "the bytes up to some place arrive, and none behind it",
        Law.OTHER_BYTES: "no promise",
    }
    yield "A law says what becomes of the bytes (of the body, the script, the stored value, the request):"
    yield ""
    yield from (f"- **{law}**: {text}" for law, text in texts.items())


def _tells() -> Iterator[str]:
    yield "Until a fault strikes, every byte, silence and piece is what a healthy upstream would have sent, the head"
    yield "included: no `connection: close` and no smaller chunk announces a cut. These faults are about the head of"
    yield "an answer, or its first moment, and show there:"
    yield ""
    yield "| what shows | faults |"
    yield "|---|---|"
    yield from _grouped({fault: (fault.tell,) for fault in ALL.values() if fault.tell})


def _needs() -> Iterator[str]:
    yield "What the request's version, its method or the answer forbids is not done. The journal lists such a fault"
    yield "under `bypassed`, with the reason under `bypassed_because`. A case is inconclusive when its fault never"
    yield "struck, and not applicable when the target's own requests rule the fault out, as HTTP/1.0 does chunks."
    yield ""
    yield "| why | faults |"
    yield "|---|---|"
    yield from _grouped({fault: fault.needs for fault in ALL.values() if fault.needs})


def _grouped(faults: Mapping[type[Fault], Iterable[str]]) -> Iterator[str]:
    reasons = dict.fromkeys(reason for named in faults.values() for reason in named)
    for reason in reasons:
        members = {fault for fault, named in faults.items() if reason in named}
        words: list[str] = []
        for family, all_of_it in families().items():
            whole = members.issuperset(all_of_it)
            words += [f"all of `{family}`"] if whole else [f"`{fault.id}`" for fault in all_of_it if fault in members]
        yield f"| {reason} | {', '.join(words)} |"


def _row(fault: type[Fault]) -> str:
    kind = next(name for base, name in _KINDS.items() if issubclass(fault, base))
    parameters = "<br>".join(map(_parameter, fault.parameters())) or "none"
    return f"| `{fault.id}` | {_cell(fault.summary())} | {parameters} | {fault.law} | {kind} |"


def _parameter(item: Parameter) -> str:
    bounds = ""
    if item.choices:
        bounds = f"; one of {', '.join(item.choices)}"
    elif item.low is not None and item.high is not None:
        bounds = f"; {_number(item.low)} to {_number(item.high)}{' ' * bool(item.unit)}{item.unit}"
    return f"`{item.name}={_value(item.default)}` {_cell(item.doc)}{bounds}"


def _value(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _number(value: float) -> str:
    return f"{value:,.10g}".replace(",", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
