"""Defects of a chat service in what it keeps apart, and in what it counts.

The one rule: each is a check that somebody forgot in one place and has in all others.
"""

from __future__ import annotations

from scenarios.mutants.mutant import Mutant


def _of(name: str, defect: str, case: str, seam: str, invariant: str = "tenant-isolated") -> Mutant:
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
        "list-of-the-whole-tenant",
        "The list of conversations is chosen by tenant and not by user.",
        "tenants.list",
        "storage.conversations:own",
    ),
    _of(
        "anybodys-conversation-is-read",
        "A conversation is read by its id alone.",
        "tenants.read",
        "routes.conversations:ConversationRoutes.read",
    ),
    _of(
        "search-of-all-tenants",
        "A search looks into the conversations of every tenant.",
        "tenants.search",
        "storage.conversations:search",
    ),
    _of(
        "export-for-anybody",
        "An export asks for nothing but a conversation's id.",
        "tenants.export",
        "routes.conversations:ConversationRoutes.export",
    ),
    _of(
        "change-by-anybody",
        "Whoever is known may rename any conversation.",
        "tenants.rename",
        "routes.conversations:ConversationRoutes.change",
    ),
    _of(
        "archive-by-anybody",
        "Whoever is known may put any conversation away.",
        "tenants.delete",
        "routes.conversations:ConversationRoutes.archive",
    ),
    _of(
        "anybodys-agent",
        "An agent is found by its id alone.",
        "tenants.agents",
        "storage.agents:one",
    ),
    _of(
        "unknown-token-is-the-first-users",
        "A token that nobody was given is taken for the first user's.",
        "tenants.unknown-token",
        "storage.accounts:identify",
    ),
    _of(
        "changed-key-breaks-its-streams",
        "A key that is changed ends every answer of its user that is being made.",
        "chat.key-changed-in-mid-stream",
        "routes.door:Door.known",
        "chat-served",
    ),
    _of(
        "agent-without-its-prompt",
        "An agent chooses the model, and its prompt is not sent.",
        "agents.prompt-reaches-the-model",
        "turns:_prompt",
        "agent-applied",
    ),
    _of(
        "agent-keeps-its-first-prompt",
        "A change of an agent leaves its prompt as it was.",
        "agents.changed-prompt",
        "storage.agents:change",
        "agent-applied",
    ),
    _of(
        "usage-counted-twice",
        "The tokens of an answer are counted when it comes and once more when it is kept.",
        "usage.of-a-turn",
        "answer:Answer.outcome",
        "usage-counted",
    ),
    _of(
        "cut-answers-count-nothing",
        "An answer that breaks off counts no tokens.",
        "usage.of-a-cut-answer",
        "answer:Answer.outcome",
        "usage-counted",
    ),
    _of(
        "usage-of-everybody",
        "A user's usage is that of all users of all tenants.",
        "usage.of-another-user",
        "storage.usage:_of",
        "usage-counted",
    ),
)
