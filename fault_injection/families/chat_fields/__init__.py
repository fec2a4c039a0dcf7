"""What an answer says besides its text: reasoning, log probabilities, and every other field of a delta or a message.

The one rule: each field is one that OpenAI's reference has, that Workers AI or vLLM sends, or that a reader must
ignore (OpenAI API reference: the chat completion object, the chat completion chunk object; vLLM: reasoning outputs).
"""

from __future__ import annotations

from fault_injection.families.chat_fields.delta import EmptyDelta, Role
from fault_injection.families.chat_fields.extra import Fields
from fault_injection.families.chat_fields.logprobs import Logprobs
from fault_injection.families.chat_fields.reasoning import Reasoning
from fault_injection.families.chat_fields.usage import Usage
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    Reasoning,
    Logprobs,
    Fields,
    Usage,
    Role,
    EmptyDelta,
)
