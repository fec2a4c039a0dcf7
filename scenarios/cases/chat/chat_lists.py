"""Lists, titles, searches and exports of a chat service: what there is, in order, and what was put away is gone."""

from __future__ import annotations

from scenarios.case import Case, Step
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_PAGES = "pages-true"
_SHOWN = "conversation-shown"
_SERVED = "chat-served"
_LIST = "edgeproof's own rule: conversation-shown"
_ONE = "edgeproof's own rule: pages-true"
_ASK = Deed(do="ask")
_LISTED = Deed(do="list")
_SHORT = Prompt(tokens=3)
_FIRST = Step(label="first", prompt=_SHORT, talk="t", deed=_ASK)
_OTHER = Step(label="other", question="r", prompt=_SHORT, talk="v", deed=_ASK)
_THIRD = Step(label="third", question="s", prompt=_SHORT, talk="w", deed=_ASK)
_LOOK = Step(label="list", pause="moment", deed=_LISTED)
_FIND = Step(label="search", pause="moment", deed=Deed(do="search"))
_AFTER = Step(label="read", talk="t", deed=Deed(do="read"))

CASES: tuple[Case, ...] = (
    Case(
        id="chat.list-newest-first",
        promise="Conversations are listed by their latest message, newest first.",
        reference=_LIST,
        focus=(_PAGES, _SHOWN),
        needs=("chat_api",),
        alone=True,
        steps=(
            _FIRST,
            _OTHER,
            _THIRD,
            Step(label="first-again", question="u", prompt=_SHORT, talk="t", deed=_ASK),
            Step(label="touch", talk="v", deed=Deed(do="read")),
            Step(label="touch-third", talk="w", deed=Deed(do="read")),
            _LOOK,
        ),
    ),
    Case(
        id="chat.list-in-pages",
        promise="The pages of the list of conversations hold each once, and skip none.",
        reference=_LIST,
        focus=(_PAGES,),
        needs=("chat_api",),
        alone=True,
        steps=(
            _FIRST,
            _OTHER,
            _THIRD,
            Step(label="touch", talk="t", deed=Deed(do="read")),
            Step(label="touch-other", talk="v", deed=Deed(do="read")),
            Step(label="touch-third", talk="w", deed=Deed(do="read")),
            Step(label="page-one", pause="moment", deed=Deed(do="list", limit=1)),
            Step(label="page-two", deed=Deed(do="list", limit=1, offset=1)),
            Step(label="page-three", deed=Deed(do="list", limit=1, offset=2)),
        ),
    ),
    Case(
        id="chat.messages-in-pages",
        promise="The pages of a conversation hold each message once, in order, and skip none.",
        reference=_ONE,
        focus=(_PAGES,),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(label="second", question="r", prompt=_SHORT, talk="t", pause="moment", deed=_ASK),
            Step(label="third", question="s", prompt=_SHORT, talk="t", pause="moment", deed=_ASK),
            Step(label="page-one", talk="t", pause="moment", deed=Deed(do="read", limit=2)),
            Step(label="page-two", talk="t", deed=Deed(do="read", limit=2, offset=2)),
            Step(label="page-three", talk="t", deed=Deed(do="read", limit=2, offset=4)),
        ),
    ),
    Case(
        id="chat.page-that-cuts-a-turn",
        promise="A page may end between a question and its answer, and the next one goes on there.",
        reference=_ONE,
        focus=(_PAGES,),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(label="second", question="r", prompt=_SHORT, talk="t", pause="moment", deed=_ASK),
            Step(label="page-one", talk="t", pause="moment", deed=Deed(do="read", limit=3)),
            Step(label="page-two", talk="t", deed=Deed(do="read", limit=3, offset=3)),
        ),
    ),
    Case(
        id="chat.title-of-the-first-message",
        promise="A conversation's title is the start of its first message, a hundred characters at most.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN,),
        needs=("chat_api",),
        steps=(_FIRST, _AFTER, _LOOK),
    ),
    Case(
        id="chat.renamed",
        promise="A renamed conversation has its new title in the list.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api.rename",),
        steps=(
            _FIRST,
            Step(label="rename", question="r", talk="t", pause="moment", deed=Deed(do="rename")),
            _AFTER,
            _LOOK,
        ),
    ),
    Case(
        id="chat.title-outlives-the-next-turn",
        promise="A title that a user has chosen outlives the next turn.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN,),
        needs=("chat_api.rename",),
        steps=(
            _FIRST,
            Step(label="rename", question="r", talk="t", pause="moment", deed=Deed(do="rename")),
            Step(label="second", question="s", prompt=_SHORT, talk="t", deed=_ASK),
            _LOOK,
        ),
    ),
    Case(
        id="chat.archived",
        promise="An archived conversation leaves the list, and the others stay.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api.archive",),
        steps=(
            _FIRST,
            _OTHER,
            Step(label="read-other", talk="v", pause="moment", deed=Deed(do="read")),
            Step(label="archive", talk="t", deed=Deed(do="archive")),
            _LOOK,
        ),
    ),
    Case(
        id="chat.deleted",
        promise="A deleted conversation leaves the list, and the others stay.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api",),
        steps=(
            _FIRST,
            _OTHER,
            Step(label="read-other", talk="v", pause="moment", deed=Deed(do="read")),
            Step(label="delete", talk="t", deed=Deed(do="delete")),
            _LOOK,
        ),
    ),
    Case(
        id="chat.search",
        promise="A search finds the conversation in which a word was said.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api.search",),
        steps=(_FIRST, _OTHER, _AFTER, _FIND),
    ),
    Case(
        id="chat.search-after-a-delete",
        promise="A search finds nothing of a conversation that was deleted.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN,),
        needs=("chat_api.search",),
        steps=(
            _FIRST,
            Step(label="found", talk="t", pause="moment", deed=Deed(do="search")),
            Step(label="delete", talk="t", deed=Deed(do="delete")),
            _FIND,
        ),
    ),
    Case(
        id="chat.export",
        promise="An export holds every question and every answer.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api.export",),
        steps=(
            _FIRST,
            Step(label="second", question="r", prompt=_SHORT, talk="t", pause="moment", deed=_ASK),
            Step(label="export", talk="t", pause="moment", deed=Deed(do="export")),
        ),
    ),
    Case(
        id="chat.export-as-json",
        promise="An export as JSON holds every question and every answer.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api.exports_json",),
        steps=(
            _FIRST,
            Step(label="export", talk="t", pause="moment", deed=Deed(do="export", form="json")),
        ),
    ),
    Case(
        id="chat.export-as-pdf",
        promise="An export as PDF is a PDF.",
        reference="edgeproof's own rule: conversation-shown",
        focus=(_SHOWN, _SERVED),
        needs=("chat_api.exports_pdf",),
        steps=(
            _FIRST,
            Step(label="export", talk="t", pause="moment", deed=Deed(do="export", form="pdf")),
        ),
    ),
)
