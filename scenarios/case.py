"""A conformance case as data: what is asked, what goes wrong upstream, and what must be seen besides the invariants.

The one rule: a case holds no code and knows no target. Times that depend on the target (its cache's life, its
breaker's rest) are named, and the driver fills them in from what the target claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from fault_injection.client import PLAIN_MANNER, Manner
from fault_injection.fault import ClientFault, Fault
from scenarios.deed import Deed
from scenarios.prompt import PLAIN, Prompt

Level: TypeAlias = Literal["must", "should", "observe"]
Pause: TypeAlias = Literal[
    "none", "cache-ttl", "breaker-open", "half-cache-ttl", "most-of-cache-ttl", "half-minute", "moment"
]
Start: TypeAlias = Literal["after", "with", "first-event"]
Identity: TypeAlias = Literal["a", "b", "colleague", "stranger", "nobody"]
"""Two callers whom a target may know, another user of the tenant of `a`, one with a token that nobody was given, and
one without any credentials."""
Act: TypeAlias = Literal["ask", "history", "clear", "listen", "ping", "leave", "usage"]
"""What is done in a conversation: ask; read what was said; have it forgotten; connect and hear; ping; say goodbye. In
none: ask what was counted of one's usage."""
Spelling: TypeAlias = Literal["plain", "long", "path", "letters", "small", "capitals"]
"""How a conversation is called: by a UUID, as most are; by a thousand letters; as a path that leads elsewhere; in other
alphabets; by a word in small letters, or the same one in capitals."""
Model: TypeAlias = Literal["main", "second", "fallback"]
Message: TypeAlias = tuple[str, str] | Mapping[str, Any]
"""A message of a conversation: its role and its text, or the whole of it where it has more to it."""


class InvalidCaseError(ValueError):
    """A case contradicts itself; the message names the case and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a case, or several of a kind.

    Steps with the same `question` share one nonce, and so one prompt and one answer. `start` says when: `after` the
    steps before it have ended, `with` the one before it, or at the `first-event` of the one before it. `pause` comes
    first. `times` asks one after the other, `together` that many at once. `turns` are earlier messages of the
    conversation, `parts` go with the question behind its text; `unique` gives every repetition a question of its own.
    """

    label: str = "ask"
    question: str = "q"
    prompt: Prompt = PLAIN
    stream: bool = True
    identity: Identity = "a"
    model: Model = "main"
    params: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[Message, ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    faults: tuple[ClientFault, ...] = ()
    manner: Manner = PLAIN_MANNER
    """How it is put in HTTP."""
    start: Start = "after"
    pause: Pause = "none"
    times: int = 1
    together: int = 1
    unique: bool = False
    all_but: int = -1
    """Where it is 0 or more: ask as many at once as the claimed rate limit allows in a minute, less so many."""
    restart: bool = False
    """Start the target afresh before this step; its memory is gone, its Workers KV is not."""
    talk: str = ""
    """The conversation that it belongs to; steps with the same one, spelled alike, are in one. Empty: in none."""
    spelling: Spelling = "plain"
    act: Act = "ask"
    socket: str = ""
    """The WebSocket that is used, opened by the first step that names it; empty: HTTP."""
    deed: Deed | None = None
    """What it does at a chat service; None: it is a request of `[chat]`, or an act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """What goes wrong upstream, and in which exchanges. `first`, `nth`, `after` and `every` count per rule, from 1.

    With a `question`, only exchanges that carry its nonce; without, all of the surface (the case then runs alone).
    """

    faults: tuple[Fault, ...]
    surface: str = "ai.*"
    question: str | None = "q"
    model: Model | None = None
    first: int | None = None
    nth: int | None = None
    after: int | None = None
    every: int | None = None
    must_strike: bool = True
    """Whether the case says nothing unless this struck at least once."""


Seen: TypeAlias = Literal["answered", "failed", "refused", "served-or-declined", "asked-upstream", "not-asked-upstream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must be seen of one step, over and above the invariants; a breach is a finding of `invariant`.

    `answered`: a whole, successful answer. `failed`: no success is claimed. `refused`: a clean 4xx.
    `served-or-declined`: one of the two. `asked-upstream` and `not-asked-upstream`: whether a call for it reached the
    mock, of `model` when one is named.
    """

    step: str
    seen: Seen
    invariant: str
    model: Model | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One named situation with its promise.

    `needs` are capabilities a target must claim, dotted as in the target file, or `restart` (the harness started it),
    `second-model`, `worker` (a Cloudflare Worker, with bindings and a known limit of memory), or `retry.statuses.503`
    (the target retries that status); a case whose needs are not met is not applicable. `focus` are the invariants it is
    about. `level` is what its expectations weigh; a breach of an invariant weighs the same in every case. `alone` keeps
    every other case off its target.
    """

    id: str
    promise: str
    reference: str
    focus: tuple[str, ...]
    level: Level = "must"
    needs: tuple[str, ...] = ()
    steps: tuple[Step, ...] = (Step(),)
    upstream: tuple[Upstream, ...] = ()
    expect: tuple[Expect, ...] = ()
    alone: bool = False
    fresh: bool = False
    """Start the target afresh before the case."""
    dialect: str = ""
    """The further dialect of its target in which it is asked; empty: the first one."""
    tells_additions: bool = False
    """Tell what the target adds to requests, which every other case would tell again."""

    def __post_init__(self) -> None:
        """Refuse a case that contradicts itself.

        Raises:
            InvalidCaseError: naming the case and the field.
        """
        labels = [step.label for step in self.steps]
        questions = {step.question for step in self.steps}
        if len(set(labels)) != len(labels):
            raise InvalidCaseError(f"{self.id}: steps: labels must differ, not {labels}")
        for item in self.expect:
            if item.step not in labels:
                raise InvalidCaseError(f"{self.id}: expect: no step is labelled {item.step!r}; there are {labels}")
        for rule in self.upstream:
            if rule.question is not None and rule.question not in questions:
                raise InvalidCaseError(f"{self.id}: upstream: no step asks {rule.question!r}")
        if not self.steps or self.steps[0].start != "after":
            raise InvalidCaseError(f"{self.id}: steps: the first one has nothing to start with")
        if not self.focus:
            raise InvalidCaseError(f"{self.id}: focus: a case is about at least one invariant")

    @property
    def family(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def watches_heap(self) -> bool:
        """Whether the case is about what a Worker's heap holds, which is looked at only then: looking takes time."""
        return "memory-bounded" in self.focus

    @property
    def disturbs(self) -> bool:
        """Whether the case may leave the target changed (an open breaker, a full cache) and so wants it to itself."""
        again = any(step.restart or (step.deed is not None and step.deed.do == "kill") for step in self.steps)
        return self.alone or self.fresh or bool(self.upstream) or again
