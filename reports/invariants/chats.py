"""What a chat service owes its users."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

_OWASP = "OWASP API Security Top 10: API1, broken object level authorization"

FAMILY = Family(
    name="chats",
    title="Chat services",
    about="A chat service gives conversations their ids and keeps them, for users of tenants. What it shows is "
    "compared with what its clients sent and received, and with what upstream was asked.",
    guides=(
        Guide(
            id="chat-served",
            level=Level.MUST,
            promise="Each request of a conversation's owner is done, and each answer ends for the client as it did "
            "upstream.",
            why="A client that gets an end mark shows half an answer as the whole of it. One that gets no end at "
            "all waits.",
            sources=("edgeproof's own rule: chat-served",),
            right="Report a failure as an event, or end the connection without the end of its framing. Refuse to "
            "continue a conversation that was archived or deleted.",
            mend="Send the end only after upstream's own end mark. Give up on a silent model after a time of your own.",
        ),
        Guide(
            id="message-kept",
            level=Level.MUST,
            promise="A question is stored once its answer has begun, an answer once the client got its end, and half "
            "an "
            "answer is never shown as a whole one.",
            why="Users lose what they wrote when a model fails. Half an answer that looks whole is quoted, and goes to "
            "the model in every later turn.",
            sources=("AI SDK docs: chatbot message persistence", "edgeproof's own rule: message-kept"),
            right="Leave half an answer out, or keep it with any mark: a status, a flag, no finish reason. Send the "
            "model only the latest turns.",
            mend="Save the question before the model is asked, and the answer before its end is sent, each in a "
            "transaction that is on disk. Mark an answer as unfinished until then, so that a process that dies leaves "
            "no other.",
        ),
        Guide(
            id="conversation-shown",
            level=Level.MUST,
            promise="A conversation is in lists, searches and exports under its title as long as it exists, and in "
            "none once it was deleted.",
            why="A conversation that cannot be found is lost to its user. One that still turns up was not deleted.",
            sources=("edgeproof's own rule: conversation-shown",),
            right="Find archived conversations, as long as the list leaves them out. Answer 404 for deleted ones, or "
            "still show them to whoever knows the id.",
            mend="Keep the condition for what exists in one place that list, search and export share. Make a title "
            "only once.",
        ),
        Guide(
            id="pages-true",
            level=Level.MUST,
            promise="The pages of a list hold each entry once, in the order that is claimed, and as many as were asked "
            "for.",
            why="A client that reads page by page never sees what a page skips, and shows twice what two pages hold.",
            sources=("edgeproof's own rule: pages-true",),
            right="Give fewer entries than asked for only at the end. Count the total or leave it out.",
            mend="Order by time and then by id, so that entries of one moment have an order. Let the offset count "
            "entries, not pages.",
        ),
        Guide(
            id="tenant-isolated",
            level=Level.MUST,
            promise="Whatever another identity asks for, what is not its own is answered as if it did not exist.",
            why="One missing check shows everybody's conversations to whoever guesses an id. "
            "A 403 reveals that something exists.",
            sources=(_OWASP, "RFC 9110 §15.5.4, §15.5.5"),
            right="Take a question that names an unknown conversation as the first of a new one. Let a colleague read "
            "what its owner has shared, and nobody but its owner change it.",
            mend="Put the tenant and the user into every query. Answer what is not theirs with the same 404 as what "
            "never existed.",
        ),
        Guide(
            id="agent-applied",
            level=Level.MUST,
            promise="An agent's prompt and model reach upstream as they were last set, with each question that names "
            "it, until it is removed.",
            why="An agent without its prompt is another assistant, and the form of its answers does not show it.",
            sources=("edgeproof's own rule: agent-applied",),
            right="Put words of your own beside the prompt. Decline a question to an agent that was removed, or answer "
            "it without the agent.",
            mend="Read the agent with each question, by its id and its tenant. Send its prompt as the first message.",
        ),
        Guide(
            id="usage-counted",
            level=Level.MUST,
            promise="Usage grows by what upstream has counted for a caller's answers, once, and by an estimate for "
            "answers that broke off.",
            why="Limits and bills depend on it. A caller who always leaves before the end would never reach a limit.",
            sources=("edgeproof's own rule: usage-counted",),
            right="Estimate what upstream has not counted. Count an answer a moment after its end.",
            mend="Store the counts with the message, in the transaction that completes it, and add them up over the "
            "messages. Ask "
            "for usage in streams.",
        ),
        Guide(
            id="branch-true",
            level=Level.MUST,
            promise="An answer that was made again is shown in the former one's place once it is whole, and the "
            "conversation goes on from it.",
            why="Two answers to one question confuse reader and model. If the former answer is dropped for a new one "
            "that breaks off, nothing is left.",
            sources=("AI SDK docs: useChat, regenerate", "edgeproof's own rule: branch-true"),
            right="Keep the former answer as a branch, or forget it. Which of the two is for the target file to say.",
            mend="Store the parent of each message, and which leaf is shown. Move that leaf when the new answer is "
            "whole.",
        ),
        Guide(
            id="resumed-true",
            level=Level.MUST,
            promise="A client that lost its connection reads on without a gap, without a repetition, and to the same "
            "end.",
            why="A token that comes twice or not at all changes what was said, and no client can notice.",
            sources=("WHATWG HTML §9.2.4 (Last-Event-ID)", "AI SDK docs: chatbot resume streams"),
            right="Send the answer again from its start, or from after the event that the client names; claim which. "
            "Answer 204 or 404 once it is over.",
            mend="Number the events as they are made, keep them until the answer is over, and begin after the number "
            "that `Last-Event-ID` names.",
        ),
    ),
)
