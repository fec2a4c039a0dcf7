"""A target that needs no process: the mock itself, asked without anything in between."""

from __future__ import annotations

from harness.core.target.claims import Capabilities, Limits
from harness.core.target.file import Chat, TargetFile

_MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"


def direct_target(
    *, bearer: str = "{api_token}", capabilities: Capabilities | None = None, deadline_s: float = 3.0
) -> TargetFile:
    """Describe a target that is the lane's own mock; it does what upstream does, faults included."""
    return TargetFile(
        name="direct",
        url="{upstream}",
        chat=Chat(
            dialect="openai",
            path="/v1/chat/completions",
            model=_MODEL,
            headers={"Authorization": f"Bearer {bearer}"},
        ),
        capabilities=capabilities or Capabilities(streaming=True),
        limits=Limits(deadline_s=deadline_s),
    )
