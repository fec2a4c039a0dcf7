"""What is one user's exists for no other: every request that names it, lists, searches and exports it.

The one rule: whoever tries also asks for a thing that never was, and is answered alike.
"""

from __future__ import annotations

from scenarios.case import Case, Step
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_APART = "tenant-isolated"
_KEPT = "message-kept"
_SHOWN = "conversation-shown"
_SERVED = "chat-served"
_OWASP = "OWASP API Security Top 10: API1, broken object level authorization"
_ASK = Deed(do="ask")
_SHORT = Prompt(tokens=4)
_FIRST = Step(label="mine", prompt=_SHORT, talk="t", deed=_ASK)
_OWN = Step(label="their-own", question="x", prompt=_SHORT, talk="own", identity="b", pause="moment", deed=_ASK)
_MINE = Step(label="mine-read", talk="t", deed=Deed(do="read"))

CASES: tuple[Case, ...] = (
    Case(
        id="tenants.read",
        promise="Another tenant that knows a conversation's id is answered as if there were none.",
        reference=_OWASP,
        focus=(_APART, _SERVED),
        needs=("tenants",),
        steps=(
            _FIRST,
            Step(label="theirs", talk="t", identity="b", pause="moment", deed=Deed(do="read")),
            Step(label="nothing", identity="b", deed=Deed(do="read", missing=True)),
            _MINE,
        ),
    ),
    Case(
        id="tenants.read-by-a-colleague",
        promise="A colleague who knows a conversation's id is answered as if there were none.",
        reference=_OWASP,
        focus=(_APART,),
        needs=("tenants",),
        steps=(
            _FIRST,
            Step(label="theirs", talk="t", identity="colleague", pause="moment", deed=Deed(do="read")),
            Step(label="nothing", identity="colleague", deed=Deed(do="read", missing=True)),
            _MINE,
        ),
    ),
    Case(
        id="tenants.list",
        promise="Nobody's list shows a conversation of another tenant, or of a colleague.",
        reference=_OWASP,
        focus=(_APART, _SHOWN),
        needs=("tenants",),
        steps=(
            _FIRST,
            _OWN,
            Step(label="mine-read", talk="t", deed=Deed(do="read")),
            Step(label="own-read", talk="own", identity="b", deed=Deed(do="read")),
            Step(label="theirs", identity="b", deed=Deed(do="list")),
            Step(label="colleagues", identity="colleague", deed=Deed(do="list")),
            Step(label="mine-listed", deed=Deed(do="list")),
        ),
    ),
    Case(
        id="tenants.search",
        promise="A search finds nothing that another tenant, or a colleague, has said.",
        reference=_OWASP,
        focus=(_APART,),
        needs=("tenants", "chat_api.search"),
        steps=(
            _FIRST,
            _MINE,
            Step(label="theirs", talk="t", identity="b", pause="moment", deed=Deed(do="search")),
            Step(label="colleagues", talk="t", identity="colleague", deed=Deed(do="search")),
            Step(label="found", talk="t", deed=Deed(do="search")),
        ),
    ),
    Case(
        id="tenants.export",
        promise="Nobody exports a conversation of another tenant, or of a colleague.",
        reference=_OWASP,
        focus=(_APART,),
        needs=("tenants", "chat_api.export"),
        steps=(
            _FIRST,
            Step(label="theirs", talk="t", identity="b", pause="moment", deed=Deed(do="export")),
            Step(label="nothing", identity="b", deed=Deed(do="export", missing=True)),
            Step(label="colleagues", talk="t", identity="colleague", deed=Deed(do="export")),
        ),
    ),
    Case(
        id="tenants.rename",
        promise="Nobody renames a conversation of another tenant, or of a colleague.",
        reference=_OWASP,
        focus=(_APART, _SHOWN),
        needs=("tenants", "chat_api.rename"),
        steps=(
            _FIRST,
            Step(label="theirs", question="r", talk="t", identity="b", pause="moment", deed=Deed(do="rename")),
            Step(label="nothing", question="r", identity="b", deed=Deed(do="rename", missing=True)),
            Step(label="colleagues", question="s", talk="t", identity="colleague", deed=Deed(do="rename")),
            _MINE,
            Step(label="list", deed=Deed(do="list")),
        ),
    ),
    Case(
        id="tenants.delete",
        promise="Nobody deletes a conversation of another tenant, or of a colleague.",
        reference=_OWASP,
        focus=(_APART, _SHOWN),
        needs=("tenants",),
        steps=(
            _FIRST,
            Step(label="theirs", talk="t", identity="b", pause="moment", deed=Deed(do="delete")),
            Step(label="nothing", identity="b", deed=Deed(do="delete", missing=True)),
            Step(label="colleagues", talk="t", identity="colleague", deed=Deed(do="delete")),
            _MINE,
            Step(label="list", deed=Deed(do="list")),
        ),
    ),
    Case(
        id="tenants.archive",
        promise="Nobody archives a conversation of another tenant, or of a colleague.",
        reference=_OWASP,
        focus=(_APART, _SHOWN),
        needs=("tenants", "chat_api.archive"),
        steps=(
            _FIRST,
            Step(label="theirs", talk="t", identity="b", pause="moment", deed=Deed(do="archive")),
            Step(label="nothing", identity="b", deed=Deed(do="archive", missing=True)),
            Step(label="colleagues", talk="t", identity="colleague", deed=Deed(do="archive")),
            _MINE,
            Step(label="list", deed=Deed(do="list")),
        ),
    ),
    Case(
        id="tenants.go-on",
        promise="Whoever names a conversation of somebody else's in a question gets nothing of it, and leaves nothing.",
        reference=_OWASP,
        focus=(_APART, _KEPT),
        needs=("tenants",),
        steps=(
            _FIRST,
            Step(label="theirs", question="r", prompt=_SHORT, talk="t", identity="b", pause="moment", deed=_ASK),
            Step(label="colleagues", question="s", prompt=_SHORT, talk="t", identity="colleague", deed=_ASK),
            Step(label="mine-again", question="u", prompt=_SHORT, talk="t", pause="moment", deed=_ASK),
            Step(label="mine-read", talk="t", pause="moment", deed=Deed(do="read")),
        ),
    ),
    Case(
        id="tenants.regenerate",
        promise="Nobody has an answer made again in a conversation of somebody else's.",
        reference=_OWASP,
        focus=(_APART,),
        needs=("tenants", "branches"),
        steps=(
            _FIRST,
            Step(label="theirs", talk="t", identity="b", pause="moment", deed=Deed(do="regenerate")),
            Step(label="colleagues", talk="t", identity="colleague", deed=Deed(do="regenerate")),
            _MINE,
        ),
    ),
    Case(
        id="tenants.share",
        promise="What is shared is read by a colleague, and changed by its owner alone; another tenant sees nothing.",
        reference="edgeproof's own rule: tenant-isolated",
        focus=(_APART, _SERVED),
        needs=("tenants", "chat_api.share"),
        steps=(
            _FIRST,
            Step(label="share", talk="t", pause="moment", deed=Deed(do="share")),
            Step(label="colleagues", talk="t", identity="colleague", deed=Deed(do="read")),
            Step(label="theirs", talk="t", identity="b", deed=Deed(do="read")),
            Step(label="colleagues-delete", talk="t", identity="colleague", deed=Deed(do="delete")),
            Step(label="theirs-share", talk="t", identity="b", deed=Deed(do="share")),
            _MINE,
        ),
    ),
    Case(
        id="tenants.agents",
        promise="An agent of one tenant does not exist for another one.",
        reference=_OWASP,
        focus=(_APART,),
        needs=("tenants", "agents"),
        steps=(
            Step(label="add", deed=Deed(do="add-agent", agent="g")),
            Step(label="theirs", identity="b", deed=Deed(do="read-agent", agent="g")),
            Step(label="nothing", identity="b", deed=Deed(do="read-agent", agent="g", missing=True)),
            Step(label="theirs-listed", identity="b", deed=Deed(do="list-agents")),
            Step(label="theirs-changed", question="r", identity="b", deed=Deed(do="change-agent", agent="g")),
            Step(label="theirs-removed", identity="b", deed=Deed(do="remove-agent", agent="g")),
            Step(label="theirs-asked", question="s", talk="v", identity="b", deed=Deed(do="ask", agent="g")),
            Step(label="colleagues", identity="colleague", deed=Deed(do="read-agent", agent="g")),
        ),
    ),
    Case(
        id="tenants.no-token",
        promise="Whoever brings no token gets nothing at all.",
        reference="RFC 9110 §15.5.2",
        focus=(_APART,),
        needs=("tenants",),
        steps=(
            _FIRST,
            Step(label="read", talk="t", identity="nobody", pause="moment", deed=Deed(do="read")),
            Step(label="list", identity="nobody", deed=Deed(do="list")),
            Step(label="ask", question="r", prompt=_SHORT, talk="v", identity="nobody", deed=_ASK),
            Step(label="delete", talk="t", identity="nobody", deed=Deed(do="delete")),
            _MINE,
        ),
    ),
    Case(
        id="tenants.unknown-token",
        promise="Whoever brings a token that nobody was given gets nothing at all.",
        reference="RFC 9110 §15.5.2",
        focus=(_APART,),
        needs=("tenants",),
        steps=(
            _FIRST,
            Step(label="read", talk="t", identity="stranger", pause="moment", deed=Deed(do="read")),
            Step(label="list", identity="stranger", deed=Deed(do="list")),
            Step(label="ask", question="r", prompt=_SHORT, talk="v", identity="stranger", deed=_ASK),
            Step(label="delete", talk="t", identity="stranger", deed=Deed(do="delete")),
            _MINE,
        ),
    ),
)
