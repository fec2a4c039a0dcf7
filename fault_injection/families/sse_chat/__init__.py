"""Faults in what the chunks of a chat stream say: tool calls, usage, choices.

The one rule: every event stays valid JSON in a valid event; only a reader of the dialect can stumble. Most of these
are things that Workers AI really sends (Cloudflare's own clients have code for each).
"""

from __future__ import annotations

from fault_injection.families.sse_chat.choices import EmptyChoicesChunk, RoleOnlyFirst, WrongIndex
from fault_injection.families.sse_chat.tool_calls import NullFinalToolCall, ToolArgsBroken, ToolArgsSplit
from fault_injection.families.sse_chat.usage import UsageMissing, UsageTwice, UsageWrong
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    ToolArgsSplit,
    ToolArgsBroken,
    NullFinalToolCall,
    EmptyChoicesChunk,
    RoleOnlyFirst,
    WrongIndex,
    UsageMissing,
    UsageWrong,
    UsageTwice,
)
