"""Whether what a case expects of a request came about, and what a client saw of it, in words."""

from __future__ import annotations

from harness.core.judging.ruled_out import is_declined
from harness.core.judging.view import AskView
from reports.overview import amount
from scenarios.case import Expect, Model


def disappointment(expect: Expect, ask: AskView, models: dict[Model, str]) -> str | None:
    """Say what one request did not bring that its case expects of it; None where it came."""
    calls = [call for call in ask.own if expect.model is None or call.exchange.model == models[expect.model]]
    tail = f"; {expect.because}" if expect.because else ""
    got = describe(ask)
    match expect.seen:
        case "answered":
            return None if ask.succeeded else f"a whole answer was expected{tail}; {got}"
        case "failed":
            told = ask.succeeded and not ask.only_passed_on
            return f"no success was expected{tail}; {got}" if told else None
        case "refused":
            return None if is_declined(ask) else f"a clean 4xx was expected{tail}; {got}"
        case "served-or-declined":
            good = ask.succeeded or is_declined(ask)
            return None if good else f"a whole answer or a clean 4xx was expected{tail}; {got}"
        case "asked-upstream":
            which = f" for {models[expect.model]}" if expect.model else ""
            return None if calls else f"upstream should have been asked{which}{tail}; {got}"
    # What is left is not-asked-upstream.
    return f"upstream should have been left alone{tail}; it was asked {len(calls)} time(s)" if calls else None


def describe(ask: AskView) -> str:
    """Say in one line what a client saw of one exchange."""
    client, read = ask.client, ask.reading
    if client.status is None:
        return f"no answer, {client.end} after {client.end_s - client.started_s:.2f} s"
    words = [str(client.status), read.form if read.form != "nothing" else "without a body"]
    if read.form == "stream":
        words.append(f"with {amount(len(read.content_times_s), 'content event')}")
    if not read.is_empty:
        words.append(f"({amount(len(read.text), 'character')})")
    for index, finish in read.finishes.items():
        if finish:
            words.append(f"finish {finish}" if len(read.finishes) == 1 else f"finish[{index}] {finish}")
    if read.done:
        words.append(read.end_mark)
    if read.error is not None:
        words.append(f"error {read.error[:80]!r}")
    words.append(f"{client.end} after {client.end_s - client.started_s:.2f} s")
    return " ".join(words)
