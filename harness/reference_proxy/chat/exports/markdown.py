"""A conversation as Markdown: a heading for each message, its text as it is.

The one rule: what was said is not altered; models write Markdown themselves.
"""

from typing import Any

from harness.reference_proxy.chat.exports import labels


def render(document: dict[str, Any]) -> str:
    """The text of a conversation in JSON form."""
    parts = [f"# {labels.one_line(document['title'])}", f"_{document['id']}, begun {document['createdAt']}_"]
    for message in document["messages"]:
        parts.append(f"## {labels.heading(message)}")
        parts += [message["content"]] if message["content"] else []
        parts += [f"`{line}`" for line in labels.called(message)]
        parts += [f"> **{note}**"] if (note := labels.note(message)) else []
    return "\n\n".join(parts) + "\n"
