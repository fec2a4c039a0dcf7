"""The site's sidebar: a tutorial, how-to guides, the reference, explanations, and the project."""

from __future__ import annotations

from typing import Final

SIDEBAR: Final = {
    "Tutorial": ("tutorial",),
    "How-to guides": (
        "guides/index",
        "guides/ci",
        "guides/staging",
        "guides/express-fastapi",
        "guides/workers",
        "guides/litellm",
        "guides/tests",
        "guides/requests",
        "guides/chat-apis",
        "guides/dialects",
        "guides/load",
        "guides/chaos",
        "guides/coverage-and-leaks",
        "guides/own-invariants",
    ),
    "Reference": (
        "reference/index",
        "reference/cli",
        "reference/target-file",
        "reference/plan-file",
        "reference/faults/index",
        "reference/cases/index",
        "invariants/index",
        "reference/results",
        "reference/control-api",
        "reference/mock",
        "upstream",
    ),
    "Explanation": (
        "explanation/both-ends",
        "explanation/blame",
        "explanation/excuses",
        "explanation/determinism",
        "explanation/architecture",
    ),
    "Project": ("project/changelog", "project/contributing", "project/security", "requirements"),
}
"""Pages by the caption that they stand under; any other page of a folder here is put behind these."""
_ABOVE: Final = ("reference/faults/index", "reference/cases/index", "invariants/index")
"""Pages that have all others of their folder below them in the sidebar."""
_CAPTIONS: Final = {"guides": "How-to guides", "reference": "Reference", "explanation": "Explanation"}


def with_navigation(pages: dict[str, str]) -> dict[str, str]:
    """Return the pages with what makes the sidebar, which no reader sees."""
    entries = {caption: list(names) for caption, names in SIDEBAR.items()}
    named = {name for names in SIDEBAR.values() for name in names}
    for name in (address.removesuffix(".md") for address in sorted(pages)):
        folder, _, rest = name.partition("/")
        if folder in _CAPTIONS and "/" not in rest and name not in named:
            entries[_CAPTIONS[folder]].append(name)
    sidebar = [_tree(names, caption=caption) for caption, names in entries.items()]
    found = dict(pages)
    found["index.md"] += "\n" + "\n".join(sidebar)
    for name in _ABOVE:
        folder = name.rpartition("/")[0]
        others = [address for address in pages if address.rpartition("/")[0] == folder and address != f"{name}.md"]
        found[f"{name}.md"] += "\n" + _tree([f"/{address.removesuffix('.md')}" for address in others])
    return found


def _tree(names: list[str], *, caption: str = "") -> str:
    option = [f":caption: {caption}"] if caption else []
    return "\n".join(["```{toctree}", ":hidden:", ":titlesonly:", *option, "", *names, "```", ""])
