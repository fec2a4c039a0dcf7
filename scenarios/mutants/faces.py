"""Defects in wording an answer in another API than chats: in Anthropic's Messages, and in OpenAI's Responses.

The one rule: each is caught by a case of streams as it is played in that dialect, and by no other.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        id="message-stops-at-a-break",
        defect="A message whose upstream broke off ends with message_stop, as a whole one does.",
        area="endings",
        invariant="no-laundering",
        cases=("endings.cut-between-events-by-reset@anthropic-messages",),
        seam="faces.messages_stream:MessageStream.fail",
    ),
    Mutant(
        id="response-completed-at-a-break",
        defect="A response whose upstream reported an error is completed.",
        area="errors",
        invariant="error-surfaced",
        cases=("endings.error-object-late@openai-responses",),
        seam="faces.responses_stream:ResponseStream.fail",
    ),
    Mutant(
        id="message-stops-twice",
        defect="The event message_stop is sent twice.",
        area="endings",
        invariant="one-terminal",
        cases=("streaming.plain@anthropic-messages",),
        seam="faces.messages_stream:MessageStream.end",
    ),
    Mutant(
        id="first-text-of-a-block-lost",
        defect="The first text of a block is taken to stand in the event that starts it, and is not sent.",
        area="content",
        invariant="no-loss",
        cases=("streaming.plain@anthropic-messages",),
        seam="faces.messages_stream:MessageStream._delta",
    ),
    Mutant(
        id="max-tokens-told-as-an-end",
        defect="A message that was cut at its bound of tokens says end_turn.",
        area="content",
        invariant="finish-true",
        cases=("streaming.finish-length@anthropic-messages",),
        seam="faces.messages_stream:stop_of",
    ),
    Mutant(
        id="blocks-left-open",
        defect="No block is stopped before the next one starts, or the message ends.",
        area="parser",
        invariant="valid-framing",
        cases=("streaming.plain@anthropic-messages",),
        seam="faces.messages_stream:MessageStream._stopped",
    ),
    Mutant(
        id="response-numbers-start-again",
        defect="The events of a response are numbered anew for each item.",
        area="parser",
        invariant="valid-framing",
        cases=("streaming.plain@openai-responses",),
        seam="faces.responses_stream:ResponseStream._event",
    ),
    Mutant(
        id="response-counts-no-tokens",
        defect="A streamed response says that it took no tokens.",
        area="content",
        invariant="usage-true",
        cases=("streaming.usage-when-asked@openai-responses",),
        seam="faces.responses_stream:_usage",
    ),
)
