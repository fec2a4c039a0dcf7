"""What a step does at a chat service, as data: a service of tenants and users that keeps their conversations.

The one rule: a deed names things as its case does (`talk`, `agent`, the label of a step). Which path that is, and which
id the service gave the thing, is for whoever plays it to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Doing: TypeAlias = Literal[
    "ask",
    "regenerate",
    "resume",
    "read",
    "list",
    "rename",
    "archive",
    "delete",
    "share",
    "search",
    "export",
    "add-agent",
    "list-agents",
    "read-agent",
    "change-agent",
    "remove-agent",
    "usage",
    "add-key",
    "rotate-key",
    "kill",
]
"""`ask` goes on with the step's conversation, or begins it; `kill` ends the target with SIGKILL and starts it again;
the others are what their names say, of the step's conversation or agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One request to a chat service. What is put or looked for follows from the step's question: a title or a prompt
    holds its mark, a search looks for it."""

    do: Doing
    agent: str = ""
    """The agent that is meant or that is to answer, by the case's name for it."""
    key: str = ""
    """The key that is meant, or whose token is brought in place of the caller's own, by the case's name for it."""
    limit: int = 50
    offset: int = 0
    every_branch: bool = False
    """Read all branches, not only the one that is shown."""
    form: str = "markdown"
    """The form of an export."""
    missing: bool = False
    """Name a thing that was never there, to see what is said of one."""


_WORDS: Final[Mapping[Doing, str]] = MappingProxyType(
    {
        "ask": "asks in",
        "regenerate": "has the answer made again",
        "resume": "reads the answer on",
        "read": "reads",
        "list": "lists the conversations",
        "rename": "renames",
        "archive": "puts away",
        "delete": "deletes",
        "share": "shares",
        "search": "searches for the question",
        "export": "exports",
        "add-agent": "makes",
        "list-agents": "lists the agents",
        "read-agent": "reads",
        "change-agent": "gives another prompt to",
        "remove-agent": "removes",
        "usage": "asks what was used",
        "add-key": "gets one more key",
        "rotate-key": "has a key changed",
        "kill": "the target is killed and started again",
    }
)


def in_words(deed: Deed, talk: str) -> str:
    """Return what a deed does, with the conversation or the agent that it is about."""
    about = f"agent {deed.agent!r}" if deed.agent else f"conversation {talk!r}" if talk else ""
    words = [_WORDS[deed.do], "what never was" if deed.missing else about]
    words += [f"{deed.key!r}"] if deed.key else []
    words += ["with every branch"] if deed.every_branch else []
    words += [f"{deed.limit} entries behind the first {deed.offset}"] if deed.limit < Deed(do="read").limit else []
    words += [f"as {deed.form}"] if deed.do == "export" else []
    return " ".join(filter(None, words))
