"""Cases as prose and as a table, made from the cases themselves.

The one rule: nothing is said here that a case's own data does not say, so that the words cannot drift from what is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from fault_injection import marks
from fault_injection.client import Manner
from fault_injection.fault import Fault
from scenarios.case import Act, Case, Expect, Spelling, Step, Upstream
from scenarios.deed import in_words
from scenarios.index import ALL, BY_ID, families
from scenarios.prompt import Prompt

START = "<!-- cases: made by `make docs`; do not edit by hand -->"
END = "<!-- end of the cases -->"

_TITLES = {
    "streaming": "answers as they are made",
    "endings": "streams that stop, and how they say so",
    "json": "answers that are no stream",
    "errors": "what an upstream's failure becomes",
    "retry": "asking again",
    "breaker": "the circuit breaker",
    "fallback": "the fallback model",
    "cache": "answers that are kept",
    "kv": "answers that are kept in Workers KV",
    "bucket": "answers that are kept in R2",
    "bindings": "what a Worker is bound to beside its model",
    "sessions": "conversations that a target remembers",
    "websocket": "conversations over a WebSocket",
    "chat": "a chat service: what it streams, keeps, lists and finds",
    "tenants": "a chat service: what belongs to somebody else",
    "agents": "a chat service: agents and their prompts",
    "usage": "a chat service: what answers took",
    "branches": "a chat service: answers that are made again",
    "resume": "a chat service: answers that are read on",
    "cancel": "clients that leave",
    "limits": "requests that must be declined",
    "requests": "requests that must arrive as they were meant",
    "concurrency": "several at once, and one after another",
    "connection": "several requests on one connection",
    "clients": "requests as real clients put them",
    "native": "Workers AI's own dialect",
    "billing": "what an answer is said to cost",
    "analytics": "what is counted of a caller's usage",
    "resources": "what a target holds on to",
}

_SEEN = {
    "answered": "gets a whole, successful answer",
    "failed": "does not get a success",
    "refused": "is declined with a clean 4xx",
    "served-or-declined": "gets a whole answer or a clean 4xx",
    "asked-upstream": "makes the target ask upstream",
    "not-asked-upstream": "is dealt with without asking upstream",
}
_PAUSES = {
    "none": "",
    "cache-ttl": "after the cache's life is over",
    "half-cache-ttl": "after half the cache's life",
    "most-of-cache-ttl": "after most of the cache's life, so that two such pauses are longer than it",
    "half-minute": "half a minute later",
    "moment": "a moment later",
    "breaker-open": "after the breaker's rest",
}
_ACTS: dict[Act, str] = {
    "history": "reads what was said",
    "clear": "has it forgotten what was said",
    "listen": "connects and hears what is said",
    "ping": "pings",
    "leave": "says goodbye",
    "usage": "asks what was counted",
}
_SPELLINGS: dict[Spelling, str] = {
    "long": ", named in a thousand characters",
    "path": ", named like a path",
    "letters": ", named in other alphabets",
    "small": ", named in small letters",
    "capitals": ", named in capitals",
}
_STARTS = {"after": "", "with": "at the same moment", "first-event": "once the one before has its first event"}
_LEVELS = {
    "must": "must: what it expects must be seen, or the run fails",
    "should": "should: when what it expects is not seen, that is reported and does not fail the run",
    "observe": "observe: it reports whether what it expects is seen",
}


def titles() -> dict[str, str]:
    """Return what each family is about, in a few words."""
    return dict(_TITLES)


def catalogue() -> str:
    """Return all cases as Markdown, from the start mark to the end mark."""
    lines = [START]
    for family, cases in families().items():
        lines += ["", f"### `{family}`: {_TITLES[family]} ({len(cases)})", ""]
        lines += ["| case | promise | level | about | needs | faults | reference |", "|---|---|---|---|---|---|---|"]
        lines += [_row(case) for case in cases]
    return "\n".join([*lines, "", END])


def renewed(readme: str) -> str:
    """Return a README with the cases between its marks made anew.

    Raises:
        ValueError: the README lacks a mark.
    """
    return marks.renewed(readme, catalogue())


def faults(case: Case) -> tuple[Fault, ...]:
    """Return every fault of a case, upstream's first, each once."""
    found: list[Fault] = [fault for rule in case.upstream for fault in rule.faults]
    found += [fault for step in case.steps for fault in step.faults]
    return tuple(dict.fromkeys(found))


def about(invariant: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of the cases that are about an invariant, and those of the faults they use."""
    cases = [case for case in ALL if invariant in (*case.focus, *(expect.invariant for expect in case.expect))]
    used = dict.fromkeys(fault.id for case in cases for fault in faults(case))
    return tuple(case.id for case in cases), tuple(used)


def example(invariant: str) -> str:
    """Return the id of a case that shows an invariant on most targets: it needs no claim, and is about that first."""
    return min(about(invariant)[0], key=lambda name: (len(BY_ID[name].needs), BY_ID[name].focus[:1] != (invariant,)))


def explain(case: Case) -> str:
    """Return the whole story of a case in plain words."""
    lines = [case.id, f"  {case.promise}", "", f"level: {_LEVELS[case.level]}"]
    lines += [f"reference: {case.reference}"]
    if case.needs:
        lines += [f"needs: a target that claims {', '.join(case.needs)}"]
    if case.dialect:
        lines += [f"dialect: {case.dialect}, at the door of the target that speaks it"]
    if case.alone or case.fresh:
        lines += ["setting: " + ("a target started afresh" if case.fresh else "a target that nothing else uses")]
    lines += ["", "what is asked:"]
    lines += [f"  {number}. {_step(step)}" for number, step in enumerate(case.steps, 1)]
    if case.upstream:
        lines += ["", "what goes wrong upstream:"]
        lines += [f"  - {text}" for rule in case.upstream for text in _rule(rule)]
    lines += ["", "what must be seen, besides every invariant:"]
    lines += [f"  - {_expectation(expect)}" for expect in case.expect] or ["  - nothing more"]
    return "\n".join([*lines, "", f"it is about: {', '.join(case.focus)}"])


def _row(case: Case) -> str:
    specs = "<br>".join(f"`{_cell(str(fault))}`" for fault in faults(case))
    needs = "<br>".join(f"`{need}`" for need in case.needs)
    about = "<br>".join(f"`{name}`" for name in case.focus)
    cells = (f"`{case.id}`", _cell(case.promise), case.level, about, needs, specs, _cell(case.reference))
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _step(step: Step) -> str:
    if step.act != "ask" or (step.deed is not None and step.deed.do != "ask"):
        did = f"{_ACTS[step.act]} {_where(step)}" if step.deed is None else in_words(step.deed, step.talk)
        words = [did, f"as client {step.identity}" if step.identity != "a" else ""]
        when = " and ".join(word for word in (_PAUSES[step.pause], _STARTS[step.start]) if word)
        return f"{step.label}: {' '.join(filter(None, words))}" + (f", {when}" if when else "")
    words = [_many(step), f"question {step.question!r}" + (", a new one each time," if step.unique else "")]
    words += [f"for {_answer(step.prompt)}", "as a stream" if step.stream else "as JSON"]
    words += [f"by client {step.identity}"] if step.identity != "a" else []
    words += [f"from the {step.model} model"] if step.model != "main" else []
    words += [f"with {name}={_brief(value)}" for name, value in step.params.items()]
    words += [f"behind {_number(len(step.turns), 'earlier message')}"] if step.turns else []
    words += [f"with the header {name}: {value}" for name, value in step.headers]
    words += [_where(step)] if step.talk else []
    words += [f"of agent {step.deed.agent!r}"] if step.deed is not None and step.deed.agent else []
    words += [f"put with {name}={value!r}" for name, value in _put(step.manner)]
    fresh = "after a fresh start of the target" if step.restart else ""
    when = " and ".join(word for word in (fresh, _PAUSES[step.pause], _STARTS[step.start]) if word)
    text = f"{step.label}: {' '.join(words)}" + (f", {when}" if when else "")
    return text + "".join(f"; meets {fault}: {_said(fault)}" for fault in step.faults)


def _where(step: Step) -> str:
    over = f" over WebSocket {step.socket!r}" if step.socket else ""
    return f"in conversation {step.talk!r}{_SPELLINGS.get(step.spelling, '')}{over}"


def _put(manner: Manner) -> Iterator[tuple[str, object]]:
    for item in fields(manner):
        value = getattr(manner, item.name)
        if value != item.default:
            yield item.name, value


def _many(step: Step) -> str:
    if step.all_but >= 0:
        return "asks as often at once as the rate limit allows" + (f", less {step.all_but}" if step.all_but else "")
    number = step.times * step.together
    if number == 1:
        return "asks"
    at_once = f"{step.together} at once" if step.together > 1 else "one after the other"
    return f"asks {number} times, {at_once},"


def _answer(prompt: Prompt) -> str:
    text = _number(prompt.tools, "tool call") if prompt.tools else _number(prompt.tokens, "token")
    text += f" behind {_number(prompt.lead, 'token')}" if prompt.tools and prompt.lead else ""
    text += f" of {prompt.token_bytes} bytes or more" if prompt.token_bytes else ""
    text += f" {prompt.pace_s:g} s apart" if prompt.pace_s else ""
    text += f", the first after {prompt.first_s:g} s," if prompt.first_s else ""
    text += f" that end with {prompt.finish!r}" if prompt.finish != "stop" else ""
    return text + (f" in the form {prompt.form.replace('+', ' + ')}" if prompt.form else "")


def _number(count: int, what: str) -> str:
    return f"{count} {what}" + "s" * (count != 1)


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _rule(rule: Upstream) -> Iterator[str]:
    where = "AI calls" if rule.surface == "ai.*" else f"calls of {rule.surface}"
    where += f" for question {rule.question!r}" if rule.question else ""
    where += f" to the {rule.model} model" if rule.model else ""
    counts = (
        ("first", rule.first, "the first {}"),
        ("nth", rule.nth, "number {} alone"),
        ("after", rule.after, "all but the first {}"),
        ("every", rule.every, "each {}. one"),
    )
    which = [text.format(value) for _, value, text in counts if value is not None]
    may = "" if rule.must_strike else "; a target may rightly avoid it"
    for fault in rule.faults:
        yield f"{where} ({', '.join(which) or 'every one'}) meet {fault}: {_said(fault)}{may}"


def _said(fault: Fault) -> str:
    text = fault.summary().rstrip(".")
    return text[:1].lower() + text[1:]


def _expectation(expect: Expect) -> str:
    model = f" ({expect.model} model)" if expect.model else ""
    because = f", for {expect.because}" if expect.because else ""
    return f"{expect.step} {_SEEN[expect.seen]}{model}{because} [{expect.invariant}]"
