"""Defects of a chat service in what it keeps, shows and lists.

The one rule: each leaves the service working for whoever tries it by hand.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant


def _of(name: str, defect: str, invariant: str, case: str, seam: str) -> Mutant:
    return Mutant(
        id=name,
        defect=defect,
        area="chat service",
        invariant=invariant,
        cases=(case,),
        seam=f"chat.{seam}",
        target="reference-chat",
    )


MUTANTS: tuple[Mutant, ...] = (
    _of(
        "half-an-answer-as-a-whole-one",
        "Whatever there is of an answer is kept as complete when it breaks off.",
        "message-kept",
        "chat.upstream-cut",
        "answer:Answer.outcome",
    ),
    _of(
        "question-kept-with-its-answer-alone",
        "A question is kept only once its answer is whole.",
        "message-kept",
        "chat.upstream-cut",
        "storage.turns:settle",
    ),
    _of(
        "swept-away-at-the-start",
        "A service that starts removes the turns that were never settled, questions included.",
        "message-kept",
        "chat.killed-in-mid-stream",
        "storage.turns:sweep",
    ),
    _of(
        "model-told-the-questions-alone",
        "The model is told what the user said before, and not what was answered.",
        "message-kept",
        "chat.second-turn",
        "storage.branches:context",
    ),
    _of(
        "answer-cut-to-its-column",
        "An answer is kept up to 4000 characters.",
        "message-kept",
        "chat.long-answer",
        "answer:storable",
    ),
    _of(
        "cut-answer-told-as-finished",
        "The client is told that the answer is finished when the model's breaks off.",
        "chat-served",
        "chat.upstream-cut",
        "routes.events:EventStream.fail",
    ),
    _of(
        "page-skips-one",
        "Every page of the list of conversations but the first begins one too late.",
        "pages-true",
        "chat.list-in-pages",
        "storage.conversations:listed",
    ),
    _of(
        "page-begins-with-the-last-one",
        "Every page of messages but the first begins with the last message of the page before.",
        "pages-true",
        "chat.messages-in-pages",
        "storage.conversations:messages",
    ),
    _of(
        "oldest-come-first",
        "Lists by time are turned round.",
        "pages-true",
        "chat.list-newest-first",
        "storage.conversations:by_time",
    ),
    _of(
        "archived-still-listed",
        "The list of conversations holds those that were put away.",
        "conversation-shown",
        "chat.archived",
        "storage.conversations:listed",
    ),
    _of(
        "deleted-still-found",
        "A search looks into conversations that were put away.",
        "conversation-shown",
        "chat.search-after-a-delete",
        "storage.conversations:search",
    ),
    _of(
        "title-of-the-latest-message",
        "Each new message becomes the title of its conversation.",
        "conversation-shown",
        "chat.title-outlives-the-next-turn",
        "storage.turns:_conversation",
    ),
    _of(
        "export-of-the-questions-alone",
        "An export leaves the answers out.",
        "conversation-shown",
        "chat.export",
        "exports.exporting:export",
    ),
    _of(
        "branch-overwrites-its-sibling",
        "An answer that is made again takes the row of the former one.",
        "branch-true",
        "branches.both-are-kept",
        "storage.turns:begin",
    ),
    _of(
        "both-answers-told-to-the-model",
        "The model is told every answer that was ever made, whichever branch it stands on.",
        "branch-true",
        "branches.goes-on-from-the-new-one",
        "storage.branches:context",
    ),
    _of(
        "broken-answer-takes-the-place",
        "An answer that is made again takes the former one's place although it breaks off.",
        "branch-true",
        "branches.made-again-in-vain",
        "storage.turns:settle",
    ),
)
