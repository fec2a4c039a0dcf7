"""Workers AI's own dialect, as classic models speak it on `/ai/run`.

The one rule: the bytes are those recorded from Cloudflare: `data: ` + compact JSON + a blank line, no event names, the
padding field `p`, usage in one last event before `[DONE]`, and a call of nulls that ends the calls of tools.
"""

from __future__ import annotations

import hashlib
import re
from random import Random

from fault_injection.reply import Event, Reply, event, stream_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai.chat import Choice, Exchange
from harness.mock_cloudflare.errors import success
from harness.mock_cloudflare.settings import Switches

PADDING = "abdefghijklmnoprstuvxyz1234567890"
LONGEST_PADDING = 48
ESCAPED_EVERY = 4
"""Every fourth event is escaped to ASCII: both forms are right, and a target must read either."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")


class Padding:
    """The lengths of `p`, drawn per answer. Cloudflare pads against guessing tokens by the sizes of packets."""

    def __init__(self, exchange_id: str) -> None:
        self._rng = Random(int.from_bytes(hashlib.sha256(exchange_id.encode()).digest(), "big"))

    def next(self) -> str:
        """Return the padding of the next event."""
        length = self._rng.randint(1, LONGEST_PADDING)
        return (PADDING * 2)[:length]


def reply(exchange: Exchange, switches: Switches) -> Reply:
    """Word an answer: a stream, or one object in the v4 envelope."""
    if exchange.stream:
        return stream_reply(_events(exchange, switches))
    choice = exchange.choices[0]
    result: dict[str, object] = {"response": None if choice.is_silent else choice.content}
    result["tool_calls"] = [{"name": call.name, "arguments": _object(call.arguments)} for call in choice.calls]
    if _names_finish(choice, switches):
        result["finish_reason"] = choice.finish
    result["usage"] = run_usage(exchange, switches)
    return success(result)


def run_usage(exchange: Exchange, switches: Switches) -> dict[str, object]:
    """Return usage as `/ai/run` counts it, neurons included where the switch says so."""
    usage = exchange.usage
    return {**usage, "neurons": exchange.prompt_tokens / 64} if switches.usage_neurons else usage


def usage_event(exchange: Exchange, switches: Switches) -> Event:
    """Build the last event before `[DONE]`: an empty response and the true usage."""
    return event(json_text.dump({"response": "", "usage": run_usage(exchange, switches)}))


def _events(exchange: Exchange, switches: Switches) -> tuple[Event, ...]:
    choice = exchange.choices[0]
    padding = Padding(exchange.id)
    first = json_text.dump({"response": "", "tool_calls": [], "p": padding.next()})
    events = [event(first, exchange.prompt.first_s)]
    for index, token in enumerate(choice.tokens):
        response = json_text.dump(_response(token, switches), ascii_only=index % ESCAPED_EVERY == ESCAPED_EVERY - 1)
        written = b'{"response":%b,"tool_calls":[],"p":"%b"}' % (response, padding.next().encode())
        events.append(event(written, exchange.wait_s(index)))
    events += _call_events(exchange, choice)
    if _names_finish(choice, switches):
        events.append(event(json_text.dump({"finish_reason": choice.finish})))
    return (*events, usage_event(exchange, switches), event("[DONE]"))


def _call_events(exchange: Exchange, choice: Choice) -> list[Event]:
    written: list[dict[str, object]] = []
    for index, call in enumerate(choice.calls):
        written.append({"id": call.id, "type": "function", "index": index, "function": {"name": call.name}})
        written += [{"index": index, "function": {"arguments": piece}} for piece in call.pieces]
        written.append({"id": None, "type": None, "index": index, "function": {"name": None, "arguments": ""}})
    return [event(json_text.dump({"tool_calls": [item]}), exchange.wait_s(at)) for at, item in enumerate(written)]


def _names_finish(choice: Choice, switches: Switches) -> bool:
    rule = switches.native_finish_reason
    return rule == "always" or (rule == "unless-stop" and choice.finish != "stop")


def _response(token: str, switches: Switches) -> str | int:
    return int(token) if switches.numeric_tokens and _NUMBER.fullmatch(token) else token


def _object(arguments: str) -> object:
    return json_text.load(arguments.encode())
