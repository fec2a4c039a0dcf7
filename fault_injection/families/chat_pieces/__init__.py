"""How an answer is cut into pieces and written down: where its text ends, how tool calls come, how JSON is spelled.

The one rule: OpenAI's reference says what is said and not in which pieces; whoever puts the pieces together in any way
that it allows has the same answer (OpenAI API reference: the chat completion chunk object; RFC 8259 §2, §7).
"""

from __future__ import annotations

from fault_injection.families.chat_pieces.finish import Finish
from fault_injection.families.chat_pieces.spelling import Halves, Spelling
from fault_injection.families.chat_pieces.tool_calls import ToolCalls
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    Finish,
    ToolCalls,
    Halves,
    Spelling,
)
